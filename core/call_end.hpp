// How one request ended and how far it had come by then, as its client saw it.
//
// The upstream's misbehaviour is what we came to see: it is data, never an exception.
#pragma once

#include <cstdint>
#include <string>

namespace tripcurve {

// Eight bytes, which a processor moves at once: as six, each call would take half as long again in
// virtual time.
struct alignas(4) CallEnd {
  enum class Kind : std::uint8_t {
    answer,          // a complete HTTP response; `status` is its code
    timeout,         // the client gave up
    reset,           // the connection was reset (RST)
    closed,          // the connection was closed before a complete answer (FIN)
    connect_failed,  // no connection: refused, unreachable, no trust
    bad_answer,      // what came was not HTTP
  };

  Kind kind = Kind::answer;
  // Of a timeout: the client was still waiting for its connection, so the upstream has not seen the
  // request.
  bool connecting = false;
  // Of a failed connect: the connection was there, and its TLS handshake failed.
  bool handshake = false;
  // Of the answer. For another kind that of the head, if one had come before the call ended: an
  // answer that was cut, or was still coming when the client gave up; else 0.
  std::uint16_t status = 200;

  constexpr CallEnd() = default;
  constexpr CallEnd(Kind how, std::uint16_t code = 200, bool connects = false)
      : kind(how), connecting(connects), status(code) {}

  [[nodiscard]] static constexpr CallEnd handshake_failed() {
    CallEnd end(Kind::connect_failed, 0);
    end.handshake = true;
    return end;
  }

  // The head of an answer had come, and not all of the answer.
  [[nodiscard]] constexpr bool is_cut() const { return kind != Kind::answer && status != 0; }

  friend constexpr bool operator==(CallEnd, CallEnd) = default;
};
static_assert(sizeof(CallEnd) == 8);

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
