// Looks at a run on its way and says when it must not go on: the upstream was unhealthy before
// anything was done to it, or an expectation of --abort-on has failed for good.
//
// Not thread-safe: one thread drives it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "expect/expectation.hpp"
#include "experiment/experiment.hpp"
#include "report/summary.hpp"

namespace tripcurve::trial {

class Guard {
 public:
  // A baseline with fewer calls than this says nothing.
  static constexpr std::uint64_t enough = 20;

  // The baseline is what the experiment says of the time before its first fault or, where none is
  // planned, of its first phase: what else may happen to somebody else's upstream is not known.
  // Without a word it is, before a fault, that no more than 5 % of calls fail beyond those that the
  // upstream is told to fail.
  Guard(const experiment::Experiment& experiment, std::vector<expect::Expectation> abort_on);

  // When it wants to look next; `never` when there is nothing to guard.
  [[nodiscard]] TimePoint next_look() const { return next_look_; }

  // Looks at nothing on the way.
  void stand_down() { next_look_ = never; }

  struct Stop {
    report::Ending ending;
    std::vector<std::string> reasons;  // of --abort-on; those of the baseline are in it
  };
  // A summary of the calls that were due before `until`.
  using SoFar = std::function<report::Summary(TimePoint until)>;
  // Looks at what was seen by `now`; says whether that is the end.
  [[nodiscard]] std::optional<Stop> look(const SoFar& so_far, TimePoint now);

  // Looks at a run that has come to its end: what --abort-on asks may fail only there.
  [[nodiscard]] std::optional<Stop> last_look(const SoFar& completed) const;

  // What the baseline comes to in a run that is over, when the calls that were under way at the
  // first fault have ended, too. Of a baseline that the experiment names, one for each of its
  // expectations: inconclusive where there were fewer calls than `enough`. Of the one that goes
  // without saying, only what fails.
  [[nodiscard]] std::vector<report::Judged> baseline(const SoFar& so_far) const;

 private:
  void plan_next(TimePoint now);

  std::vector<expect::Expectation> baseline_;
  bool baseline_is_named_;
  std::vector<expect::Expectation> abort_on_;
  TimePoint baseline_ends_ = never;  // `never`: there is no time for one
  bool baseline_looked_at_ = false;
  std::vector<report::Judged> failed_baseline_{};  // why look() ended the run
  TimePoint next_look_ = never;
};

}  // namespace tripcurve::trial
