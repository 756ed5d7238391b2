// What breakers hear of a call before it ends. Envoy with local origin errors split off heeds it: a
// connection ends the row of local failures.

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

// Five calls at once, to one host that two local failures in a row eject.
struct ProgressBench {
  explicit ProgressBench(
      const std::string& breaker =
          "envoy,max_ejection_percent=100,healthy_panic_threshold=0,"
          "split_external_local_origin_errors=true,consecutive_local_origin_failure=2,"
          "consecutive_5xx=2")
      : plan{.timetable = Timetable({Phase{"all", {}, at(1s)}}),
             .loop = OpenLoop{.rate = Rate{5}},
             .timeout = 10s},
        bank(choice(breaker), BreakerScope::client, plan.endpoints, Random(1)),
        engine(plan, 0, bank) {
    while (const auto action = engine.next(at(1s))) {
      slots.push_back(action->slot);
    }
    REQUIRE(slots.size() == 5);
  }
  [[nodiscard]] bool is_open() const { return bank.state(0) == breaker::State::open; }

  LoadPlan plan;
  BreakerBank bank;
  Engine engine;
  std::vector<std::uint32_t> slots;
};

constexpr CallEnd reset{CallEnd::Kind::reset, 0};
constexpr CallEnd refused{CallEnd::Kind::connect_failed, 0};

}  // namespace

TEST_CASE("a connection is told when it is there, so that two resets in a row count as two") {
  ProgressBench bench;
  CHECK(bench.engine.heeds_progress());
  bench.engine.connected(bench.slots[0], at(1s));
  bench.engine.connected(bench.slots[1], at(1s));
  bench.engine.finished(bench.slots[0], reset, at(2s));
  CHECK_FALSE(bench.is_open());
  bench.engine.finished(bench.slots[1], reset, at(2s));
  CHECK(bench.is_open());
}

TEST_CASE("a connection that nobody told is taken from how the call ends") {
  ProgressBench bench;
  bench.engine.finished(bench.slots[0], refused, at(2s));
  bench.engine.finished(bench.slots[1], reset, at(2s));  // a connection, then a failure
  CHECK_FALSE(bench.is_open());
  bench.engine.finished(bench.slots[2], refused, at(2s));
  CHECK(bench.is_open());
}

TEST_CASE("the status of an answer counts when its head is there, and once") {
  ProgressBench bench;
  bench.engine.connected(bench.slots[0], at(1s));
  bench.engine.answering(bench.slots[0], 503, at(2s));
  bench.engine.finished(bench.slots[0], error_503, at(3s));
  CHECK_FALSE(bench.is_open());
  bench.engine.answering(bench.slots[1], 503, at(4s));
  CHECK(bench.is_open());
}

TEST_CASE("most breakers hear of ends alone") {
  CHECK_FALSE(ProgressBench("classic").engine.heeds_progress());
}
