#include "trial/guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/units.hpp"
#include "expect/judge.hpp"
#include "report/words.hpp"

namespace tripcurve::trial {
namespace {

using report::Judged;

constexpr Duration pace = std::chrono::seconds(1);

// How many more calls than planned may fail before the upstream counts as unhealthy.
constexpr double tolerated = 0.05;

// The baseline of an experiment that names none; nothing where the upstream may fail every call.
std::vector<expect::Expectation> unnamed_baseline(const experiment::Experiment& experiment) {
  const double planned = experiment::planned_failures(experiment);
  if (planned + tolerated >= 1) {
    return {};
  }
  return {expect::parse_expectation(
              fmt::format("failure_share <= {:.4g}%", 100 * (planned + tolerated)))
              .value()};
}

// When the time is over that a baseline is about.
TimePoint end_of_baseline(const Timetable& timetable, bool is_named) {
  const auto& faults = timetable.faults();
  if (faults.empty()) {
    return is_named ? timetable.phases().front().end : never;
  }
  return faults.front().begin > TimePoint{} ? faults.front().begin : never;
}

// Judging a finished stretch: what holds is a pass, what does not is final.
std::vector<Judged> judged_as_completed(const std::vector<expect::Expectation>& baseline,
                                        report::Summary summary) {
  summary.facts.ending = report::Ending::completed;
  auto judged = expect::judge(baseline, summary);
  for (auto& one : judged) {
    const auto made_of = std::min(summary.totals.counts.calls, one.samples);
    if (made_of < Guard::enough) {
      one.result = Judged::Result::inconclusive;
      one.reason = fmt::format(
          "only {} towards it before the first fault, but a baseline needs at least {}",
          made_of == 1 ? "1 call counts" : fmt::format("{} calls count", made_of), Guard::enough);
    }
  }
  return judged;
}

bool any_fails(const std::vector<Judged>& judged) {
  return std::ranges::find(judged, Judged::Result::fail, &Judged::result) != judged.end();
}

std::vector<std::string> complaints(const std::vector<Judged>& judged) {
  std::vector<std::string> reasons;
  for (const auto& one : judged) {
    if (one.result == Judged::Result::fail) {
      reasons.push_back("--abort-on: " + report::complaint(one));
    }
  }
  return reasons;
}

}  // namespace

Guard::Guard(const experiment::Experiment& experiment, std::vector<expect::Expectation> abort_on)
    : baseline_(experiment.baseline),
      baseline_is_named_(!experiment.baseline.empty()),
      abort_on_(std::move(abort_on)) {
  baseline_ends_ =
      end_of_baseline(experiment::fault_plan(experiment).timetable(), baseline_is_named_);
  if (!baseline_is_named_ && baseline_ends_ != never) {
    baseline_ = unnamed_baseline(experiment);
  }
  baseline_looked_at_ = baseline_.empty() || baseline_ends_ == never;
  plan_next(TimePoint{});
}

std::optional<Guard::Stop> Guard::look(const SoFar& so_far, TimePoint now) {
  if (!baseline_looked_at_ && baseline_ends_ <= now) {
    baseline_looked_at_ = true;
    // Who looks is always a little late, and must not take the fault for an illness.
    auto judged = judged_as_completed(baseline_, so_far(baseline_ends_));
    if (any_fails(judged)) {
      failed_baseline_ = std::move(judged);
      return Stop{report::Ending::unhealthy, {}};
    }
  }
  if (auto stop = last_look(so_far)) {
    return stop;
  }
  plan_next(now);
  return std::nullopt;
}

std::optional<Guard::Stop> Guard::last_look(const SoFar& so_far) const {
  if (abort_on_.empty()) {
    return std::nullopt;
  }
  const auto judged = expect::judge(abort_on_, so_far(never));
  return any_fails(judged) ? std::optional(Stop{report::Ending::stopped, complaints(judged)})
                           : std::nullopt;
}

std::vector<Judged> Guard::baseline(const SoFar& so_far) const {
  if (baseline_.empty() || !failed_baseline_.empty()) {
    return failed_baseline_;
  }
  // Without time for one, it is judged on no calls at all.
  auto judged = judged_as_completed(baseline_,
                                    so_far(baseline_ends_ == never ? TimePoint{} : baseline_ends_));
  if (!baseline_is_named_) {
    std::erase_if(judged, [](const Judged& one) { return one.result != Judged::Result::fail; });
  }
  return judged;
}

void Guard::plan_next(TimePoint now) {
  next_look_ = abort_on_.empty() ? never : now + pace;
  if (!baseline_looked_at_) {
    next_look_ = std::min(next_look_, baseline_ends_);
  }
}

}  // namespace tripcurve::trial
