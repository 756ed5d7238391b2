#include "faults/injection.hpp"

#include <thread>

#include "faults/ledger.hpp"
#include "faults/plan.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;

namespace {

Behaviour behaviour(std::string_view latency, std::string_view errors) {
  return {parse_latency(latency).value(), parse_errors(errors).value()};
}

Plan plan() {
  return {{.normal = behaviour("20ms", "500:20%"),
           .rules = {{.match = *parse_match("/slow"), .latency = *parse_latency("1s")}}},
          {*parse_phase("warm 1s"), *parse_phase("outage 1s errors=500:20%,503:80%")},
          Random(7)};
}

}  // namespace

TEST_CASE("an injection is what was set last, until it is cleared") {
  Injection injection;
  CHECK(injection.current() == nullptr);
  CHECK_FALSE(injection.set(behaviour("1s", "none")));
  CHECK_FALSE(injection.set(behaviour("2s", "none")));
  const auto held = injection.current();
  CHECK(*held == behaviour("2s", "none"));
  injection.clear();
  CHECK(injection.current() == nullptr);
  CHECK(*held == behaviour("2s", "none"));
}

TEST_CASE("a closed port cannot be injected, and leaves what was set") {
  Injection injection;
  CHECK_FALSE(injection.set(behaviour("1s", "none")));
  const auto error = injection.set(behaviour("0ms", "refuse"));
  REQUIRE(error);
  CHECK(error->message == "refuse cannot be injected: only a phase can close the port");
  CHECK(*injection.current() == behaviour("1s", "none"));
}

TEST_CASE("an injection may be set, looked at and cleared by several threads") {
  Injection injection;
  std::jthread switching([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)injection.set(behaviour("1s", "50%"));
      injection.clear();
    }
  });
  int seen = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (const auto current = injection.current()) {
      REQUIRE(*current == behaviour("1s", "50%"));
      ++seen;
    }
  }
  CHECK(seen <= 20'000);
}

TEST_CASE("an injection stands in for every phase and rule and hits the same requests each time") {
  const auto faults = plan();
  const auto injected = behaviour("3s", "504:50%");
  int hit = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto warm = faults.decide({.ordinal = i}, at(0s), injected);
    const auto outage = faults.decide({.ordinal = i, .path = "/slow"}, at(1s), injected);
    REQUIRE(warm.delay == 3s);
    REQUIRE(outage.delay == 3s);
    REQUIRE(warm.status == outage.status);
    REQUIRE(warm.item == outage.item);
    CHECK(outage.phase == 1);
    hit += warm.status == 504 ? 1 : 0;
  }
  CHECK(hit > 400);
  CHECK(hit < 600);
}

TEST_CASE("what is injected hits the requests that a plan of the same errors would") {
  const auto faults = plan();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    REQUIRE(faults.decide({.ordinal = i}, at(0s), behaviour("20ms", "500:20%")).status ==
            faults.decide({.ordinal = i}, at(0s)).status);
  }
}

TEST_CASE("the ledger counts what is injected by kind, with the plan's where they are the same") {
  const auto faults = plan();
  Ledger ledger(faults);
  Ledger other(faults);
  const auto note = [&](Ledger& into, std::string_view errors, Duration now) {
    into.note(faults.decide({.ordinal = 1}, at(now), behaviour("0ms", errors)), Passage::fair);
  };
  note(ledger, "reset:100%", 0s);
  note(ledger, "503:100%", 1s);
  note(ledger, "none", 1s);
  note(other, "hang:100%", 0s);
  note(other, "reset:100%", 0s);
  ledger.merge(other);
  using Kinds = decltype(PhaseLedger::injected);
  CHECK(ledger.phases()[0].injected == Kinds{{"500", 0}, {"reset", 2}, {"hang", 1}});
  CHECK(ledger.phases()[1].injected == Kinds{{"500", 0}, {"503", 1}});
  CHECK(ledger.phases()[1].served == 1);
  CHECK(ledger.phases()[0].requests == 3);
}
