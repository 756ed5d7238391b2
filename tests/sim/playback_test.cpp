#include "sim/playback.hpp"

#include <string>
#include <vector>

#include "core/request_number.hpp"
#include "load/pacer.hpp"
#include "sim/world.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using load::BreakerBank;
using load::BreakerScope;
using sim::RecordedCall;

namespace {

// Healthy, bad in several ways, and healthy again.
faults::Plan troubled(Random random) {
  std::vector<faults::PhaseSpec> phases;
  for (const auto* text :
       {"healthy 20s errors=1%", "failing 20s errors=503:40%,reset:30%", "well 30s",
        "slow 20s latency=200ms..900ms errors=hang:10%", "refused 10s errors=refuse", "well 60s"}) {
    phases.push_back(*faults::parse_phase(text));
  }
  return {{.normal = {*faults::parse_latency("p50=20ms,p99=200ms"), {}}}, phases, random};
}

load::LoadPlan load_on(const faults::Plan& faults, const breaker::Choice& breaker,
                       load::Arrival arrival = load::Arrival::constant) {
  load::LoadPlan load{.timetable = faults.timetable(),
                      .loop = load::OpenLoop{.rate = Rate{50}, .arrival = arrival}};
  load.timeout = 499ms;  // no answer comes at the very end of it
  load.random = Random(1);
  load.breaker_counts = breaker::usual_rules(breaker.dialect());
  load.max_in_flight = 1'000'000;
  return load;
}

// What becomes of every call of the load's if it goes out.
std::vector<RecordedCall> recorded(const load::LoadPlan& load, const faults::Plan& faults) {
  faults::Injector injector(faults);
  sim::Answers upstream(injector, {});
  std::vector<RecordedCall> calls;
  load::Pacer pacer(std::get<load::OpenLoop>(load.loop), 0, 1, load.random);
  for (; pacer.due() < load.timetable.end(); pacer.advance()) {
    const auto answer = upstream.to(
        request_number(pacer.ordinal(), 1), load.endpoints.front(), [] { return Passage::fair; },
        pacer.due());
    calls.push_back(
        {pacer.due(), answer.when == never ? 1min : answer.when - pacer.due(), answer.end, 0});
  }
  return calls;
}

bool same_event(const load::BreakerEvent& a, const load::BreakerEvent& b) {
  return a.breaker == b.breaker && a.transition.at == b.transition.at &&
         a.transition.from == b.transition.from && a.transition.to == b.transition.to &&
         a.transition.cause == b.transition.cause && a.probes == b.probes && a.sent == b.sent;
}

BreakerBank bank_of(const breaker::Choice& breaker) {
  return {breaker, BreakerScope::client, {load::Endpoint{}}, Random(1)};
}

}  // namespace

TEST_CASE("a recording takes every breaker through the transitions of the run it was taken from") {
  const auto faults = troubled(Random(1));
  std::size_t tripped = 0;
  for (const auto& dialect : breaker::dialects()) {
    if (dialect.name == "pybreaker") {
      continue;  // it holds calls back so long that the upstream has become another meanwhile
    }
    INFO(dialect.name);
    const auto breaker = choice(std::string(dialect.name));
    const auto load = load_on(faults, breaker);
    auto live = bank_of(breaker);
    faults::Injector injector(faults);
    const auto ran =
        sim::run_world(load, injector, live, {},
                       {[] { return never; }, [](const sim::View&, TimePoint) { return true; }});

    auto replayed = bank_of(breaker);
    std::uint64_t rejected = 0;
    sim::Playback playback(load, replayed, [&](const RecordedCall&) { ++rejected; });
    playback.play(recorded(load, faults));
    playback.end();

    const auto was = live.events_since(0);
    const auto is = replayed.events_since(0);
    CHECK(is.size() == was.size());
    CHECK(std::ranges::equal(is, was, same_event));
    tripped += is.empty() ? 0U : 1U;
    auto counts = ran.tally.phases.front().counts();
    for (std::size_t i = 1; i < ran.tally.phases.size(); ++i) {
      counts += ran.tally.phases[i].counts();
    }
    CHECK(counts.fail_fast == rejected);
  }
  CHECK(tripped > breaker::dialects().size() / 2);
}

TEST_CASE("it does not matter in what pieces a recording is fed") {
  const auto faults = troubled(Random(2));
  const auto breaker = choice("resilience4j");
  const auto load = load_on(faults, breaker, load::Arrival::poisson);
  const auto calls = recorded(load, faults);
  const auto play = [&](std::size_t piece) {
    auto bank = bank_of(breaker);
    sim::Playback playback(load, bank, [](const RecordedCall&) {});
    for (std::size_t i = 0; i < calls.size(); i += piece) {
      playback.play(std::span(calls).subspan(i, std::min(piece, calls.size() - i)));
    }
    playback.end();
    return bank.events_since(0);
  };
  const auto at_once = play(calls.size());
  CHECK(at_once.size() > 2);
  for (const auto piece : {1U, 2U, 7U, 1000U}) {
    INFO(piece);
    CHECK(std::ranges::equal(play(piece), at_once, same_event));
  }
}

TEST_CASE("results reach the breaker when calls end, not when they begin") {
  const auto breaker = choice("classic,failures=2,timeout=10s");
  load::LoadPlan load{.timetable = Timetable({{"all", {}, at(1h), false}}), .loop = {}};
  load.timeout = 1min;
  auto bank = bank_of(breaker);
  std::vector<RecordedCall> rejected;
  sim::Playback playback(load, bank, [&](const RecordedCall& call) { rejected.push_back(call); });
  const CallEnd failed(CallEnd::Kind::answer, 503);
  // The one that ends last opens it, though it began first.
  playback.play(std::vector<RecordedCall>{{at(1s), 5s, failed},
                                          {at(2s), 1s, failed},
                                          {at(5s), 1ms, CallEnd(CallEnd::Kind::answer, 200)},
                                          {at(6s), 1ms, failed},
                                          {at(7s), 1ms, failed}});
  playback.end();
  REQUIRE(bank.events_since(0).size() == 1);
  CHECK(bank.events_since(0)[0].transition.at == at(6001ms));
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].due == at(7s));
}

TEST_CASE("a recording without a call is played, too") {
  load::LoadPlan load{.timetable = Timetable({{"all", {}, at(1h), false}}), .loop = {}};
  auto bank = bank_of(choice("classic"));
  sim::Playback playback(load, bank, [](const RecordedCall&) {});
  playback.play({});
  playback.end();
  CHECK(playback.tally().phases[0].counts() == load::Counts{});
}
