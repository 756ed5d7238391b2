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

}  // namespace

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
      BreakerBank bank(choice(text), BreakerScope::client, {"/"}, Random(1));
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
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::client, {"/a", "/b"}, Random(1));
  REQUIRE(bank.size() == 1);
  CHECK(bank.name(0) == "client");
  fail(bank, bank.breaker_of(0, 0), at(0s));
  CHECK(bank.passage("/a") == Passage::leaked);
  CHECK(bank.passage("/b") == Passage::leaked);
}

TEST_CASE("one breaker per endpoint opens for its own endpoint only") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::endpoint, {"/a", "/b"}, Random(1));
  REQUIRE(bank.size() == 2);
  CHECK(bank.name(1) == "/b");
  fail(bank, bank.breaker_of(0, 1), at(0s));
  CHECK(bank.passage("/a") == Passage::fair);
  CHECK(bank.passage("/b") == Passage::leaked);
  CHECK(bank.passage("/somewhere-else") == Passage::fair);
}

TEST_CASE("transitions of all breakers are kept in the order they happened") {
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::endpoint, {"/a", "/b"}, Random(1));
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
  BreakerBank bank(choice("classic,failures=1,timeout=1s"), BreakerScope::client, {"/"}, Random(1));
  const auto late = bank.try_acquire(0, at(0s));
  fail(bank, 0, at(10s));
  bank.record(0, late.permit, Outcome::failure, error_503, at(9s));  // told after, stamped before
  CHECK(bank.try_acquire(0, at(11s)).answer == Admission::Answer::rejected);
  CHECK(bank.try_acquire(0, at(11s + 1ns)).answer == Admission::Answer::admitted);
}

TEST_CASE("a breaker that flaps for ever fills its log and goes on counting") {
  BreakerBank bank(choice("classic,failures=1,successes=1,timeout=1ms"), BreakerScope::client,
                   {"/"}, Random(1));
  TimePoint now{};
  const std::size_t rounds = BreakerBank::log_limit;
  for (std::size_t i = 0; i < rounds; ++i) {
    fail(bank, 0, now += 2ms);  // closed or half-open, then open
  }
  CHECK(bank.events_since(0).size() == BreakerBank::log_limit);
  CHECK(bank.transition_count() == 2 * rounds - 1);
}

TEST_CASE("threads that share a breaker lose no call") {
  BreakerBank bank(choice("classic,failures=1000000"), BreakerScope::client, {"/"}, Random(1));
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
