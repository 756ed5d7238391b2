// How one request ended, as its client saw it, and which ends its client counts as failures.
//
// The upstream's misbehaviour is what we came to see: it is data, never an exception.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

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

// The statuses (100 to 599) of answers that count as failures.
class FailureStatuses {
 public:
  static constexpr std::uint16_t least = 100;
  static constexpr std::uint16_t most = 599;

  // 500 to 599: what the field's HTTP clients count by default.
  FailureStatuses() { add(500, most); }
  [[nodiscard]] static FailureStatuses none();

  // `last` included; both within [least, most].
  void add(std::uint16_t first, std::uint16_t last);

  [[nodiscard]] bool contains(std::uint16_t status) const {
    return status >= least && status <= most && statuses_[status - std::size_t{least}];
  }

  friend bool operator==(const FailureStatuses&, const FailureStatuses&) = default;

 private:
  std::bitset<most - least + 1> statuses_;
};

// Statuses, classes and ranges between commas, such as "5xx,429" or "500-503"; "none" for none.
[[nodiscard]] Result<FailureStatuses> parse_failure_statuses(std::string_view text);
// Such a text, ascending and without repetition; parsing it gives the same set.
[[nodiscard]] std::string format_failure_statuses(const FailureStatuses& statuses);

// A failure is whatever is no answer, and an answer with one of these statuses.
[[nodiscard]] inline bool is_failure(CallEnd end, const FailureStatuses& statuses) {
  return end.kind != CallEnd::Kind::answer || statuses.contains(end.status);
}

// With an article, for sentences: "a 503", "a timeout", "a reset", "a closed connection",
// "a failed connect", "a bad answer".
[[nodiscard]] std::string words(CallEnd end);

}  // namespace tripcurve
