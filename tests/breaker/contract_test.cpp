// What every dialect promises, over the registry.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "breaker/registry.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::Admission;
using breaker::Outcome;
using breaker::State;

namespace {

// A random but repeatable life: calls that overlap, wait if told to, end in any way, and are all
// recorded once. Returns a line per event.
std::vector<std::string> random_life(breaker::Breaker& breaker, std::uint64_t seed, int steps) {
  Random random(seed);
  std::vector<std::string> log;
  std::vector<breaker::Permit> running;
  std::vector<breaker::Permit> waiting;  // oldest first
  TimePoint now{};
  State state = breaker.state();
  const auto check_transitions = [&] {
    for (const auto& transition : breaker.take_transitions()) {
      CHECK(transition.from == state);
      CHECK(transition.at <= now);
      CHECK_FALSE(transition.cause.empty());
      state = transition.to;
      log.push_back(transition.cause);
    }
    CHECK(state == breaker.state());
  };
  const auto note = [&](const Admission& admission) {
    if (admission.answer == Admission::Answer::admitted) {
      CHECK(admission.permit.given_at == now);
      CHECK(admission.error.empty());
      running.push_back(admission.permit);
    } else if (admission.answer == Admission::Answer::rejected) {
      CHECK_FALSE(admission.error.empty());
    } else {
      waiting.push_back(admission.permit);
    }
    log.emplace_back(admission.error);
  };
  const auto resume_all = [&] {
    for (const auto& held : std::exchange(waiting, {})) {
      note(breaker.resume(held, now));
    }
  };
  for (int i = 0; i < steps; ++i) {
    now += Duration(static_cast<Duration::rep>(random.unit() * 3e8));
    while (breaker.next_tick() <= now) {
      const auto due = breaker.next_tick();
      breaker.tick(due);
      CHECK(breaker.next_tick() > due);
    }
    resume_all();
    if (running.empty() || random.unit() < 0.5) {
      note(breaker.try_acquire(now));
    } else {
      const auto pick =
          static_cast<std::size_t>(random.unit() * static_cast<double>(running.size()));
      const auto draw = random.unit();
      const auto outcome = draw < 0.45   ? Outcome::success
                           : draw < 0.95 ? Outcome::failure
                                         : Outcome::ignored;
      breaker.record(running[pick], outcome, outcome == Outcome::failure ? error_503 : ok, now);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(pick));
      resume_all();
    }
    check_transitions();
  }
  return log;
}

}  // namespace

TEST_CASE("every dialect starts closed with its defaults and admits the first call") {
  for (const auto& dialect : breaker::dialects()) {
    INFO(dialect.name);
    const auto breaker = make_breaker(std::string(dialect.name));
    CHECK(breaker->state() == State::closed);
    CHECK(breaker->try_acquire(TimePoint{}).answer == Admission::Answer::admitted);
  }
}

TEST_CASE("every dialect decides the same when told the same, over many random lives") {
  for (const auto& dialect : breaker::dialects()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      INFO(dialect.name << " seed " << seed);
      const auto one = make_breaker(std::string(dialect.name));
      const auto other = make_breaker(std::string(dialect.name));
      const auto life = random_life(*one, seed, 2000);
      CHECK(life == random_life(*other, seed, 2000));
      CHECK(life != random_life(*make_breaker(std::string(dialect.name)), seed + 1000, 2000));
    }
  }
}

TEST_CASE("every dialect's keys have a default it accepts and a meaning") {
  for (const auto& dialect : breaker::dialects()) {
    for (const auto& key : dialect.keys) {
      INFO(dialect.name << " " << key.name);
      CHECK_FALSE(key.meaning.empty());
      if (key.fallback.empty()) {
        continue;  // it may be left out, and then has no value
      }
      const auto text =
          std::string(dialect.name) + "," + std::string(key.name) + "=" + std::string(key.fallback);
      CHECK(breaker::parse_choice(text).ok());
    }
  }
}
