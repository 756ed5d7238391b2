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
  // The baseline is what the experiment says of the time before its first fault; without a word,
  // that no more than 5 % of calls fail beyond those that the upstream is told to fail. An
  // experiment that has a baseline and no fault of its own (on a target) has it in its first phase.
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

 private:
  void plan_next(TimePoint now);

  std::vector<expect::Expectation> baseline_;
  std::vector<expect::Expectation> abort_on_;
  TimePoint first_fault_ = never;
  bool baseline_judged_ = false;
  TimePoint next_look_ = never;
};

}  // namespace tripcurve::cli
