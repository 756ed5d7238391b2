// An engine that tests drive by hand: plans of one phase, and a bench with a bank of its own.
#pragma once

#include "load/engine.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/ensure.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::testing {

using namespace std::chrono_literals;
using load::Attempt;
using load::BreakerBank;
using load::BreakerScope;
using load::Engine;

inline Timetable one_phase(Duration length) {
  return Timetable({{"all", at(0s), at(length), false}});
}

inline load::LoadPlan open_loop(double rate, Duration length) {
  load::LoadPlan plan{.timetable = one_phase(length), .loop = load::OpenLoop{Rate{rate}}};
  plan.timeout = 1s;
  return plan;
}

inline load::LoadPlan closed_loop(load::ClosedLoop loop, Duration length) {
  load::LoadPlan plan{.timetable = one_phase(length), .loop = loop};
  plan.timeout = 1s;
  return plan;
}

// What a driver without connections tells of a call whose time is over.
inline constexpr CallEnd given_up{CallEnd::Kind::timeout, 0};

// An engine with a bank of its own, and every action it wanted at a time.
struct Bench {
  explicit Bench(load::LoadPlan load_plan, const std::string& breaker = "classic,failures=1000000")
      : plan(std::move(load_plan)),
        bank(choice(breaker), BreakerScope::client, plan.endpoints, Random(1)),
        engine(plan, 0, bank, [this](std::uint32_t slot) {
          cancelled.push_back(slot);
          return given_up;
        }) {}

  std::vector<Attempt> actions(TimePoint now) {
    std::vector<Attempt> all;
    while (const auto action = engine.next(now)) {
      all.push_back(*action);
    }
    return all;
  }
  load::Counts counts() const { return engine.tally().phases[0].counts(); }

  load::LoadPlan plan;
  BreakerBank bank;
  std::vector<std::uint32_t> cancelled;
  Engine engine;
};

}  // namespace tripcurve::testing
