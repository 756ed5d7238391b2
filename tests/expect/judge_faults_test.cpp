#include "tests/expect/judging.hpp"

namespace tripcurve::expect::testing {
namespace {

using tripcurve::testing::ContainsSubstring;

TEST_CASE("times are counted from the fault, or from the phase that is named") {
  const auto run = story();
  CHECK(judged_one(run, "time_to_close < 10s").value == 3500);
  CHECK(judged_one(run, "time_to_half_open < 10s").value == 3400);
  CHECK(judged_one(run, "time_to_close < 10s", {.phase = "recovered"}).value == 3500);
  CHECK(judged_one(run, "time_to_half_open < 10s", {.phase = "outage"}).value == 3300);
  CHECK(judged_one(run, "time_to_open < 10s", {.phase = "recovered"}).value == 0);  // open already
}

TEST_CASE("what never came has failed once the bound is over, and is open before") {
  const auto run = busy_run(outage);
  const auto late = judged_one(run, "time_to_open < 2s");
  CHECK(late.result == Result::fail);
  CHECK(late.observed == "never");
  CHECK_THAT(late.reason, ContainsSubstring("none of 800 calls failed"));
  CHECK(result(run, "time_to_open < 20s") == Result::inconclusive);
  CHECK(result(run, "time_to_open > 2s") == Result::pass);
  CHECK(result(run, "time_to_open > 20s") == Result::inconclusive);
}

TEST_CASE("how much time there was is said when it is too short to judge") {
  const auto run = busy_run(outage);
  const auto open = judged_one(run, "time_to_open < 20s");
  CHECK(open.reason ==
        "the run left only 8.00s for it to happen, which is less than the bound of 20.0s");
}

TEST_CASE("a breaker that is disabled is said to be so where it did not open") {
  auto run = busy_run(outage);
  add_transition(run, 1s, State::closed, State::disabled);
  CHECK(judged_one(run, "missed_opens == 0").reason ==
        "it was disabled, and a disabled breaker never opens");
}

TEST_CASE("a breaker may react to a fault that is named for as long as to one that is not") {
  auto run = busy_run(outage);
  run.timeout = 1s;
  add_transition(run, 13900ms, State::closed, State::open);
  for (const auto& scope : {Scope{}, Scope{.phase = "outage"}}) {
    CHECK(judged_one(run, "time_to_open < 9s", scope).value == 8900);
    CHECK(result(run, "missed_opens == 0", scope) == Result::pass);
  }
  CHECK(judged_one(run, "time_to_open < 6s", {.phase = "healthy"}).observed == "never");
}

TEST_CASE("trips outside every fault are false, and a fault without one is missed") {
  auto run = story();
  run.timeout = 1s;
  CHECK(judged_one(run, "false_opens == 0").value == 0);
  CHECK(judged_one(run, "missed_opens == 0").value == 0);
  add_transition(run, 17s, State::closed, State::open);
  CHECK(judged_one(run, "false_opens == 0").value == 1);
  CHECK(judged_one(run, "trips == 0").value == 2);
  CHECK(judged_one(run, "opens == 0").value == 3);
  CHECK(judged_one(run, "flaps_per_min < 1").value == 3);  // one in 20 s
  CHECK(result(busy_run(outage), "missed_opens == 0") == Result::fail);
}

TEST_CASE("a trip by calls that end late is the fault's") {
  auto run = busy_run(outage);
  run.timeout = 1s;
  add_transition(run, 13900ms, State::closed, State::open);
  CHECK(result(run, "false_opens == 0") == Result::pass);
  CHECK(result(run, "missed_opens == 0") == Result::pass);
  run.timeout = 500ms;
  CHECK(result(run, "false_opens == 0") == Result::fail);
  CHECK(result(run, "missed_opens == 0") == Result::fail);
}

TEST_CASE("a breaker that opens long after the fault has missed it, and its trip is false") {
  auto run = busy_run({{"up", 5s}, {"down", 5s, true}, {"up", 60s}});
  run.timeout = 1s;
  add_transition(run, 46900ms, State::closed, State::open);
  CHECK(judged_one(run, "missed_opens == 0").value == 1);
  CHECK(judged_one(run, "false_opens == 0").value == 1);
  CHECK(judged_one(run, "time_to_open < 1s").observed == "never");
}

TEST_CASE("a trip in a run whose normal behaviour is bad is false") {
  auto run = busy_run({{"steady", 10s}});
  add_transition(run, 3s, State::closed, State::open);
  CHECK(result(run, "false_opens == 0") == Result::inconclusive);  // whose upstream was it?
  run.upstream = {{.requests = 1000, .served = 1000}};
  CHECK(result(run, "false_opens == 0") == Result::fail);
}

TEST_CASE("a trip that a fault injected by hand brought about is not false") {
  auto run = busy_run({{"steady", 20s}});
  run.upstream = {{.requests = 2000, .served = 2000}};
  run.timeout = 1s;
  run.interventions = {{at(5s), "injected", true}, {at(8s), "injected", true}, {at(9s), "", false}};
  add_transition(run, 8500ms, State::closed, State::open);
  add_transition(run, 9s, State::open, State::closed);
  add_transition(run, 9900ms, State::closed, State::open);
  add_transition(run, 9950ms, State::open, State::closed);
  CHECK(judged_one(run, "false_opens == 0").value == 0);
  add_transition(run, 10s, State::closed, State::open);
  CHECK(judged_one(run, "false_opens == 0").value == 1);
  run.interventions.pop_back();  // it was never cleared
  CHECK(judged_one(run, "false_opens == 0").value == 0);
  run.interventions = {{at(11s), "injected", true}};
  CHECK(judged_one(run, "false_opens == 0").value == 3);
}

TEST_CASE("late answers of one fault do not make the time to open for the next near zero") {
  auto run =
      busy_run({{"up", 1s}, {"down", 1s, true}, {"up", 300ms}, {"again", 1s, true}, {"up", 2s}});
  run.timeout = 1s;
  add_transition(run, 2350ms, State::closed, State::open);
  run.events[0].sent = at(1900ms);
  const auto worst = judged_one(run, "time_to_open < 1s");
  CHECK(worst.result == Result::fail);  // the first took 1.35 s
  CHECK(worst.value == 1350);
  const auto second = judged_one(run, "time_to_open < 1400ms");
  CHECK(second.result == Result::inconclusive);
  CHECK_THAT(second.reason, ContainsSubstring("late answers from the previous fault"));
  CHECK(judged_one(run, "missed_opens == 0").samples == 1);
  const auto by_phase = judged_one(run, "time_to_open < 1400ms", {.phase = "again"});
  CHECK(by_phase.result == Result::inconclusive);
  CHECK_THAT(by_phase.reason, ContainsSubstring("late answers from the previous fault"));
}

TEST_CASE("of a run that ended during the fault nothing is said of closing") {
  auto run = busy_run({{"up", 5s}, {"down", 5s, true}});
  run.ended_at = at(10009ms);
  add_transition(run, 5300ms, State::closed, State::open);
  for (const auto* text : {"time_to_close < 1s", "time_to_half_open < 1s"}) {
    CHECK(result(run, text) == Result::inconclusive);
    CHECK(judged_one(run, text).reason == "the run ended during the fault");
  }
}

TEST_CASE("a reason speaks of the calls that came to the breaker") {
  auto run = busy_run(outage);
  run.load.endpoints = {{.path = "/a"}, {.path = "/b"}};
  for (auto& phase : run.tally.phases) {
    phase.endpoints.resize(2);
  }
  run.tally.phases[1].endpoints[0].counts = {.calls = 305, .sent = 305, .ok = 300, .timeouts = 5};
  run.tally.phases[1].endpoints[1].counts = {.calls = 40, .sent = 40, .ok = 40};
  run.breakers = breakers({{.endpoint = "/a", .name = "/a"}, {.endpoint = "/b", .name = "/b"}});
  add_transition(run, 6s, State::closed, State::open, "because", 0);
  CHECK(judged_one(run, "missed_opens == 0", {.breaker = "/b"}).reason ==
        "/b: none of 40 calls to /b failed");
  CHECK(judged_one(run, "opens >= 1", {.phase = "outage", .breaker = "/b"}).reason ==
        "/b: none of 40 calls to /b failed");
  CHECK(judged_one(run, "time_to_open < 1s", {.breaker = "/b"}).reason ==
        "/b: none of 40 calls to /b failed");
  CHECK(judged_one(run, "opens >= 2", {.phase = "outage", .breaker = "/a"}).result == Result::fail);
}

TEST_CASE("a breaker that begins open is open from the start") {
  auto run = busy_run(outage);
  add_transition(run, 3s, State::open, State::closed);
  CHECK(judged_one(run, "opens == 0").value == 0);
  CHECK(judged_one(run, "time_in(open) < 1h").value == 3000);
  CHECK(result(run, "transitions == [open, closed]") == Result::pass);
}

TEST_CASE("a breaker that opens late and stays open has not closed") {
  auto run = busy_run(outage);
  run.timeout = 1s;
  add_transition(run, 13900ms, State::closed, State::open);
  CHECK(judged_one(run, "time_to_close < 6s").observed == "never");
  CHECK(result(run, "time_to_close < 6s") == Result::fail);
}

TEST_CASE("a breaker that was closed as a phase began closes when it has opened in it") {
  auto run = busy_run(outage);
  run.timeout = 200ms;
  add_transition(run, 5300ms, State::closed, State::open);
  add_transition(run, 9s, State::open, State::closed);
  CHECK(judged_one(run, "time_to_close < 1s", {.phase = "outage"}).value == 4000);
  CHECK(judged_one(run, "time_to_close < 1s", {.phase = "recovered"}).value == 0);
}

TEST_CASE("what opens long after a fault has not opened for it, so it closes nothing of it") {
  auto run = busy_run(outage);
  run.timeout = 1s;
  add_transition(run, 15s, State::closed, State::open);
  CHECK(result(run, "time_to_close < 6s") == Result::inconclusive);
  CHECK(judged_one(run, "time_to_open < 1s").observed == "never");
}

TEST_CASE("an opening in the next fault is not one for the fault before") {
  auto run = busy_run({{"up", 5s}, {"down", 2s, true}, {"up", 1s}, {"down", 2s, true}});
  run.timeout = 5s;
  add_transition(run, 8500ms, State::closed, State::open);
  const auto worst = judged_one(run, "time_to_open < 1s");
  CHECK(worst.observed == "never");
  CHECK_THAT(worst.reason, ContainsSubstring("the fault at 5s"));
}

TEST_CASE("a fault that lasts as long as the run is missed though the last call ended before") {
  auto run = busy_run({{"up", 5s}, {"down", 5s, true}});
  run.ended_at = at(9990ms);
  CHECK(result(run, "missed_opens == 0") == Result::fail);
  run.ending = report::Ending::interrupted;
  CHECK(result(run, "missed_opens == 0") == Result::inconclusive);
}

}  // namespace
}  // namespace tripcurve::expect::testing
