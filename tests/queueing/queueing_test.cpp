// An upstream with a capacity against the theory of queues, and what it makes of a load above it.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "faults/injector.hpp"
#include "sim/world.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "theory/queues.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

faults::Plan plan_of(std::string_view capacity, const std::vector<std::string>& phases,
                     std::string_view latency = "0ms") {
  std::vector<faults::PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(faults::parse_phase(text).value());
  }
  return {{.normal = {faults::parse_latency(latency).value(), {}},
           .capacity = faults::parse_capacity(capacity).value()},
          specs,
          Random(7)};
}

// What Poisson arrivals meet, in the long run.
struct Met {
  double turned_away = 0;   // share
  double mean_wait_ms = 0;  // of the others
};

Met meets(const std::string& capacity, double rate, Duration service, std::uint64_t requests) {
  const auto plan = plan_of(capacity, {"all 9000h"});
  faults::Injector injector(plan);
  auto gaps = Random(11).fork("gaps");
  double now_s = 0;
  double sum_ms = 0;
  std::uint64_t away = 0;
  for (std::uint64_t i = 0; i < requests; ++i) {
    now_s += -std::log1p(-gaps.unit()) / rate;
    const auto action =
        injector.treat({.ordinal = i}, at(Duration(static_cast<Duration::rep>(now_s * 1e9))));
    if (action.item == faults::Treatment::served) {
      sum_ms += to_milliseconds(action.delay);
    } else {
      ++away;
    }
  }
  const auto served = static_cast<double>(requests - away);
  return {static_cast<double>(away) / static_cast<double>(requests),
          sum_ms / served - to_milliseconds(service)};
}

struct Outcome {
  double goodput = 0;  // answers that come in time, per second
  double p99_ms = 0;
  std::map<std::string, std::uint64_t> kinds{};
};

// 8 workers x 50 ms are 160/s; callers wait for 1s; a minute.
Outcome overloaded(double rate, const std::string& more, const std::string& breaker = "none") {
  const auto plan = plan_of("workers=8,service=50ms" + more, {"all 60s"});
  const Random random(3);
  load::LoadPlan load{
      .timetable = plan.timetable(),
      .loop = load::OpenLoop{.rate = Rate{rate}, .arrival = load::Arrival::poisson}};
  load.timeout = 1s;
  load.random = random;
  load.max_in_flight = 100'000;
  faults::Injector injector(plan);
  load::BreakerBank bank(choice(breaker), load::BreakerScope::client, load.endpoints, random);
  const auto ran =
      sim::run_world(load, injector, bank, {.round_trip = Duration{}},
                     {[] { return never; }, [](const sim::View&, TimePoint) { return true; }});
  const auto counts = ran.tally.phases[0].counts();
  return {.goodput = static_cast<double>(counts.ok) / 60};
}

}  // namespace

TEST_CASE("with no place to wait the share that is turned away is Erlang's loss formula") {
  // 8 workers, exponential services of 50 ms.
  for (const double rate : {80.0, 160.0, 320.0}) {
    CAPTURE(rate);
    const auto met = meets("workers=8,service=mean=50ms,queue=0", rate, 50ms, 400'000);
    CHECK(met.turned_away == Approx(theory::erlang_b(rate * 0.05, 8)).epsilon(0.03));
  }
  // The formula holds for any service time of the same mean.
  CHECK(meets("workers=8,service=50ms,queue=0", 160, 50ms, 400'000).turned_away ==
        Approx(theory::erlang_b(8, 8)).epsilon(0.03));
}

TEST_CASE("with places for all the mean wait is that of M/M/c") {
  for (const double load : {0.5, 0.8, 0.9}) {
    CAPTURE(load);
    const auto met = meets("workers=8,service=mean=50ms", load * 160, 50ms, 1'000'000);
    CHECK(met.turned_away == 0);
    CHECK(met.mean_wait_ms == Approx(50 * theory::wait_in_line(load * 8, 8)).epsilon(0.08));
  }
}

TEST_CASE("one worker with a fixed service time keeps callers waiting half as long as M/M/1") {
  const auto met = meets("workers=1,service=10ms", 80, 10ms, 1'000'000);
  CHECK(met.mean_wait_ms == Approx(10 * theory::wait_for_one(0.8, 0)).epsilon(0.03));
}

TEST_CASE("above its capacity an upstream with an endless queue serves hardly anybody in time") {
  // faults.md, section 6: 158 -> 158, 170 -> 45, 200 -> 13, 300 -> 5 answers per second in time.
  CHECK(overloaded(140, "").goodput == Approx(140).epsilon(0.03));
  CHECK(overloaded(158, "").goodput == Approx(158).epsilon(0.05));
  const auto slightly = overloaded(170, "").goodput;
  const auto clearly = overloaded(200, "").goodput;
  const auto far = overloaded(300, "").goodput;
  CHECK(slightly == Approx(45).margin(30));
  CHECK(clearly == Approx(13).margin(6));
  CHECK(far == Approx(5).margin(2));
  CHECK(slightly > clearly);
  CHECK(clearly > far);
}

TEST_CASE("a short queue keeps an upstream serving all that it can, whatever the load") {
  for (const double rate : {170.0, 200.0, 300.0}) {
    CAPTURE(rate);
    CHECK(overloaded(rate, ",queue=40").goodput == Approx(160).epsilon(0.03));
  }
}

TEST_CASE("serving the newest first keeps an upstream serving in time, too") {
  // Who waits longest waits for nobody any more; the newest find the next worker.
  CHECK(overloaded(140, ",order=lifo").goodput == Approx(140).epsilon(0.03));
  CHECK(overloaded(170, ",order=lifo").goodput > 150);
  CHECK(overloaded(200, ",order=lifo").goodput > 150);
  CHECK(overloaded(300, ",order=lifo").goodput > 150);
  CHECK(overloaded(300, ",order=lifo,queue=40").goodput > 150);
}

TEST_CASE("turning away who has waited too long keeps an upstream serving, too") {
  CHECK(overloaded(300, ",shed=800ms").goodput == Approx(160).epsilon(0.03));
  CHECK(overloaded(300, ",shed=2s").goodput < 30);
}
