#include "cli/replay_jobs.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "cli/signals.hpp"
#include "cli/trace_source.hpp"
#include "cli/waiting.hpp"
#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::cli {
namespace {

// Plays all of the trace.
Result<replay::Findings> play(replay::Trace& trace, replay::Plan plan, const std::string& name,
                              const std::string& doing) {
  Waiting waiting(doing);
  if (auto error = trace.open()) {
    return *std::move(error);
  }
  replay::Replay replay(std::move(plan), trace.keys().most());
  std::vector<sim::RecordedCall> calls;
  std::uint64_t played = 0;
  constexpr std::uint64_t calls_between_words = 1 << 20U;
  for (;;) {
    const auto more = trace.next(calls);
    if (!more) {
      return more.error();
    }
    if (!*more) {
      break;
    }
    if (played == 0) {
      replay.begin(trace.facts().begin);
    }
    replay.play(calls);
    const auto before = std::exchange(played, played + calls.size());
    if (before / calls_between_words != played / calls_between_words) {
      waiting.now(fmt::format("{}, {} calls", doing, show_count(played)));
    }
  }
  if (played == 0) {
    return Error{name + " has no call to replay", "it has a line for each call"};
  }
  return replay.finish(trace.facts(), trace.keys().names());
}

}  // namespace

ReplayJobs::ReplayJobs(std::string trace, replay::TraceOptions options, replay::Plan plan)
    : trace_(std::move(trace)),
      options_(std::move(options)),
      plan_(std::move(plan)),
      kept_(plan_.settings.size()) {}

Result<std::optional<int>> ReplayJobs::run_all(const std::vector<std::size_t>& jobs,
                                               const std::string& doing, const Done& done) {
  if (jobs.empty()) {
    return std::optional<int>();
  }
  auto plan = plan_;
  plan.settings.clear();
  for (const auto job : jobs) {
    plan.settings.push_back(plan_.settings[job]);
  }
  const Signals signals;
  std::optional<int> ended_by;
  replay::Trace trace(std::make_unique<TraceSource>(trace_, signals, ended_by), options_);
  const auto findings = play(trace, std::move(plan), options_.name, doing);
  signals.release();
  if (ended_by) {
    return ended_by;
  }
  if (!findings) {
    return findings.error();
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    kept_[jobs[i]] = replay::kept(*findings, i);
    if (!done(jobs[i], true)) {
      break;
    }
  }
  return std::optional<int>();
}

std::string ReplayJobs::found(std::size_t job) {
  return replay::write(*std::exchange(kept_[job], std::nullopt));
}

std::optional<std::string> ReplayJobs::put(std::size_t job, std::string_view found) {
  kept_[job] = replay::read_kept(found);
  if (!kept_[job] || !replay::read_common(kept_[job]->common)) {
    return "it does not have what a setting comes to";
  }
  return kept_[job]->common == kept_[0]->common
             ? std::nullopt
             : std::optional<std::string>("it is of another trace than job 0");
}

replay::Findings ReplayJobs::findings() {
  auto common = replay::read_common(kept_[0]->common);
  ENSURE(common);
  common->trace.zone = options_.zone;
  replay::Findings findings{.trace = std::move(common->trace),
                            .plan = plan_,
                            .breakers = std::move(common->breakers),
                            .outcomes = {},
                            .timeline = std::move(common->timeline)};
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    findings.outcomes.push_back(std::move(kept_[i]->outcomes));
    findings.outcomes.back().setting = plan_.settings[i];
  }
  return findings;
}

}  // namespace tripcurve::cli
