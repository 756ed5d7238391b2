#include "report/progress.hpp"

#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace std::chrono_literals;

load::BreakerBank bank_of_two() {
  return {*breaker::parse_choice("classic,failures=1"),
          load::BreakerScope::endpoint,
          {{.path = "/a"}, {.path = "/b"}},
          Random(1)};
}

load::Snapshot nothing_yet(Duration when) {
  return {at(when), std::vector<load::Counts>(2), Histogram(), 0};
}

TEST_CASE("the first tick begins at zero and holds everything so far") {
  const auto bank = bank_of_two();
  auto snapshot = nothing_yet(1s);
  snapshot.endpoints[0].calls = 3;
  snapshot.endpoints[1].calls = 4;
  snapshot.in_flight = 5;

  Progress progress;
  const auto tick = progress.advance(snapshot, bank);

  CHECK(tick.begin == at(0s));
  CHECK(tick.end == at(1s));
  CHECK(tick.seconds() == 1.0);
  CHECK(tick.counts.calls == 7);
  CHECK(tick.total.calls == 7);
  CHECK(tick.endpoints == snapshot.endpoints);
  CHECK(tick.in_flight == 5);
}

TEST_CASE("a later tick holds what happened since the one before") {
  const auto bank = bank_of_two();
  auto snapshot = nothing_yet(1s);
  snapshot.endpoints[0].ok = 10;
  Progress progress;
  static_cast<void>(progress.advance(snapshot, bank));

  snapshot.at = at(1500ms);
  snapshot.endpoints[0].ok = 14;
  snapshot.endpoints[1].timeouts = 2;
  const auto second = progress.advance(snapshot, bank);
  const auto third = progress.advance(snapshot, bank);

  CHECK(second.begin == at(1s));
  CHECK(second.seconds() == 0.5);
  CHECK(second.counts.ok == 4);
  CHECK(second.counts.timeouts == 2);
  CHECK(second.total.ok == 14);
  CHECK(third.counts == load::Counts{});
  CHECK(third.total.ok == 14);
}

TEST_CASE("the percentiles are those of the interval alone") {
  const auto bank = bank_of_two();
  auto snapshot = nothing_yet(1s);
  for (int i = 0; i < 100; ++i) {
    snapshot.response.record(1ms);
  }
  Progress progress;
  const auto fast = progress.advance(snapshot, bank);
  snapshot.response.record(500ms);
  const auto slow = progress.advance(snapshot, bank);

  REQUIRE(fast.p50);
  CHECK(*fast.p50 < 2ms);
  REQUIRE(slow.p50);
  REQUIRE(slow.p99);
  CHECK(*slow.p50 > 490ms);
  CHECK(*slow.p99 < 510ms);
}

TEST_CASE("an interval without answers has no percentiles") {
  const auto bank = bank_of_two();
  auto snapshot = nothing_yet(1s);
  snapshot.response.record(1ms);
  Progress progress;
  static_cast<void>(progress.advance(snapshot, bank));

  const auto tick = progress.advance(snapshot, bank);

  CHECK_FALSE(tick.p50);
  CHECK_FALSE(tick.p99);
}

TEST_CASE("p50 and p99 are told apart") {
  const auto bank = bank_of_two();
  auto snapshot = nothing_yet(1s);
  for (int i = 0; i < 90; ++i) {
    snapshot.response.record(10ms);
  }
  for (int i = 0; i < 10; ++i) {
    snapshot.response.record(90ms);
  }
  Progress progress;
  const auto tick = progress.advance(snapshot, bank);
  CHECK(*tick.p50 < 11ms);
  CHECK(*tick.p99 > 89ms);
}

TEST_CASE("a tick shows each breaker's state") {
  auto bank = bank_of_two();
  const CallEnd failure{CallEnd::Kind::timeout, 0};
  const auto admission = bank.try_acquire(1, at(0s));
  bank.record(1, admission.permit, breaker::Outcome::failure, failure, at(100ms));

  Progress progress;
  const auto tick = progress.advance(nothing_yet(1s), bank);

  const std::vector expected{breaker::State::closed, breaker::State::open};
  CHECK(tick.breakers == expected);
}

}  // namespace
}  // namespace tripcurve::report
