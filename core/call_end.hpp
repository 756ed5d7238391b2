// How one request ended and how far it had come by then, as its client saw it.
//
// The upstream's misbehaviour is what we came to see: it is data, never an exception.
#pragma once

#include <cstdint>
#include <string>

namespace tripcurve {

// One word, which a processor moves at once: with several fields, put together for each call and
// then copied as a whole, virtual time takes up to a tenth longer.
class CallEnd {
 public:
  enum class Kind : std::uint8_t {
    answer,          // a complete HTTP response; `status` is its code
    timeout,         // the client gave up
    reset,           // the connection was reset (RST)
    closed,          // the connection was closed before a complete answer (FIN)
    connect_failed,  // no connection: refused, unreachable, no trust
    bad_answer,      // what came was not HTTP
  };

  constexpr CallEnd() : CallEnd(Kind::answer) {}
  constexpr CallEnd(Kind kind, std::uint16_t status = 200, bool connecting = false)
      : bits_(static_cast<std::uint32_t>(kind) | (connecting ? connecting_bit : 0) |
              std::uint32_t{status} << status_place) {}

  [[nodiscard]] static constexpr CallEnd handshake_failed() {
    CallEnd end(Kind::connect_failed, 0);
    end.bits_ |= handshake_bit;
    return end;
  }

  [[nodiscard]] constexpr Kind kind() const { return static_cast<Kind>(bits_ & kind_mask); }
  // Of a timeout: the client was still waiting for its connection, so the upstream has not seen the
  // request.
  [[nodiscard]] constexpr bool connecting() const { return (bits_ & connecting_bit) != 0; }
  // Of a failed connect: the connection was there, and its TLS handshake failed.
  [[nodiscard]] constexpr bool handshake() const { return (bits_ & handshake_bit) != 0; }
  // Of the answer. For another kind that of the head, if one had come before the call ended: an
  // answer that was cut, or was still coming when the client gave up; else 0.
  [[nodiscard]] constexpr std::uint16_t status() const {
    return static_cast<std::uint16_t>(bits_ >> status_place);
  }

  // The head of an answer had come, and not all of the answer.
  [[nodiscard]] constexpr bool is_cut() const { return kind() != Kind::answer && status() != 0; }

  friend constexpr bool operator==(CallEnd, CallEnd) = default;

  template <typename Archive>
  friend void archive(Archive& archive, CallEnd& end) {
    archive(end.bits_);
  }

 private:
  static constexpr std::uint32_t kind_mask = 0xff;
  static constexpr std::uint32_t connecting_bit = 1U << 8U;
  static constexpr std::uint32_t handshake_bit = 1U << 9U;
  static constexpr unsigned status_place = 16;

  std::uint32_t bits_;
};

// What a finished call counts as, to its caller or to a breaker (core/outcome_rules.hpp).
enum class Outcome : std::uint8_t {
  success,
  failure,
  ignored,  // counts as neither, and gives a trial place back
};

// With an article, for sentences: "a 503", "a timeout", "a reset", "a closed connection",
// "a failed connect", "a failed TLS handshake", "a bad answer".
[[nodiscard]] std::string words(CallEnd end);

}  // namespace tripcurve
