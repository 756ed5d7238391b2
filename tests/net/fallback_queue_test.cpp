// A queue whose upstream is really killed: its port is closed and its connections are broken off.
#include <memory>
#include <optional>

#include "breaker/registry.hpp"
#include "net/client.hpp"
#include "tests/net/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;

std::uint64_t requests_of(const Upstream& upstream) {
  return upstream.ledger().phases().front().served;
}

}  // namespace

TEST_CASE("what a fallback has queued is not lost when its upstream is killed twice") {
  const auto plan_of_faults = testing::always("latency=1ms");
  faults::Injector injector(plan_of_faults);
  const SteadyClock clock;
  std::optional<Upstream> upstream;
  upstream.emplace(injector, clock, UpstreamOptions{});
  const auto port = upstream->port();

  load::LoadPlan plan{.timetable = Timetable({Phase{"all", {}, at(1h)}}),
                      .loop = load::OpenLoop{Rate{1000}},
                      .timeout = 2s};
  plan.instances = 20;
  const auto good = client::EndingRules().with_open_failing().with_full_failing();
  plan.client = {
      client::FallbackConfig{
          .status = 202,
          .rules = good,
          .good = good,
          .answer = client::QueuedAnswer{.places = 1'000'000, .retry_every = 20ms, .drain = 4}},
      client::BreakerConfig{.rules = client::EndingRules(plan.breaker_counts)},
      client::TimeoutConfig{.after = plan.timeout}};
  load::BreakerBank bank(*breaker::parse_choice("classic,failures=5,successes=1,timeout=50ms"),
                         load::BreakerScope::client, plan.endpoints, Random(1), plan.instances);
  Client client({.host = "127.0.0.1", .port = port, .loopback = true}, plan, 0, bank, clock);
  client.start();

  const auto counts = [&] { return client.snapshot().total(); };
  std::uint64_t served = 0;
  for (int kill = 1; kill <= 2; ++kill) {
    const auto before = counts();
    REQUIRE(eventually([&] { return counts().ok > before.ok + 100; }));
    served += requests_of(*upstream);
    upstream.reset();
    REQUIRE(eventually([&] { return counts().queued > before.queued + 200; }));
    upstream.emplace(injector, clock, UpstreamOptions{.port = port});
    REQUIRE(eventually([&] { return counts().still_queued() == 0; }));
  }
  client.stop();
  REQUIRE(eventually([&] { return client.done(); }));
  served += requests_of(*upstream);
  const auto sum = client.tally().phases.front().counts();
  CHECK(sum.lost == 0);
  CHECK(sum.failed() == 0);
  CHECK(sum.fail_fast == 0);
  CHECK(sum.queued == sum.drained + sum.still_queued());
  CHECK(sum.calls == sum.ok + sum.queued + sum.dropped + sum.unfinished);
  CHECK(sum.queued >= 400);
  // Every call that is done was really served; one whose answer the kill has swallowed, twice.
  CHECK(served >= sum.ok + sum.drained);
}

}  // namespace tripcurve::net
