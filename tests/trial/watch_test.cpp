#include "trial/watch.hpp"

#include <chrono>

#include "tests/support/catch.hpp"

namespace tripcurve::trial {
namespace {

using namespace std::chrono_literals;
using breaker::State;

const Timetable calm_then_outage({{"calm", at(0s), at(1s), false},
                                  {"outage", at(1s), at(3s), true}});

const std::vector<Watched> watched{{"", "127.0.0.1:9000", calm_then_outage}};

// Calls every 10 ms from `from` on, answered after 4 ms, which arrive after 1 ms or not at all.
void calls(through::Log& log, Duration from, Duration until, bool arrive) {
  for (auto due = from; due < until; due += 10ms) {
    const auto number = static_cast<std::uint64_t>(due.count());
    const auto call = log.sent(number, at(due));
    if (arrive) {
      (void)log.arrived({.at = at(due + 1ms), .call = number});
    }
    log.ended(call, CallEnd(CallEnd::Kind::answer, 200), true, at(due + 4ms));
  }
}

TEST_CASE("a service's breaker is told while the run goes on, once each change") {
  auto bank = load::BreakerBank::observed({"service"});
  Watch watch(watched);
  calls(watch.log(), 0s, 1100ms, true);
  calls(watch.log(), 1100ms, 1500ms, false);

  watch.look(at(900ms), bank);  // the calibration is not over
  CHECK(bank.events_since(0).empty());
  watch.look(at(1500ms), bank);
  watch.look(at(1900ms), bank);

  const auto events = bank.events_since(0);
  REQUIRE(events.size() == 1);
  CHECK(bank.name(0) == "service");
  CHECK(bank.state(0) == State::open);
  CHECK(events[0].transition.to == State::open);
  CHECK(events[0].earliest == at(1090ms));
  CHECK(events[0].transition.at == at(1104ms));
  CHECK(events[0].transition.cause ==
        "after 1.090 s: 3 calls in a row were answered, and none went out");
}

TEST_CASE("each dependency of a service has a breaker of its own") {
  auto bank = load::BreakerBank::observed({"payments", "stock"});
  CHECK(bank.name(1) == "stock");
  Watch watch({{"payments", "127.0.0.1:9000", calm_then_outage},
               {"stock", "127.0.0.1:9001", calm_then_outage}});
  // All calls go out to the first, and those until 1.1 s to the second.
  for (auto due = 0ms; due < 1500ms; due += 10ms) {
    const auto number = static_cast<std::uint64_t>(due.count());
    const auto call = watch.log().sent(number, at(due));
    (void)watch.log().arrived({.at = at(due + 1ms), .call = number});
    if (due < 1100ms) {
      (void)watch.log().arrived({.at = at(due + 2ms), .call = number, .dependency = 1});
    }
    watch.log().ended(call, CallEnd(CallEnd::Kind::answer, 200), true, at(due + 4ms));
  }
  watch.look(at(1600ms), bank);
  CHECK(bank.state(0) == State::closed);
  CHECK(bank.state(1) == State::open);
  REQUIRE(bank.events_since(0).size() == 1);
  CHECK(bank.events_since(0).front().breaker == 1);
}

TEST_CASE("an instance is told by the field that the user names, or by its address") {
  const std::vector<Header> headers{{"Host", "x"}, {"x-pod", "a\x1b"}};
  CHECK(Watch(watched, {}, "X-Pod").instance_of(headers, "10.0.0.1") == "a\\x1b");
  CHECK(Watch(watched, {}, "address").instance_of(headers, "10.0.0.1") == "10.0.0.1");
  CHECK(Watch(watched).instance_of(headers, "10.0.0.1").empty());
}

TEST_CASE("a service that does not call its dependency is unfit, and one that does is not") {
  Watch idle(watched);
  calls(idle.log(), 0s, 100ms, false);
  CHECK(idle.unfit(at(100ms)).empty());  // too few calls to tell
  calls(idle.log(), 100ms, 300ms, false);
  REQUIRE(idle.unfit(at(300ms)).size() == 1);
  Watch busy(watched);
  calls(busy.log(), 0s, 300ms, true);
  CHECK(busy.unfit(at(300ms)).empty());
}

TEST_CASE(
    "a service that calls its dependency more than once per call is told so at once, and once") {
  auto bank = load::BreakerBank::observed({"service"});
  Watch watch(watched);
  for (auto due = 0ms; due < 600ms; due += 10ms) {
    const auto number = static_cast<std::uint64_t>(due.count());
    const auto call = watch.log().sent(number, at(due));
    (void)watch.log().arrived({.at = at(due + 1ms), .call = number});
    (void)watch.log().arrived({.at = at(due + 2ms), .call = number});
    watch.log().ended(call, CallEnd(CallEnd::Kind::answer, 200), true, at(due + 4ms));
  }
  watch.look(at(150ms), bank);  // too few calls to tell
  CHECK(watch.news().empty());
  watch.look(at(400ms), bank);  // long before the first fault
  REQUIRE_THAT(watch.news().front(),
               tripcurve::testing::StartsWith(
                   "while all was well the service called its dependency 2.00 times "
                   "per call"));
  watch.look(at(600ms), bank);
  CHECK(watch.news().empty());
}

}  // namespace
}  // namespace tripcurve::trial
