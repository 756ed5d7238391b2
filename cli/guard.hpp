// Looks at a run on its way and says when it must not go on: the upstream was sick before anything
// was done to it, or an expectation of --abort-on has failed for good.
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

namespace tripcurve::cli {

class Guard {
 public:
  // The baseline is what the experiment says of the time before its first fault or, where none is
  // planned, of its first phase: what else may happen to somebody else's upstream is not known.
  // Without a word it is, before a fault, that no more than 5 % of calls fail beyond those that the
  // upstream is told to fail.
  Guard(const experiment::Experiment& experiment, std::vector<expect::Expectation> abort_on);

  // When it wants to look next; `never` when there is nothing to guard.
  [[nodiscard]] TimePoint next_look() const { return next_look_; }

  struct Stop {
    report::Ending ending;
    std::vector<std::string> reasons;
  };
  // A running summary, of the calls that were due before `until`.
  using SoFar = std::function<report::Summary(TimePoint until)>;
  // Looks at what was seen by `now`; says whether that is the end.
  [[nodiscard]] std::optional<Stop> look(const SoFar& so_far, TimePoint now);

  // The last look, at a run that came to its end: it may be all that there is of a baseline.
  [[nodiscard]] std::optional<Stop> look_back(const report::Summary& completed);

 private:
  void plan_next(TimePoint now);
  [[nodiscard]] std::optional<Stop> judge_baseline(const report::Summary& summary);

  std::vector<expect::Expectation> baseline_;
  std::vector<expect::Expectation> abort_on_;
  bool fault_planned_ = false;
  TimePoint baseline_ends_ = never;
  bool baseline_judged_ = false;
  TimePoint next_look_ = never;
};

}  // namespace tripcurve::cli
