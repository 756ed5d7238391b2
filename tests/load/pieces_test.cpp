// Answers that come in pieces, in virtual time: what is noted of them, and when one that has come
// to a standstill is given up.

#include <string>
#include <vector>

#include "load/engine.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::load;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// Calls at 0 ms, 10 ms, 20 ms ..., of which the first `count` are under way.
struct PiecesBench {
  explicit PiecesBench(std::size_t count, std::optional<Duration> gap_timeout = {},
                       client::Policies policies = {})
      : plan{.timetable = Timetable({Phase{"all", {}, at(1s)}}),
             .loop = OpenLoop{.rate = Rate{100}},
             .timeout = 500ms,
             .gap_timeout = gap_timeout,
             .client = std::move(policies)},
        bank(choice("classic,failures=1000"), BreakerScope::client, plan.endpoints, Random(1)),
        engine(plan, 0, bank, [this](std::uint32_t slot) {
          given_up.push_back(slot);
          return CallEnd{CallEnd::Kind::timeout, 200};
        }) {
    for (std::size_t i = 0; i < count; ++i) {
      slots.push_back(engine.next(at(10ms * i)).value().slot);
    }
  }

  // Plays the engine alone up to `until`; the calls that come due get no answer.
  void pass(TimePoint until) {
    while (engine.next_due() <= until) {
      static_cast<void>(engine.next(engine.next_due()));
    }
  }
  [[nodiscard]] const PhaseTally& phase() const { return engine.tally().phases[0]; }

  LoadPlan plan;
  BreakerBank bank;
  std::vector<std::uint32_t> given_up;
  Engine engine;
  std::vector<std::uint32_t> slots;
};

constexpr CallEnd whole{};
constexpr CallEnd cut{CallEnd::Kind::closed, 200};

}  // namespace

TEST_CASE("the first byte, the longest gap and the end of an answer are noted apart") {
  PiecesBench bench(1);
  bench.engine.answering(bench.slots[0], 200, at(20ms));
  bench.engine.progressed(bench.slots[0], at(30ms));
  bench.engine.progressed(bench.slots[0], at(90ms));
  bench.engine.progressed(bench.slots[0], at(100ms));
  bench.engine.finished(bench.slots[0], whole, at(120ms));
  CHECK(bench.phase().first_byte().max() == 20ms);
  CHECK(bench.phase().gap.max() == 60ms);
  CHECK(bench.phase().response().max() == 120ms);
}

TEST_CASE("the time before the end of an answer is a gap, too") {
  PiecesBench bench(1);
  bench.engine.answering(bench.slots[0], 200, at(20ms));
  bench.engine.finished(bench.slots[0], whole, at(120ms));
  CHECK(bench.phase().gap.max() == 100ms);
}

TEST_CASE("an answer in one piece has its first byte at its end, and no gap") {
  PiecesBench bench(2);
  bench.engine.finished(bench.slots[0], whole, at(20ms));
  bench.engine.finished(bench.slots[1], {CallEnd::Kind::reset, 0}, at(20ms));  // no byte at all
  CHECK(bench.phase().first_byte().count() == 1);
  CHECK(bench.phase().first_byte().max() == 20ms);
  CHECK(bench.phase().gap.empty());
  CHECK(bench.phase().counts().cut == 0);
}

TEST_CASE("an answer that is cut counts as such beside the way it ended") {
  PiecesBench bench(2);
  bench.engine.answering(bench.slots[0], 200, at(20ms));
  bench.engine.finished(bench.slots[0], cut, at(40ms));
  bench.engine.finished(bench.slots[1], {CallEnd::Kind::reset, 200}, at(40ms));
  const auto counts = bench.phase().counts();
  CHECK(counts.cut == 2);
  CHECK(counts.closed == 1);
  CHECK(counts.resets == 1);
  CHECK(counts.failed() == 2);
  CHECK(bench.phase().first_byte().count() == 2);
}

TEST_CASE("a slot that is used again knows nothing of the answer before") {
  PiecesBench bench(1);
  bench.engine.answering(bench.slots[0], 200, at(2ms));
  bench.engine.finished(bench.slots[0], whole, at(9ms));
  const auto next = bench.engine.next(at(10ms)).value();
  REQUIRE(next.slot == bench.slots[0]);
  bench.engine.finished(next.slot, whole, at(14ms));
  CHECK(bench.phase().first_byte().count() == 2);
  CHECK(bench.phase().first_byte().max() == 4ms);
  CHECK(bench.phase().gap.count() == 1);
}

TEST_CASE("an answer of which nothing more comes is given up after the gap timeout") {
  PiecesBench bench(1, 50ms);
  bench.engine.answering(bench.slots[0], 200, at(5ms));
  bench.engine.progressed(bench.slots[0], at(40ms));
  bench.pass(at(89ms));
  CHECK(bench.given_up.empty());
  bench.pass(at(90ms));
  CHECK(bench.given_up == std::vector{bench.slots[0]});
  const auto counts = bench.phase().counts();
  CHECK(counts.timeouts == 1);
  CHECK(counts.cut == 1);
  CHECK(bench.phase().gap.max() == 50ms);
}

TEST_CASE("the gap timeout leaves alone what is waited for, what goes on and what has ended") {
  PiecesBench bench(3, 50ms);
  for (auto now = 20ms; now < 400ms; now += 49ms) {
    now == 20ms ? bench.engine.answering(bench.slots[0], 200, at(now))
                : bench.engine.progressed(bench.slots[0], at(now));
    bench.pass(at(now + 48ms));
  }
  bench.engine.finished(bench.slots[0], whole, at(412ms));
  bench.engine.answering(bench.slots[1], 200, at(420ms));
  bench.engine.finished(bench.slots[1], whole, at(430ms));
  bench.pass(at(460ms));
  CHECK(bench.given_up.empty());  // slot 2 has got no byte, and has its timeout of 500 ms
}

TEST_CASE("of a call that was tried again, the answer that the caller got is noted") {
  PiecesBench bench(1, {},
                    {client::RetryConfig{.most = 1, .backoff = {.delay = 0ms}},
                     client::TimeoutConfig{.after = 500ms}});
  bench.engine.answering(bench.slots[0], 503, at(2ms));
  bench.engine.finished(bench.slots[0], {CallEnd::Kind::answer, 503}, at(3ms));
  const auto again = bench.engine.next(at(3ms)).value();
  bench.engine.answering(again.slot, 200, at(6ms));
  bench.engine.finished(again.slot, whole, at(8ms));
  CHECK(bench.phase().first_byte().count() == 1);
  CHECK(bench.phase().first_byte().max() == 6ms);
  CHECK(bench.phase().gap.max() == 2ms);
}

TEST_CASE("a driver that knows how an answer will come tells it with the head") {
  PiecesBench bench(2, 50ms);
  bench.engine.answering(bench.slots[0], 200, at(20ms), {.between = 30ms, .last = at(200ms)});
  bench.pass(at(300ms));
  CHECK(bench.given_up.empty());  // that is the driver's own
  bench.engine.finished(bench.slots[0], cut, at(300ms));
  bench.engine.answering(bench.slots[1], 200, at(320ms), {.between = 1s, .last = never});
  bench.engine.finished(bench.slots[1], {CallEnd::Kind::timeout, 200}, at(400ms));
  CHECK(bench.phase().gap.max() == 100ms);
  CHECK(bench.phase().gap.min() == 80ms);  // no longer than it was waited for
}
