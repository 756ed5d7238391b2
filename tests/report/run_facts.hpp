// Runs made up by hand, for the tests of report/.
#pragma once

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "report/summary.hpp"
#include "test_data.hpp"

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

// A run in the making: its facts, what was measured of it, and transitions that its log had no room
// for.
struct Run : RunFacts, Measured {
  std::vector<load::BreakerEvent> lost{};
};

// Its breakers began in the state that their first transition leaves.
inline Summary summarize(Run run) {
  for (const auto* events : {&run.events, &run.lost}) {
    for (const auto& event : *events) {
      const auto& transition = event.transition;
      auto& totals = run.breakers[event.breaker].totals;
      if (totals.transitions() == 0) {
        totals = breaker::Totals(transition.from);
      }
      totals.note(transition.at, transition.to);
    }
  }
  return report::summarize(run, run);
}

inline std::vector<BreakerFacts> breakers(const std::vector<load::BreakerIdentity>& identities) {
  std::vector<BreakerFacts> all;
  for (const auto& identity : identities) {
    all.push_back({.identity = identity});
  }
  return all;
}

// A run without a call at 100/s, with one breaker that stayed closed.
inline Run quiet_run(const std::vector<Stretch>& stretches) {
  const auto timetable = timetable_of(stretches);
  return {{.command = "run",
           .name = "example",
           .tool_version = "1.2.3",
           .seed = 42,
           .experiment_json = R"({"name": "example"})",
           .host = {},
           .target = {},
           .timetable = timetable,
           .breakers = breakers({{.name = "client"}}),
           .dialect = "classic,FailureThreshold=5",
           .events = {},
           .transition_count = 0,
           .upstream = {},
           .ending = Ending::completed,
           .ended_at = timetable.end()},
          {.load = {.timetable = timetable, .loop = load::OpenLoop{.rate = {100}}},
           .tally = load::Tally(stretches.size(), 1)},
          {}};
}

// `n` calls of one phase that were sent on time and answered well after `response`.
inline void add_ok_calls(Run& facts, std::size_t phase, std::uint64_t n, Duration response) {
  auto& tally = facts.tally.phases[phase];
  auto& cell = tally.endpoints[0];
  cell.counts.calls += n;
  cell.counts.sent += n;
  cell.counts.ok += n;
  for (std::uint64_t i = 0; i < n; ++i) {
    cell.times.record(response, response);
    tally.schedule_error.record(Duration::zero());
  }
}

inline void add_fail_fasts(Run& facts, std::size_t phase, std::uint64_t n) {
  auto& tally = facts.tally.phases[phase];
  tally.endpoints[0].counts.calls += n;
  tally.endpoints[0].counts.fail_fast += n;
  for (std::uint64_t i = 0; i < n; ++i) {
    tally.schedule_error.record(Duration::zero());
  }
}

// Every call that is due at 100/s, answered after 5ms.
inline Run busy_run(const std::vector<Stretch>& stretches) {
  auto facts = quiet_run(stretches);
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    add_ok_calls(facts, i, static_cast<std::uint64_t>(stretches[i].length / 10ms), 5ms);
  }
  return facts;
}

inline void add_transition(Run& facts, Duration when, State from, State to,
                           std::string cause = "because", std::size_t breaker = 0) {
  facts.events.push_back({breaker, {at(when), from, to, std::move(cause)}});
  ++facts.transition_count;
}

inline void lose_transition(Run& run, Duration when, State from, State to,
                            std::size_t breaker = 0) {
  run.lost.push_back({breaker, {at(when), from, to, "because"}});
  ++run.transition_count;
}

// The one most tests use: a fault from 5s to 13s in a run of 20s.
inline const std::vector<Stretch> outage{{"healthy", 5s}, {"outage", 8s, true}, {"recovered", 7s}};

// A run in which everything happens.
inline Run eventful_run() {
  auto run = quiet_run(outage);
  run.name = "checkout";
  run.target = "http://127.0.0.1:38211";
  run.dialect = "classic,FailureThreshold=5,SuccessThreshold=2,Timeout=3s";
  add_ok_calls(run, 0, 500, 8ms);
  add_ok_calls(run, 1, 88, 410ms);
  add_fail_fasts(run, 1, 712);
  add_ok_calls(run, 2, 395, 9ms);
  add_fail_fasts(run, 2, 305);
  auto& counts = run.tally.phases[1].endpoints[0].counts;
  counts.ok -= 88;
  counts.error_answers = 70;
  counts.timeouts = 9;
  counts.resets = 9;
  run.tally.phases[1].schedule_error.record(640us);
  run.upstream = {{500, 0, 500, {}}, {88, 2, 0, {{"503", 79}, {"reset", 9}}}, {395, 0, 395, {}}};
  add_transition(run, 5214ms, State::closed, State::open, "5 failures in a row, the last a 503");
  add_transition(run, 8241ms, State::open, State::half_open, "3s passed since the last failure");
  add_transition(run, 8246ms, State::half_open, State::open,
                 "a trial failed: a closed connection, after which there was nothing more to say");
  add_transition(run, 16400ms, State::open, State::half_open, "3s passed since the last failure");
  add_transition(run, 16410ms, State::half_open, State::closed, "2 successes in a row");
  run.ended_at = at(20009ms);
  return run;
}

// The same, with all that a summary can hold and expectations that come to all there is.
inline Summary judged_run() {
  auto run = eventful_run();
  run.description = "What a payment sees when the bank is down.";
  run.host = {{"os", "Linux 6.1"}, {"cpus", "2"}};
  run.load_words = "100/s constant";
  run.reproduce = "tripcurve run checkout.yaml --seed 42";
  run.reproduce_all = "tripcurve run checkout.yaml --repeat 3 --need 2 --seed 40";
  run.warnings = {"classic Timeout: 3s is shorter than an outage (write at least 8s)"};
  run.notes = {"the retry of checkout.yaml is not made"};
  run.false_trips = {.per_month = 2.125,
                     .low = 1.75,
                     .high = 2.5,
                     .method = forecast::Method::importance_sampling};
  run.interventions = {{at(7s), "injected errors=100%", true}};
  run.series = {.interval = 10s,
                .points = {{.end = at(10s),
                            .counts = {.calls = 1000,
                                       .fail_fast = 500,
                                       .sent = 500,
                                       .ok = 412,
                                       .error_answers = 70,
                                       .timeouts = 9,
                                       .resets = 9},
                            .p50 = 8ms,
                            .p99 = 410ms,
                            .in_flight = 3,
                            .upstream_requests = 497},
                           {.end = at(20s), .counts = {.calls = 1000}, .upstream_requests = 0}}};
  auto summary = summarize(run);
  auto& phase = summary.phases[1];
  phase.fail_fast = {.count = 712,
                     .mean = 21us,
                     .p50 = 20us,
                     .p90 = 25us,
                     .p95 = 30us,
                     .p99 = 40us,
                     .p999 = 90us,
                     .max = 120us};
  phase.wasted = 36080ms;
  phase.peak_in_flight = 17;
  phase.endpoints = {{.name = "/pay",
                      .counts = {.calls = 800, .fail_fast = 712, .sent = 88},
                      .response = phase.response}};
  summary.expectations = {{.text = "opens <= 3",
                           .scope = {},
                           .place = "checkout.yaml:30:5",
                           .result = Judged::Result::pass,
                           .observed = "2",
                           .bound = "<= 3",
                           .margin = "1",
                           .samples = 5,
                           .value = 2,
                           .unit = "count"},
                          {.text = "time_to_open < 200ms",
                           .scope = {.phase = "outage", .breaker = "client"},
                           .place = "checkout.yaml:31:5",
                           .result = Judged::Result::fail,
                           .observed = "214ms",
                           .bound = "< 200ms",
                           .margin = "-14ms",
                           .samples = 1,
                           .reason = "it opened 214ms after the fault began",
                           .value = 214,
                           .unit = "ms"},
                          {.text = "p99 < 50ms",
                           .scope = {.phase = "recovered", .endpoint = "/refund"},
                           .place = "--expect",
                           .result = Judged::Result::inconclusive,
                           .observed = "-",
                           .bound = "< 50ms",
                           .margin = "",
                           .samples = 0,
                           .reason = "no call was answered",
                           .unit = "ms"}};
  summary.verdict = decide(summary);
  return summary;
}

// What lies in tests/golden under that name; UPDATE_GOLDEN=1 in the environment puts `now` there.
inline std::string golden(const std::string& name, const std::string& now) {
  const auto path = TRIPCURVE_TEST_DATA "/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << now;
  }
  std::ostringstream kept;
  kept << std::ifstream(path, std::ios::binary).rdbuf();
  return kept.str();
}

}  // namespace tripcurve::report::testing
