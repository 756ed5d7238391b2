// Runs made up by hand, for the tests of report/.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "report/summary.hpp"

namespace tripcurve::report::testing {

using namespace std::chrono_literals;
using breaker::State;

struct Stretch {
  std::string name;
  Duration length;
  bool fault = false;
};

inline Timetable timetable_of(const std::vector<Stretch>& stretches) {
  std::vector<Phase> phases;
  TimePoint begin{};
  for (const auto& [name, length, fault] : stretches) {
    phases.push_back({name, begin, begin + length, fault});
    begin += length;
  }
  return Timetable(std::move(phases));
}

// A run without a call at 100/s, with one breaker that stayed closed.
inline RunFacts quiet_run(const std::vector<Stretch>& stretches) {
  const auto timetable = timetable_of(stretches);
  return {.command = "run",
          .name = "example",
          .tool_version = "1.2.3",
          .seed = 42,
          .experiment_json = R"({"name": "example"})",
          .host = {},
          .target = {},
          .timetable = timetable,
          .load = {.timetable = timetable, .loop = load::OpenLoop{.rate = {100}}},
          .tally = load::Tally(stretches.size(), 1),
          .breaker_names = {"client"},
          .dialect = "classic,FailureThreshold=5",
          .events = {},
          .transition_count = 0,
          .upstream = {},
          .ending = Ending::completed,
          .ended_at = timetable.end()};
}

// `n` calls of one phase that were sent on time and answered well after `response`.
inline void add_ok_calls(RunFacts& facts, std::size_t phase, std::uint64_t n, Duration response) {
  auto& tally = facts.tally.phases[phase];
  auto& cell = tally.endpoints[0];
  cell.counts.calls += n;
  cell.counts.sent += n;
  cell.counts.ok += n;
  for (std::uint64_t i = 0; i < n; ++i) {
    cell.response.record(response);
    tally.service.record(response);
    tally.schedule_error.record(Duration::zero());
  }
}

inline void add_fail_fasts(RunFacts& facts, std::size_t phase, std::uint64_t n) {
  auto& tally = facts.tally.phases[phase];
  tally.endpoints[0].counts.calls += n;
  tally.endpoints[0].counts.fail_fast += n;
  for (std::uint64_t i = 0; i < n; ++i) {
    tally.schedule_error.record(Duration::zero());
  }
}

// Every call that is due at 100/s, answered after 5ms.
inline RunFacts busy_run(const std::vector<Stretch>& stretches) {
  auto facts = quiet_run(stretches);
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    add_ok_calls(facts, i, static_cast<std::uint64_t>(stretches[i].length / 10ms), 5ms);
  }
  return facts;
}

inline void add_transition(RunFacts& facts, Duration when, State from, State to,
                           std::string cause = "because", std::size_t breaker = 0) {
  facts.events.push_back({breaker, {at(when), from, to, std::move(cause)}});
  ++facts.transition_count;
}

// The one most tests use: a fault from 5s to 13s in a run of 20s.
inline const std::vector<Stretch> outage{{"healthy", 5s}, {"outage", 8s, true}, {"recovered", 7s}};

}  // namespace tripcurve::report::testing
