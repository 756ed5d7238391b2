#include "cli/guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "expect/judge.hpp"

namespace tripcurve::cli {
namespace {

constexpr Duration pace = std::chrono::seconds(1);

// How many more calls than planned may fail before the upstream counts as sick.
constexpr double tolerated = 0.05;
// With fewer calls than this nothing is said of it.
constexpr std::uint64_t enough = 20;

// The share of calls that fail while nothing is wrong on purpose: what the experiment says of all
// of them, and what the upstream draws for each endpoint, which its rules may treat differently.
double planned_failures(const experiment::Experiment& experiment) {
  constexpr std::uint64_t draws = 1000;
  const auto plan = experiment::fault_plan(experiment);
  const TimePoint start{};
  std::uint64_t failed = 0;
  for (const auto& [method, path, headers] : experiment.endpoints) {
    for (std::uint64_t ordinal = 0; ordinal < draws; ++ordinal) {
      const auto action = plan.decide({ordinal, method, path, headers}, start);
      failed +=
          plan.ends_well(action, start, experiment.timeout, experiment.failures) ? 0U : 1U;
    }
  }
  const auto drawn = static_cast<double>(draws * experiment.endpoints.size());
  return std::max(experiment::traffic(experiment).normal_errors,
                  static_cast<double>(failed) / drawn);
}

// Judging a finished stretch: what holds is a pass, what does not is final.
report::Summary as_completed(report::Summary summary) {
  summary.facts.ending = report::Ending::completed;
  return summary;
}

std::vector<std::string> failures(const std::vector<report::Finding>& findings,
                                  std::string_view what) {
  std::vector<std::string> reasons;
  for (const auto& finding : findings) {
    if (finding.result == report::Finding::Result::fail) {
      reasons.push_back(fmt::format("{}: {} is {}, want {} (n={})", what, finding.text,
                                    finding.observed, finding.bound, finding.samples));
    }
  }
  return reasons;
}

}  // namespace

Guard::Guard(const experiment::Experiment& experiment, std::vector<expect::Expectation> abort_on)
    : baseline_(experiment.baseline), abort_on_(std::move(abort_on)) {
  const auto plan = experiment::fault_plan(experiment);
  const auto& faults = plan.timetable().faults();
  fault_planned_ = !faults.empty();
  if (!fault_planned_ && !baseline_.empty()) {
    baseline_ends_ = plan.timetable().phases().front().end;
  }
  if (fault_planned_ && faults.front().begin > TimePoint{}) {
    baseline_ends_ = faults.front().begin;
  }
  if (baseline_.empty()) {
    const double planned = planned_failures(experiment);
    if (planned + tolerated < 1) {
      auto expectation = expect::parse_expectation(
          fmt::format("failure_share <= {:.4g}%", 100 * (planned + tolerated)));
      baseline_.push_back(std::move(expectation).value());
    }
  }
  baseline_judged_ = baseline_.empty() || baseline_ends_ == never;
  plan_next(TimePoint{});
}

std::optional<Guard::Stop> Guard::look(const SoFar& so_far, TimePoint now) {
  if (!baseline_judged_ && baseline_ends_ <= now) {
    // Who looks is always a little late, and must not take the fault for a sickness.
    if (auto stop = judge_baseline(so_far(baseline_ends_))) {
      return stop;
    }
  }
  if (!abort_on_.empty()) {
    auto reasons = failures(expect::judge(abort_on_, so_far(never)), "--abort-on");
    if (!reasons.empty()) {
      return Stop{report::Ending::stopped, std::move(reasons)};
    }
  }
  plan_next(now);
  return std::nullopt;
}

std::optional<Guard::Stop> Guard::look_back(const report::Summary& completed) {
  return baseline_judged_ || fault_planned_ ? std::nullopt : judge_baseline(completed);
}

std::optional<Guard::Stop> Guard::judge_baseline(const report::Summary& summary) {
  baseline_judged_ = true;
  if (summary.totals.counts.calls < enough) {
    return std::nullopt;
  }
  auto reasons =
      failures(expect::judge(baseline_, as_completed(summary)), "sick before the first fault");
  return reasons.empty() ? std::nullopt
                         : std::optional(Stop{report::Ending::unhealthy, std::move(reasons)});
}

void Guard::plan_next(TimePoint now) {
  next_look_ = abort_on_.empty() ? never : now + pace;
  if (!baseline_judged_) {
    next_look_ = std::min(next_look_, baseline_ends_);
  }
}

}  // namespace tripcurve::cli
