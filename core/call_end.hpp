// How one request ended, as its client saw it.
//
// The upstream's misbehaviour is what we came to see: it is data, never an exception.
#pragma once

#include <cstdint>
#include <string>

namespace tripcurve {

struct CallEnd {
  enum class Kind : std::uint8_t {
    answer,          // a complete HTTP response; `status` is its code
    timeout,         // the client gave up
    reset,           // the connection was reset (RST)
    closed,          // the connection was closed before a complete answer (FIN)
    connect_failed,  // no connection: refused, unreachable
    bad_answer,      // what came was not HTTP
  };

  Kind kind = Kind::answer;
  std::uint16_t status = 200;  // meaningful for `answer` only

  friend constexpr bool operator==(CallEnd, CallEnd) = default;
};

// A failure unless it is an answer below 500: what the field's HTTP clients count by default.
[[nodiscard]] constexpr bool is_failure(CallEnd end) {
  return end.kind != CallEnd::Kind::answer || end.status >= 500;
}

// With an article, for sentences: "a 503", "a timeout", "a reset", "a closed connection",
// "a failed connect", "a bad answer".
[[nodiscard]] std::string words(CallEnd end);

}  // namespace tripcurve
