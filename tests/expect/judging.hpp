// Expectations judged on runs made up by hand, for the tests of expect/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "expect/dependencies.hpp"
#include "expect/judge.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::expect::testing {

using namespace std::chrono_literals;
using breaker::State;
using report::Judged;
using report::Scope;
using report::testing::add_fail_fasts;
using report::testing::add_ok_calls;
using report::testing::add_transition;
using report::testing::breakers;
using report::testing::busy_run;
using report::testing::lose_transition;
using report::testing::outage;
using report::testing::quiet_run;
using report::testing::Run;
using Result = Judged::Result;

inline std::vector<Judged> judged_all(const Run& run, const std::string& text,
                                      const Scope& scope = {}) {
  auto expectation = parse_expectation(text);
  INFO(text);
  REQUIRE(expectation.ok());
  auto scoped = *std::move(expectation);
  scoped.scope = scope;
  return judge(std::vector{scoped}, report::testing::summarize(run));
}

inline Judged judged_one(const Run& run, const std::string& text, const Scope& scope = {}) {
  auto all = judged_all(run, text, scope);
  REQUIRE(all.size() == 1);
  return all.front();
}

inline Result result(const Run& run, const std::string& text, const Scope& scope = {}) {
  return judged_one(run, text, scope).result;
}

// Opens 300 ms after the fault began at 5 s, fails one trial, closes 3.5 s after its end at 13 s.
inline Run story() {
  auto run = busy_run(outage);
  add_transition(run, 5300ms, State::closed, State::open);
  add_transition(run, 8300ms, State::open, State::half_open);
  add_transition(run, 8400ms, State::half_open, State::open);
  add_transition(run, 16400ms, State::open, State::half_open);
  add_transition(run, 16500ms, State::half_open, State::closed);
  run.events[2].probes = 7;
  run.events[2].most_probes = 4;
  run.events[4].probes = 3;
  run.events[4].most_probes = 3;
  return run;
}

}  // namespace tripcurve::expect::testing
