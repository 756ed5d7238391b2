// What a call counts as by the way it ended: success, failure, or ignored. One table for the caller
// of an experiment and one for its breakers, and the texts that change such a table:
//
//   404=ignored,429=failure,timeout=ignored
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/call_end.hpp"
#include "core/result.hpp"

namespace tripcurve {

inline constexpr std::uint16_t least_status = 100;
inline constexpr std::uint16_t most_status = 999;

// Some ends of calls: answers with the statuses from `first` to `last`, or one kind that is no
// answer.
struct Ends {
  CallEnd::Kind kind = CallEnd::Kind::answer;
  std::uint16_t first = least_status;  // for answers; both in [least_status, most_status]
  std::uint16_t last = most_status;

  friend bool operator==(const Ends&, const Ends&) = default;
};

struct OutcomeChange {
  Ends ends{};
  Outcome outcome = Outcome::failure;

  friend bool operator==(const OutcomeChange&, const OutcomeChange&) = default;
};

// In the order in which they apply: where two speak of the same end, the later one holds.
using OutcomeChanges = std::vector<OutcomeChange>;

// A value, small enough to copy; of() is asked once per call and is one look-up.
class OutcomeRules {
 public:
  // Failures are the statuses 500 to 999 and every end that is no answer; the rest is a success. A
  // status that is of no class (600 and above) is to be treated as a 5xx: RFC 9110, section 15.
  OutcomeRules();

  [[nodiscard]] Outcome of(CallEnd end) const {
    return end.kind() == CallEnd::Kind::answer
               ? statuses_[end.status() < statuses_.size() ? end.status() : most_status]
               : others_[static_cast<std::size_t>(end.kind())];
  }

  [[nodiscard]] OutcomeRules with(const OutcomeChanges& changes) const;

  friend bool operator==(const OutcomeRules&, const OutcomeRules&) = default;

 private:
  std::array<Outcome, most_status + 1> statuses_{};
  std::array<Outcome, 6> others_{};  // by CallEnd::Kind
};

// The fewest changes that make `rules` out of `base`; none when they are equal.
[[nodiscard]] OutcomeChanges difference(const OutcomeRules& rules, const OutcomeRules& base);

// "success", "failure", "ignored".
[[nodiscard]] std::string_view name(Outcome outcome);
[[nodiscard]] Result<Outcome> parse_outcome(std::string_view text);

// A status (404), a class (4xx), a range (400-404), or an end that is no answer (timeout, reset,
// closed, connect_failed, bad_answer). 5xx is 500 to 999, as above.
[[nodiscard]] Result<Ends> parse_ends(std::string_view text);
[[nodiscard]] std::string format_ends(const Ends& ends);

// Such ends with their outcomes, between commas: "404=ignored,5xx=failure". Parsing what was
// formatted gives the same changes; "" is formatted from none, and refused when it is parsed.
[[nodiscard]] Result<OutcomeChanges> parse_outcome_changes(std::string_view text);
[[nodiscard]] std::string format_outcome_changes(const OutcomeChanges& changes);

// Statuses, classes and ranges between commas, such as "5xx,429" or "500-503": these are failures,
// and all other statuses successes. "none": all are successes. Ends that are no answers stay as
// they are.
[[nodiscard]] Result<OutcomeChanges> parse_failure_statuses(std::string_view text);

}  // namespace tripcurve
