#include "report/summary.hpp"

#include "load/pacer.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;

// The one breaker's reaction to the one fault.
Reaction reaction_of(const Run& facts) {
  const auto summary = summarize(facts);
  REQUIRE(summary.breakers.size() == 1);
  REQUIRE(summary.breakers[0].reactions.size() == 1);
  return summary.breakers[0].reactions[0];
}

std::string only_reason(const Run& facts) {
  const auto summary = summarize(facts);
  REQUIRE(summary.verdict.reasons.size() == 1);
  return summary.verdict.reasons[0];
}

TEST_CASE("the totals are the phases together") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 500, 10ms);
  add_fail_fasts(facts, 1, 800);
  add_ok_calls(facts, 2, 700, 30ms);

  const auto summary = summarize(facts);

  CHECK(summary.totals.counts.calls == 2000);
  CHECK(summary.totals.counts.fail_fast == 800);
  CHECK(summary.totals.counts.ok == 1200);
  CHECK(summary.totals.response.count == 1200);
  CHECK(summary.totals.response.p50 > 29ms);
  CHECK(summary.totals.response.max == 30ms);
  CHECK(summary.totals.schedule_error.count == 2000);
  CHECK(summary.totals.phase.begin == at(0s));
  CHECK(summary.totals.phase.end == at(20s));
  CHECK(summary.totals.lasted == 20s);
  CHECK(summary.phases[0].response.max == 10ms);
  CHECK(summary.phases[1].response.count == 0);
}

TEST_CASE("response and service times and the schedule error are told apart") {
  auto facts = quiet_run({{"all", 10ms}});
  auto& tally = facts.tally.phases[0];
  tally.endpoints[0].counts.calls = tally.endpoints[0].counts.sent = tally.endpoints[0].counts.ok =
      1;
  tally.endpoints[0].times.record(7ms, 6ms);
  tally.schedule_error.record(1ms);

  const auto phase = summarize(facts).phases[0];

  CHECK(phase.response.max == 7ms);
  CHECK(phase.service.max == 6ms);
  CHECK(phase.schedule_error.max == 1ms);
  CHECK(phase.response.mean == 7ms);
}

TEST_CASE("what the upstream counted is added up by kind") {
  auto facts = busy_run(outage);
  facts.upstream = {{500, 0, 500, {}},
                    {300, 7, 100, {{"503", 150}, {"reset", 50}}, 5, 2},
                    {700, 1, 690, {{"reset", 4}, {"hang", 6}}, 1, 1}};

  const auto summary = summarize(facts);

  REQUIRE(summary.totals.upstream);
  CHECK(summary.totals.upstream->requests == 1500);
  CHECK(summary.totals.upstream->leaked_while_open == 8);
  CHECK(summary.totals.upstream->served == 1290);
  CHECK(summary.totals.upstream->overtaken == 6);
  CHECK(summary.totals.upstream->strangers == 3);
  const std::vector<std::pair<std::string, std::uint64_t>> kinds{
      {"503", 150}, {"reset", 54}, {"hang", 6}};
  CHECK(summary.totals.upstream->injected == kinds);
  CHECK(summary.phases[1].upstream->leaked_while_open == 7);
}

TEST_CASE("an upstream that is not ours has no counts") {
  const auto summary = summarize(busy_run(outage));
  CHECK_FALSE(summary.totals.upstream);
  CHECK_FALSE(summary.phases[0].upstream);
}

TEST_CASE("a breaker that never opens was closed all along") {
  const auto facts = busy_run(outage);

  const auto reaction = reaction_of(facts);

  CHECK_FALSE(reaction.opened);
  CHECK_FALSE(reaction.time_to_open);
  CHECK(reaction.closed_again);
  CHECK(reaction.time_to_close == Duration::zero());
  const auto breaker = summarize(facts).breakers[0];
  CHECK(breaker.opens == 0);
  CHECK(breaker.time_closed == 20s);
  CHECK(breaker.time_open == 0s);
  CHECK(breaker.final_state == State::closed);
}

TEST_CASE("opening counts from the fault's begin and closing from its end") {
  auto facts = busy_run(outage);
  add_transition(facts, 5214ms, State::closed, State::open);
  add_transition(facts, 15s, State::open, State::half_open);
  add_transition(facts, 16410ms, State::half_open, State::closed);

  const auto reaction = reaction_of(facts);

  CHECK(reaction.fault.begin == at(5s));
  CHECK(reaction.opened);
  CHECK(reaction.time_to_open == 214ms);
  CHECK(reaction.closed_again);
  CHECK(reaction.time_to_close == 3410ms);
}

TEST_CASE("a breaker that opens twice is measured by the first opening and the last closing") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  add_transition(facts, 9s, State::open, State::half_open);
  add_transition(facts, 9500ms, State::half_open, State::open);
  add_transition(facts, 12500ms, State::open, State::half_open);
  add_transition(facts, 14s, State::half_open, State::closed);

  const auto reaction = reaction_of(facts);
  const auto breaker = summarize(facts).breakers[0];

  CHECK(reaction.time_to_open == 1s);
  CHECK(reaction.time_to_close == 1s);
  CHECK(breaker.opens == 2);
  CHECK(breaker.time_closed == 6s + 6s);
  CHECK(breaker.time_open == 3s + 3s);
  CHECK(breaker.time_half_open == 500ms + 1500ms);
}

TEST_CASE("a breaker that is open before the fault begins needed no time to open") {
  auto facts = busy_run(outage);
  add_transition(facts, 4s, State::closed, State::open);
  add_transition(facts, 7s, State::open, State::half_open);
  add_transition(facts, 8s, State::half_open, State::open);

  const auto reaction = reaction_of(facts);

  CHECK(reaction.opened);
  CHECK(reaction.time_to_open == Duration::zero());
  CHECK_FALSE(reaction.closed_again);
  CHECK_FALSE(reaction.time_to_close);
}

TEST_CASE("a breaker that closes within the fault needed no time to close after it") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  add_transition(facts, 12s, State::open, State::closed);

  const auto reaction = reaction_of(facts);

  CHECK(reaction.opened);
  CHECK(reaction.closed_again);
  CHECK(reaction.time_to_close == Duration::zero());
}

TEST_CASE("an opening within a timeout of the fault's end still answers that fault") {
  auto facts = busy_run(outage);
  facts.timeout = 1s;
  add_transition(facts, 13500ms, State::closed, State::open);
  add_transition(facts, 17s, State::open, State::closed);

  const auto reaction = reaction_of(facts);

  CHECK(reaction.time_to_open == 8500ms);
  CHECK(reaction.time_to_close == 4s);
}

TEST_CASE("what opens later than a timeout after the fault has not opened for it") {
  auto facts = busy_run(outage);
  facts.timeout = 1s;
  add_transition(facts, 14s, State::closed, State::open);
  add_transition(facts, 17s, State::open, State::closed);

  const auto reaction = reaction_of(facts);

  CHECK_FALSE(reaction.opened);
  CHECK(reaction.time_to_close == Duration::zero());
}

TEST_CASE("what happens after the next fault began belongs to the next fault") {
  auto facts = busy_run({{"a", 1s}, {"b", 1s, true}, {"c", 1s}, {"d", 1s, true}, {"e", 1s}});
  add_transition(facts, 1100ms, State::closed, State::open);
  add_transition(facts, 4200ms, State::open, State::closed);

  const auto reactions = summarize(facts).breakers[0].reactions;

  REQUIRE(reactions.size() == 2);
  CHECK(reactions[0].time_to_open == 100ms);
  CHECK_FALSE(reactions[0].closed_again);
  CHECK(reactions[1].time_to_open == Duration::zero());
  CHECK(reactions[1].time_to_close == 200ms);
}

TEST_CASE("a fault that an interrupted run did not reach has no reaction") {
  auto facts = busy_run({{"a", 1s}, {"b", 1s, true}, {"c", 1s}, {"d", 1s, true}, {"e", 1s}});
  facts.ending = Ending::interrupted;
  facts.ended_at = at(2500ms);
  CHECK(summarize(facts).breakers[0].reactions.size() == 1);
}

TEST_CASE("nothing is said of closing when a run is stopped within the fault") {
  auto facts = busy_run(outage);
  facts.ending = Ending::interrupted;
  facts.ended_at = at(8s);

  const auto reaction = reaction_of(facts);

  CHECK_FALSE(reaction.closed_again);
  CHECK_FALSE(reaction.time_to_close);
  CHECK(reaction.cut_off == Reaction::CutOff::run_ended);
}

TEST_CASE("a breaker that is open as the plan ends with the fault need not have stayed open") {
  auto facts = busy_run({{"healthy", 1s}, {"outage", 1s, true}});
  add_transition(facts, 1100ms, State::closed, State::open);
  CHECK(reaction_of(facts).cut_off == Reaction::CutOff::run_ended);
  facts = busy_run({{"healthy", 1s}, {"outage", 1s, true}, {"recovered", 1s}});
  add_transition(facts, 1100ms, State::closed, State::open);
  CHECK(reaction_of(facts).cut_off == Reaction::CutOff::none);
}

TEST_CASE(
    "a fault at the end of the plan is over when the run is, even if the last call is earlier") {
  auto facts = busy_run({{"healthy", 1s}, {"outage", 1s, true}});
  facts.ended_at = at(1990ms);
  CHECK(reaction_of(facts).closed_again);
}

TEST_CASE("the times in the states add up to the run") {
  auto facts = busy_run(outage);
  facts.ended_at = at(20010ms);
  add_transition(facts, 2s, State::closed, State::forced_open);
  add_transition(facts, 5s, State::forced_open, State::disabled);
  add_transition(facts, 9s, State::disabled, State::half_open);
  add_transition(facts, 10s, State::half_open, State::open);

  const auto breaker = summarize(facts).breakers[0];

  CHECK(breaker.time_closed == 2s + 4s);
  CHECK(breaker.time_half_open == 1s);
  CHECK(breaker.time_open == 3s + 10s);
  CHECK(breaker.time_closed + breaker.time_open + breaker.time_half_open ==
        summarize(facts).totals.lasted);
  CHECK(breaker.opens == 2);
  CHECK(breaker.final_state == State::open);
}

TEST_CASE("entering open again from open is not another opening") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  add_transition(facts, 7s, State::open, State::open);
  CHECK(summarize(facts).breakers[0].opens == 1);
}

TEST_CASE("each breaker has its own transitions") {
  auto facts = busy_run(outage);
  facts.breakers = breakers({{.endpoint = "/a", .name = "/a"}, {.endpoint = "/b", .name = "/b"}});
  add_transition(facts, 6s, State::closed, State::open, "because", 1);

  const auto breakers = summarize(facts).breakers;

  REQUIRE(breakers.size() == 2);
  CHECK(breakers[0].identity.name == "/a");
  CHECK(breakers[0].opens == 0);
  CHECK(breakers[1].opens == 1);
  CHECK(breakers[1].time_open == 14s);
}

TEST_CASE("the breakers' numbers are of all transitions, those that were not kept included") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  add_transition(facts, 8s, State::open, State::half_open);
  lose_transition(facts, 9s, State::half_open, State::open);
  lose_transition(facts, 14s, State::open, State::closed);
  lose_transition(facts, 18s, State::closed, State::open);

  const auto breaker = summarize(facts).breakers[0];

  CHECK(breaker.opens == 3);
  CHECK(breaker.trips == 2);
  CHECK(breaker.closes == 1);
  CHECK(breaker.time_closed == 6s + 4s);
  CHECK(breaker.time_open == 2s + 5s + 2s);
  CHECK(breaker.time_half_open == 1s);
  CHECK(breaker.final_state == State::open);
  REQUIRE(breaker.reactions.size() == 1);
  CHECK(breaker.reactions[0].time_to_open == 1s);
  CHECK_FALSE(breaker.reactions[0].closed_again);
  CHECK(breaker.reactions[0].cut_off == Reaction::CutOff::log_full);
}

TEST_CASE("nothing is said of a fault that began after the last transition that was kept") {
  auto facts = busy_run({{"a", 1s}, {"b", 1s, true}, {"c", 1s}, {"d", 1s, true}, {"e", 1s}});
  add_transition(facts, 1100ms, State::closed, State::open);
  add_transition(facts, 2100ms, State::open, State::closed);
  lose_transition(facts, 3200ms, State::closed, State::open);
  const auto reactions = summarize(facts).breakers[0].reactions;
  REQUIRE(reactions.size() == 1);
  CHECK(reactions[0].time_to_close == 100ms);
}

TEST_CASE("a breaker that begins open has opened at no time") {
  auto facts = busy_run(outage);
  add_transition(facts, 3s, State::open, State::half_open);
  add_transition(facts, 4s, State::half_open, State::closed);

  const auto breaker = summarize(facts).breakers[0];

  CHECK(breaker.initial_state == State::open);
  CHECK(breaker.opens == 0);
  CHECK(breaker.closes == 1);
  CHECK(breaker.time_open == 3s);
}

TEST_CASE("the most calls under way in the run are the most of any phase, not of all together") {
  auto facts = busy_run(outage);
  facts.tally.phases[0].peak_in_flight = 51;
  facts.tally.phases[1].peak_in_flight = 51;
  facts.tally.phases[2].peak_in_flight = 50;
  CHECK(summarize(facts).totals.peak_in_flight == 51);
  CHECK_FALSE(summarize(facts).totals.peak_is_bound);
  facts.load.shards = 2;
  CHECK(summarize(facts).totals.peak_is_bound);
}

TEST_CASE("a run that made its load is finished") {
  const auto verdict = summarize(busy_run(outage)).verdict;
  CHECK(verdict.result == Verdict::Result::finished);
  CHECK(verdict.reasons.empty());
}

TEST_CASE("a run without calls is inconclusive") {
  const auto facts = quiet_run(outage);
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);
  CHECK(only_reason(facts) == "0 calls were made in 20.0s; raise --rate or make the run longer");
}

TEST_CASE("a closed loop without calls is told to raise its workers") {
  auto facts = quiet_run(outage);
  facts.load.loop = load::ClosedLoop{};
  CHECK_THAT(only_reason(facts), ContainsSubstring("raise --workers"));
}

TEST_CASE("more than one percent of dropped calls makes a run inconclusive") {
  auto facts = busy_run({{"all", 10s}});
  auto& counts = facts.tally.phases[0].endpoints[0].counts;

  counts.dropped = 10;
  counts.sent -= 10;
  CHECK(summarize(facts).verdict.result == Verdict::Result::finished);

  counts.dropped = 11;
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);

  counts.dropped = 123;
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);
  CHECK(only_reason(facts) ==
        "12.3% of calls were dropped at the limit of 1000 in flight; raise --max-in-flight");
}

TEST_CASE("more than one percent of calls that were never taken up makes a run inconclusive") {
  auto facts = quiet_run({{"all", 10s}});
  add_ok_calls(facts, 0, 990, 5ms);
  CHECK(summarize(facts).verdict.result == Verdict::Result::finished);

  facts = quiet_run({{"all", 10s}});
  add_ok_calls(facts, 0, 900, 5ms);
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);
  CHECK_THAT(only_reason(facts), ContainsSubstring("10.0% of the 1,000 calls that were due"));
  CHECK_THAT(only_reason(facts), ContainsSubstring("lower --rate or add --threads"));
}

TEST_CASE("calls dropped and calls never taken up count together") {
  auto facts = quiet_run({{"all", 10s}});
  add_ok_calls(facts, 0, 993, 5ms);
  facts.tally.phases[0].endpoints[0].counts.dropped = 7;
  CHECK(summarize(facts).verdict.reasons.size() == 2);
}

TEST_CASE("independent arrivals may be fewer than their mean") {
  auto facts = quiet_run({{"all", 10s}});
  add_ok_calls(facts, 0, 900, 5ms);
  facts.load.loop = load::OpenLoop{.rate = {100}, .arrival = load::Arrival::poisson};
  CHECK(summarize(facts).verdict.result == Verdict::Result::finished);

  facts.tally.phases[0].endpoints[0].counts.dropped = 90;
  CHECK_THAT(only_reason(facts), ContainsSubstring("10.0% of calls were dropped"));
}

TEST_CASE("every call that the pacer makes due is expected and no other") {
  for (const double rate : {0.1, 0.3, 1.0 / 3, 3.0, 7.0, 33.3}) {
    for (const Duration length : {Duration(30s), Duration(10s), Duration(9999999999ns)}) {
      auto facts = quiet_run({{"all", length}});
      const load::OpenLoop loop{.rate = {rate}};
      facts.load.loop = loop;
      std::uint64_t due = 0;
      for (load::Pacer pacer(loop, 0, 1, Random(1)); pacer.due() < at(length); pacer.advance()) {
        ++due;
      }
      CAPTURE(rate, length.count(), due);

      add_ok_calls(facts, 0, due, 5ms);
      CHECK(summarize(facts).verdict.reasons.empty());

      --facts.tally.phases[0].endpoints[0].counts.calls;
      CHECK(summarize(facts).verdict.reasons.empty() == (due > 100));
    }
  }
}

// A second at `rate` in which every call was taken up `late`.
Run late_run(double rate, Duration late) {
  auto facts = quiet_run({{"all", 1s}});
  facts.load.loop = load::OpenLoop{.rate = {rate}};
  add_ok_calls(facts, 0, static_cast<std::uint64_t>(rate), 5ms);
  auto& schedule_error = facts.tally.phases[0].schedule_error;
  schedule_error = {};
  schedule_error.record(late);
  return facts;
}

TEST_CASE("a late generator makes an open loop inconclusive") {
  CHECK(summarize(late_run(5000, 1ms)).verdict.result == Verdict::Result::finished);
  const auto facts = late_run(5000, 3200us);
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);
  CHECK(only_reason(facts) ==
        "the p99 of the schedule error is 3.20ms, above the limit of 1.00ms, because this machine "
        "could not keep the pace of "
        "5000/s; lower --rate or add --threads");
}

TEST_CASE("a slow pace may be late by its gap, up to 10 ms") {
  CHECK(summarize(late_run(200, 5ms)).verdict.result == Verdict::Result::finished);
  CHECK_THAT(only_reason(late_run(200, 6ms)),
             ContainsSubstring("p99 of the schedule error is 6.00ms, above the limit of 5.00ms"));
  CHECK(summarize(late_run(10, 10ms)).verdict.result == Verdict::Result::finished);
  CHECK_THAT(only_reason(late_run(10, 11ms)),
             ContainsSubstring("p99 of the schedule error is 11.0ms, above the limit of 10.0ms"));
}

TEST_CASE("a closed loop has no pace to keep") {
  auto facts = quiet_run({{"all", 1s}});
  facts.load.loop = load::ClosedLoop{};
  add_ok_calls(facts, 0, 3, 5ms);
  facts.tally.phases[0].schedule_error.record(500ms);
  CHECK(summarize(facts).verdict.result == Verdict::Result::finished);
}

TEST_CASE("an interrupted run is not blamed for the calls it did not get to") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 200, 5ms);
  facts.ending = Ending::interrupted;
  facts.ended_at = at(2s);

  const auto summary = summarize(facts);

  CHECK(summary.verdict.result == Verdict::Result::interrupted);
  CHECK(summary.verdict.reasons.empty());
  CHECK(summary.phases[0].lasted == 2s);
  CHECK(summary.phases[1].lasted == 0s);
  CHECK(summary.totals.lasted == 2s);
  CHECK(summary.totals.phase.end == at(2s));
}

TEST_CASE("a single call dropped before a breaker that might have tried it is a doubt") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 2000, 1ms);
  REQUIRE(summarize(facts).doubts.empty());
  facts.load.max_in_flight = 10;
  facts.tally.phases[1].dropped_trials = 1;
  REQUIRE(summarize(facts).doubts.size() == 1);
  CHECK(summarize(facts).doubts[0] ==
        "1 call was dropped at the limit of 10 in flight while the breaker was half-open or open, "
        "so it may have lacked trial calls; raise --max-in-flight");
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);
  facts.tally.phases[0].dropped_trials = 1500;
  CHECK(summarize(facts).doubts[0].starts_with("1,501 calls were dropped at the limit of 10"));
}

TEST_CASE("strangers at the run's own upstream are a doubt, with their number") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 2000, 1ms);
  facts.upstream = {{.requests = 2000, .injected = {}}, {.injected = {}}, {.injected = {}}};
  REQUIRE(summarize(facts).doubts.empty());
  facts.upstream[1].strangers = 1;
  REQUIRE(summarize(facts).doubts.size() == 1);
  CHECK(summarize(facts).doubts[0] ==
        "1 request from another program reached this run's upstream and used part of its limits "
        "and of this machine; let no other program call its port");
  CHECK(summarize(facts).verdict.result == Verdict::Result::inconclusive);
  facts.upstream[0].strangers = 12'383;
  CHECK(summarize(facts).doubts[0].starts_with(
      "12,384 requests from another program reached this run's upstream"));
  CHECK(summarize(facts).totals.upstream->requests == 2000);
  CHECK(summarize(facts).totals.upstream->strangers == 12'384);
}

TEST_CASE("an interrupted run keeps the reasons to doubt it") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 200, 5ms);
  facts.tally.phases[0].endpoints[0].counts.dropped = 50;
  facts.ending = Ending::interrupted;
  facts.ended_at = at(2s);

  CHECK(summarize(facts).verdict.result == Verdict::Result::interrupted);
  CHECK_THAT(only_reason(facts), ContainsSubstring("25.0% of calls were dropped"));
}

}  // namespace
}  // namespace tripcurve::report
