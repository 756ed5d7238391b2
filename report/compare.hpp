// Two results of the same phases side by side: what changed, by how much, how sure that is, and
// whether it is a change to the worse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/units.hpp"
#include "report/marked_text.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

// What a metric is measured in: shares from 0 to 1, milliseconds, or a number.
enum class Measure : std::uint8_t { share, duration, count };

struct Change {
  enum class Judgement : std::uint8_t {
    same,     // within the tolerance
    unclear,  // beyond it, but it may be chance
    better,
    worse,
    neither,  // no way of this metric is the better one
    differs,  // whichever way, where both are to be the same
  };

  std::string where{};   // "the run", "phase outage", "client, the fault at 5s"
  std::string metric{};  // "p99"
  Measure measure = Measure::count;
  std::optional<double> before{}, after{};  // none: it did not come, or there are no samples
  // After less before: of shares as a share, of others relative to `before`. None where that cannot
  // be said: from or to nothing.
  std::optional<double> change{};
  // Of shares the 95 % interval of the difference, in points; of percentiles whether their own
  // intervals overlap; of others of how many it was made.
  std::string confidence{};
  Judgement judgement = Judgement::neither;
};

// "same", "unclear", "better", "worse", "neither", "differs".
[[nodiscard]] std::string_view name(Change::Judgement judgement);

// What is asked of two results.
enum class Asked : std::uint8_t {
  no_worse,  // of an old one and a new one
  the_same,  // of a simulation and a run
};

struct Comparison {
  std::string before{}, after{};  // titles
  Asked asked = Asked::no_worse;
  Share tolerance{};
  std::vector<std::string> notes{};  // what else differs, and what to keep in mind
  std::vector<Change> changes{};

  // Some change is what is not to be: worse, or different.
  [[nodiscard]] bool failed() const;
};

// A change to the worse counts when it is beyond the tolerance (percentage points of a share, else
// relative to the old value) and, where that can be told, not chance: the 95 % interval of the
// difference of two shares (Newcombe's, from Wilson's) does not hold 0, or the 95 % rank intervals
// of two percentiles do not overlap. Both take calls as independent, which those of one outage are
// not, so the intervals are rather too narrow. What is measured once, such as a time to open, has
// none: it counts when both runs had the same seed, or when it came in one of them only; 10 ms are
// noise. Of percentiles that are to be the same, 1 ms is: what a machine takes for an answer.
//
// An Error when the phases differ, because then their numbers do not mean the same.
[[nodiscard]] Result<Comparison> compare(const Summary& before, const Summary& after,
                                         Share tolerance, Asked asked = Asked::no_worse);

[[nodiscard]] std::string to_text(const Comparison& comparison);
// The same, which says what a terminal may show in colour.
[[nodiscard]] MarkedText to_marked_text(const Comparison& comparison);
[[nodiscard]] std::string to_json(const Comparison& comparison);

}  // namespace tripcurve::report
