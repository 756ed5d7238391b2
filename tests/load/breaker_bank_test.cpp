#include "load/breaker_bank.hpp"

#include <string>
#include <thread>
#include <vector>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Admission;
using breaker::Outcome;
using breaker::State;
using load::BreakerBank;
using load::BreakerScope;

namespace {

void fail(BreakerBank& bank, std::size_t breaker, TimePoint now) {
  const auto admission = bank.try_acquire(breaker, now);
  REQUIRE(admission.answer == Admission::Answer::admitted);
  bank.record(breaker, admission.permit, Outcome::failure, error_503, now);
}

TEST_CASE("a breaker that is only observed lets every call through, whatever is told of it") {
  auto bank = BreakerBank::observed({"service"});
  CHECK(bank.name(0) == "service");
  bank.note({.transition = {at(1s), State::closed, State::open, "seen"}, .earliest = at(900ms)});
  CHECK(bank.state(0) == State::open);
  CHECK(bank.try_acquire(0, at(2s)).answer == breaker::Admission::Answer::admitted);
  const auto events = bank.events_since(0);
  REQUIRE(events.size() == 1);
  CHECK(events[0].earliest == at(900ms));
  CHECK(bank.totals(0).opens() == 1);
  CHECK(bank.transition_count() == 1);
}

}  // namespace

TEST_CASE("a breaker that all instances share protects every call of theirs") {
  const BreakerBank bank(choice("classic"), BreakerScope::shared, {{.path = "/a"}, {.path = "/b"}},
                         Random(1), 3);
  CHECK(bank.size() == 1);
  CHECK(bank.name(0) == "shared");
  CHECK(bank.identity(0).endpoint.empty());
  for (std::size_t instance = 0; instance < 3; ++instance) {
    CHECK(bank.breaker_of(instance, 0) == 0);
    CHECK(bank.breaker_of(instance, 1) == 0);
  }
}

TEST_CASE("each instance has a breaker for each endpoint, or for all") {
  const std::vector<load::Endpoint> endpoints{{.path = "/a"}, {.path = "/b"}};
  const BreakerBank each(choice("classic"), BreakerScope::endpoint, endpoints, Random(1), 3);
  CHECK(each.size() == 6);
  CHECK(each.name(each.breaker_of(1, 1)) == "client 2 /b");
  const BreakerBank all(choice("classic"), BreakerScope::client, endpoints, Random(1), 3);
  CHECK(all.size() == 3);
  CHECK(all.name(all.breaker_of(1, 1)) == "client 2");
}

TEST_CASE("a bank decides as its breaker would, though it tells a closed one only what it heeds") {
  // Besides the defaults, settings with which successes count.
  std::vector<std::string> texts{"failsafe,withFailureThreshold=3/5",
                                 "failsafe-go,WithFailureThresholdRatio=3/5",
                                 "sentinel,grade=1,count=0.5"};
  for (const auto& dialect : breaker::dialects()) {
    texts.emplace_back(dialect.name);
  }
  for (const auto& text : texts) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      INFO(text << " seed " << seed);
      const auto breaker = choice(text).make(Random(1).fork("breaker").fork(0));
      BreakerBank bank(choice(text), BreakerScope::client, {load::Endpoint{}}, Random(1));
      Random random(seed);
      std::vector<breaker::Permit> running;
      TimePoint now{};
      for (int i = 0; i < 2000; ++i) {
        now += Duration(static_cast<Duration::rep>(random.unit() * 3e8));
        bank.tick(now);
        for (auto due = breaker->next_tick(); due <= now; due = breaker->next_tick()) {
          breaker->tick(due);
        }
        if (running.empty() || random.unit() < 0.5) {
          const auto admission = breaker->try_acquire(now);
          const auto same = bank.try_acquire(0, now);
          REQUIRE(same.answer == admission.answer);
          REQUIRE(same.error == admission.error);
          if (admission.answer == Admission::Answer::admitted) {
            REQUIRE(same.permit == admission.permit);
            running.push_back(admission.permit);
          }
        } else {
          const auto draw = random.unit();
          const auto outcome = draw < 0.6    ? Outcome::success
                               : draw < 0.95 ? Outcome::failure
                                             : Outcome::ignored;
          const auto end = outcome == Outcome::failure ? error_503 : ok;
          breaker->record(running.back(), outcome, end, now);
          bank.record(0, running.back(), outcome, end, now);
          running.pop_back();
        }
        REQUIRE(bank.state(0) == breaker->state());
      }
      const auto events = bank.events_since(0);
      const auto transitions = breaker->take_transitions();
      REQUIRE(events.size() == transitions.size());
      for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i].transition.at == transitions[i].at);
        CHECK(events[i].transition.cause == transitions[i].cause);
      }
    }
  }
}

TEST_CASE("one breaker for the client opens for every endpoint") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::client,
                   {{.path = "/a"}, {.path = "/b"}}, Random(1));
  REQUIRE(bank.size() == 1);
  CHECK(bank.name(0) == "client");
  fail(bank, bank.breaker_of(0, 0), at(0s));
  CHECK(bank.breaker_of(0, 1) == 0);
  CHECK(bank.state(0) == State::open);
}

TEST_CASE("one breaker per endpoint opens for its own endpoint only") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::endpoint,
                   {{.path = "/a"}, {.path = "/b"}}, Random(1));
  REQUIRE(bank.size() == 2);
  CHECK(bank.name(1) == "/b");
  fail(bank, bank.breaker_of(0, 1), at(0s));
  CHECK(bank.state(bank.breaker_of(0, 0)) == State::closed);
  CHECK(bank.state(bank.breaker_of(0, 1)) == State::open);
}

TEST_CASE("a breaker for an endpoint with a method is named after both") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::endpoint,
                   {{.path = "/pay"}, {.method = "POST", .path = "/pay"}}, Random(1));
  CHECK(bank.name(0) == "/pay");
  CHECK(bank.name(1) == "POST /pay");
}

TEST_CASE("transitions of all breakers are kept in the order they happened") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::endpoint,
                   {{.path = "/a"}, {.path = "/b"}}, Random(1));
  fail(bank, 1, at(1s));
  fail(bank, 0, at(2s));
  const auto events = bank.events_since(0);
  REQUIRE(events.size() == 2);
  CHECK(events[0].breaker == 1);
  CHECK(events[0].transition.to == State::open);
  CHECK(events[1].breaker == 0);
  CHECK(bank.events_since(1).size() == 1);
  CHECK(bank.events_since(2).empty());
}

TEST_CASE("a thread whose clock lags does not turn a breaker's time back") {
  BreakerBank bank(choice("classic,failures=1,timeout=1s"), BreakerScope::client,
                   {load::Endpoint{}}, Random(1));
  const auto late = bank.try_acquire(0, at(0s));
  fail(bank, 0, at(10s));
  bank.record(0, late.permit, Outcome::failure, error_503, at(9s));  // told after, stamped before
  CHECK(bank.try_acquire(0, at(11s)).answer == Admission::Answer::rejected);
  CHECK(bank.try_acquire(0, at(11s + 1ns)).answer == Admission::Answer::admitted);
}

TEST_CASE("a breaker that flaps for ever fills its log and goes on counting") {
  BreakerBank bank(choice("classic,failures=1,successes=1,timeout=1ms"), BreakerScope::client,
                   {load::Endpoint{}}, Random(1));
  TimePoint now{};
  const std::size_t rounds = BreakerBank::log_limit;
  for (std::size_t i = 0; i < rounds; ++i) {
    fail(bank, 0, now += 2ms);  // closed or half-open, then open
  }
  CHECK(bank.events_since(0).size() == BreakerBank::log_limit);
  CHECK(bank.transition_count() == 2 * rounds - 1);
  const auto totals = bank.totals(0);
  CHECK(totals.transitions() == 2 * rounds - 1);
  CHECK(totals.opens() == rounds);
  CHECK(totals.trips() == 1);
  CHECK(totals.closes() == 0);
  CHECK(totals.time_in(State::closed, now) == 2ms);
  CHECK(totals.time_in(State::open, now) + totals.time_in(State::half_open, now) == now - at(2ms));
}

TEST_CASE("the state that a breaker is made in is where it begins, and no transition") {
  BreakerBank bank(choice("resilience4j,initialState=OPEN,waitDurationInOpenState=1s"),
                   BreakerScope::client, {load::Endpoint{}}, Random(1));
  CHECK(bank.state(0) == State::open);
  CHECK(bank.events_since(0).empty());
  CHECK(bank.transition_count() == 0);
  CHECK(bank.totals(0).initial() == State::open);
  CHECK(bank.totals(0).opens() == 0);
  CHECK(bank.totals(0).time_in(State::open, at(3s)) == 3s);
}

TEST_CASE("a breaker says whose calls it guards") {
  const std::vector<load::Endpoint> endpoints{{.path = "/a"}, {.path = "/b"}};
  const BreakerBank each(choice("classic"), BreakerScope::endpoint, endpoints, Random(1), 2);
  CHECK(each.identity(1) == load::BreakerIdentity{1, "/b", "client 1 /b"});
  CHECK(each.identity(2) == load::BreakerIdentity{2, "/a", "client 2 /a"});
  const BreakerBank all(choice("classic"), BreakerScope::client, endpoints, Random(1));
  CHECK(all.identity(0) == load::BreakerIdentity{1, "", "client"});
}

TEST_CASE("a transition tells when the call was sent that brought it about") {
  BreakerBank bank(choice("classic,failures=1,successes=1,timeout=1s"), BreakerScope::client,
                   {load::Endpoint{}}, Random(1));
  const auto admission = bank.try_acquire(0, at(100ms));
  bank.record(0, admission.permit, Outcome::failure, error_503, at(700ms));
  static_cast<void>(bank.try_acquire(0, at(2s)));
  const auto events = bank.events_since(0);
  REQUIRE(events.size() == 2);
  CHECK(events[0].sent == at(100ms));
  CHECK_FALSE(events[1].sent);  // a call that asked for leave
}

TEST_CASE("threads that share a breaker lose no call") {
  BreakerBank bank(choice("classic,failures=1000000"), BreakerScope::client, {load::Endpoint{}},
                   Random(1));
  constexpr int each = 20'000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < each; ++i) {
          const auto admission = bank.try_acquire(0, at(i * 1us));
          bank.record(0, admission.permit, Outcome::failure, error_503, at(i * 1us));
        }
      });
    }
  }
  CHECK(bank.state(0) == State::closed);
  for (int i = 4 * each; i < 1'000'000; ++i) {
    const auto admission = bank.try_acquire(0, at(1h));
    bank.record(0, admission.permit, Outcome::failure, error_503, at(1h));
    REQUIRE((bank.state(0) == State::open) == (i == 999'999));
  }
}

TEST_CASE("each instance has breakers of its own, named after it") {
  const std::vector<load::Endpoint> endpoints{{.path = "/a"}, {.path = "/b"}};
  const BreakerBank clients(choice("classic"), BreakerScope::client, endpoints, Random(1), 3);
  REQUIRE(clients.size() == 3);
  CHECK(clients.name(0) == "client 1");
  CHECK(clients.name(2) == "client 3");
  CHECK(clients.breaker_of(2, 1) == 2);

  BreakerBank each(choice("classic,failures=1"), BreakerScope::endpoint, endpoints, Random(1), 2);
  REQUIRE(each.size() == 4);
  CHECK(each.name(each.breaker_of(1, 0)) == "client 2 /a");
  CHECK(each.name(each.breaker_of(0, 1)) == "client 1 /b");
  fail(each, each.breaker_of(1, 0), at(0s));
  CHECK(each.state(each.breaker_of(1, 0)) == State::open);
  CHECK(each.state(each.breaker_of(0, 0)) == State::closed);
}

TEST_CASE("a request with leave from before the opening is overtaken by it and has not leaked") {
  BreakerBank bank(choice("classic,failures=1,timeout=1s"), BreakerScope::client, {{.path = "/"}},
                   Random(1));
  const auto leave = [&](TimePoint now) {
    return load::Leave::of(0, bank.try_acquire(0, now).permit);
  };
  const auto before = leave(at(0s));
  CHECK(bank.passage(before) == Passage::fair);
  fail(bank, 0, at(1s));
  CHECK(bank.passage(before) == Passage::overtaken);
  // What was let out later than that stay began, but not by the breaker, has leaked.
  CHECK(bank.passage(load::Leave{.breaker = 0, .spell = before.spell + 1}) == Passage::leaked);

  const auto trial = leave(at(3s));
  CHECK(bank.state(0) == State::half_open);
  CHECK(bank.passage(trial) == Passage::fair);
  CHECK(bank.passage(before) == Passage::fair);
}

TEST_CASE("a trial call that a breaker lets out while it says it is open has not leaked") {
  BreakerBank bank(choice("hystrix-1.5.18"), BreakerScope::client, {{.path = "/"}}, Random(1));
  TimePoint now{};
  auto admission = bank.try_acquire(0, now);
  while (admission.answer == Admission::Answer::admitted) {  // until it opens
    bank.record(0, admission.permit, Outcome::failure, error_503, now);
    now += 20ms;
    bank.tick(now);
    admission = bank.try_acquire(0, now);
    REQUIRE(now < at(30s));
  }
  while (admission.answer == Admission::Answer::rejected) {  // until it tries
    now += 20ms;
    bank.tick(now);
    admission = bank.try_acquire(0, now);
    REQUIRE(now < at(60s));
  }
  REQUIRE(bank.state(0) == State::open);
  CHECK(bank.passage(load::Leave::of(0, admission.permit)) == Passage::fair);
}

TEST_CASE("a request with leave of a breaker that this bank has not is a stranger") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::endpoint,
                   {{.path = "/a"}, {.path = "/b"}}, Random(1), 2);
  fail(bank, 3, at(0s));
  CHECK(bank.passage(load::Leave{.breaker = 3, .spell = 1}) == Passage::leaked);
  CHECK(bank.passage(load::Leave{.breaker = 2}) == Passage::fair);
  CHECK(bank.passage(load::Leave{.breaker = 4}) == Passage::stranger);
}

TEST_CASE("a request that is sent a second time has not leaked") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::client, {{.path = "/"}}, Random(1));
  const auto leave = load::Leave::of(0, bank.try_acquire(0, at(0s)).permit);
  fail(bank, 0, at(1s));
  CHECK(bank.passage(leave) == Passage::overtaken);
  CHECK(bank.passage(leave) == Passage::overtaken);
}

TEST_CASE("the end of a half-open stay tells how many trial calls it let out") {
  BreakerBank bank(choice("classic,failures=1,successes=3,timeout=1s"), BreakerScope::client,
                   {{.path = "/"}}, Random(1));
  using Probes = load::Probes;
  const auto acquire = [&](TimePoint now) {
    const auto admission = bank.try_acquire(0, now);
    REQUIRE(admission.answer == Admission::Answer::admitted);
    return admission.permit;
  };
  const auto end = [&](const breaker::Permit& permit, Outcome outcome, TimePoint now) {
    bank.record(0, permit, outcome, outcome == Outcome::failure ? error_503 : ok, now);
  };
  fail(bank, 0, at(0s));
  CHECK(bank.probes(0) == Probes{});
  const auto first = acquire(at(2s));
  CHECK(bank.probes(0) == Probes{1, 1});
  end(first, Outcome::success, at(2s));
  const auto second = acquire(at(3s));
  CHECK(bank.probes(0) == Probes{2, 1});
  end(second, Outcome::ignored, at(3s));  // it was sent, whatever it counts for
  CHECK(bank.probes(0).sent == 2);
  end(acquire(at(4s)), Outcome::failure, at(4s));
  CHECK(bank.probes(0) == Probes{});

  const auto events = bank.events_since(0);
  REQUIRE(events.size() == 3);  // opens, half-opens, opens
  CHECK(events[0].probes == 0);
  CHECK(events[1].probes == 0);
  CHECK(events[2].probes == 3);
  CHECK(events[2].most_probes == 1);
}

TEST_CASE("the most trial calls under way at once are told with their number") {
  BreakerBank bank(choice("resilience4j,slidingWindowSize=2,minimumNumberOfCalls=2,"
                          "waitDurationInOpenState=1s,permittedNumberOfCallsInHalfOpenState=3"),
                   BreakerScope::client, {{.path = "/"}}, Random(1));
  const auto acquire = [&](TimePoint now) {
    const auto admission = bank.try_acquire(0, now);
    REQUIRE(admission.answer == Admission::Answer::admitted);
    return admission.permit;
  };
  fail(bank, 0, at(0s));
  fail(bank, 0, at(0s));
  REQUIRE(bank.state(0) == State::open);
  std::vector<breaker::Permit> trials;
  for (int i = 0; i < 3; ++i) {
    trials.push_back(acquire(at(2s)));
  }
  CHECK(bank.probes(0) == load::Probes{3, 3});
  for (const auto& trial : trials) {
    bank.record(0, trial, Outcome::failure, error_503, at(3s));
  }
  REQUIRE(bank.state(0) == State::open);
  CHECK(bank.events_since(0).back().probes == 3);
  CHECK(bank.events_since(0).back().most_probes == 3);
  const auto trial = acquire(at(5s));
  CHECK(bank.probes(0) == load::Probes{1, 1});
  bank.record(0, trial, Outcome::success, ok, at(5s));
}

TEST_CASE("a tick runs the timers that are due, of whichever breakers, and no others") {
  const std::vector<load::Endpoint> endpoints{{.path = "/a"}, {.path = "/b"}, {.path = "/c"}};
  BreakerBank bank(
      choice("resilience4j,slidingWindowSize=1,minimumNumberOfCalls=1,waitDurationInOpenState=1s,"
             "automaticTransitionFromOpenToHalfOpenEnabled=true"),
      BreakerScope::endpoint, endpoints, Random(1));
  fail(bank, 2, at(0s));
  fail(bank, 0, at(1ms));
  fail(bank, 1, at(500ms));
  CHECK(bank.next_tick() == at(1s));
  bank.tick(at(1s) - 1ns);
  CHECK(bank.events_since(0).size() == 3);
  bank.tick(at(1200ms));
  CHECK(bank.state(2) == State::half_open);
  CHECK(bank.state(0) == State::half_open);
  CHECK(bank.state(1) == State::open);
  const auto events = bank.events_since(3);
  REQUIRE(events.size() == 2);
  for (const auto& event : events) {  // at the time they were due
    CHECK(event.transition.at == (event.breaker == 2 ? at(1s) : at(1001ms)));
  }
  CHECK(bank.next_tick() == at(1500ms));
  bank.tick(at(1500ms));
  CHECK(bank.state(1) == State::half_open);
  CHECK(bank.next_tick() == never);
}
