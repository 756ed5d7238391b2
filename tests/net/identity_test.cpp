// A service that passes on who calls is told so by the load, and the upstream finds it again.
#include <mutex>
#include <set>

#include "faults/injector.hpp"
#include "net/clients.hpp"
#include "net/upstream.hpp"
#include "tests/net/load_run.hpp"
#include "through/identity.hpp"
#include "through/log.hpp"

namespace tripcurve::net {
namespace {

using testing::open_loop;

// What is seen of 20 calls that go to the upstream itself.
through::Seen seen_with(const std::vector<Header>& (*fields)(const std::vector<Header>&)) {
  const auto plan = open_loop(20);
  const faults::Plan calm({}, {faults::parse_phase("calm 1s").value()}, Random(1));
  faults::Injector injector(calm);
  const SteadyClock clock;
  through::Log log;
  UpstreamOptions options;
  options.arrived = [&](const ArrivedRequest& request, TimePoint now) {
    log.arrived({.at = now, .call = request.call});
  };
  const Upstream upstream(injector, clock, options);
  Target target{
      .host = "127.0.0.1", .port = upstream.port(), .loopback = true, .run = upstream.run()};
  target.identity = fields(through::identity_fields(target.run, "X-Order"));
  load::BreakerBank bank(*breaker::parse_choice("none"), load::BreakerScope::client, plan.endpoints,
                         Random(1));
  Clients clients(target, plan, bank, clock, &log);
  REQUIRE(testing::eventually([&] { return clients.done(); }));
  return log.seen();
}

const std::vector<Header>& all_fields(const std::vector<Header>& fields) { return fields; }
const std::vector<Header>& no_fields(const std::vector<Header>&) {
  static const std::vector<Header> none;
  return none;
}

TEST_CASE("each arrival is known to be of its call, and the log has both") {
  const auto seen = seen_with(all_fields);
  REQUIRE(seen.calls.size() == 20);
  REQUIRE(seen.arrivals.size() == 20);
  std::set<std::uint64_t> arrived;
  for (const auto& arrival : seen.arrivals) {
    REQUIRE(arrival.call);
    arrived.insert(*arrival.call);
  }
  for (const auto& call : seen.calls) {
    CHECK(arrived.contains(call.number));
    CHECK(call.good);
    CHECK(call.end == CallEnd(CallEnd::Kind::answer, 200));
    CHECK(call.sent < call.ended);
  }
}

// When connections did not open, of an upstream that does what the phases say and is called or not.
std::vector<through::Shut> shut_times(const std::vector<std::string>& phases, bool called) {
  std::vector<faults::PhaseSpec> specs;
  for (const auto& phase : phases) {
    specs.push_back(faults::parse_phase(phase).value());
  }
  const faults::Plan plan({}, specs, Random(1));
  faults::Injector injector(plan);
  const SteadyClock clock;
  through::Log log;
  UpstreamOptions options;
  options.shut = [&](TimePoint now) { return log.shut(0, now); };
  options.opened = [&](std::size_t shut, TimePoint now) { log.opened(shut, now); };
  const Upstream upstream(injector, clock, options);
  if (called) {
    const auto load = open_loop(1);
    const Target target{.host = "127.0.0.1", .port = upstream.port(), .loopback = true};
    load::BreakerBank bank(*breaker::parse_choice("none"), load::BreakerScope::client,
                           load.endpoints, Random(1));
    Clients clients(target, load, bank, clock, nullptr);
    REQUIRE(testing::eventually([&] { return clients.done(); }));
  }
  REQUIRE(testing::eventually(
      [&] { return !log.seen().shut.empty() && log.seen().shut.back().until != never; }));
  return log.seen().shut;
}

TEST_CASE("a port that is closed is told from before it is until it is open again") {
  const auto phase = GENERATE("down 50ms errors=refuse", "down 50ms errors=full-backlog:100%");
  const auto shut = shut_times({phase, "calm 1h"}, false);
  REQUIRE(shut.size() == 1);
  CHECK(shut.front().from <= at(std::chrono::milliseconds(50)));
  CHECK(shut.front().until >= at(std::chrono::milliseconds(50)));
}

TEST_CASE("a connection that is accepted late is told, and no other") {
  CHECK(shut_times({"slow 1h errors=slow-accept(by=5ms):100%"}, true).size() == 1);
}

TEST_CASE("an arrival that brings no identity is of nobody") {
  const auto seen = seen_with(no_fields);
  REQUIRE(seen.arrivals.size() == 20);
  for (const auto& arrival : seen.arrivals) {
    CHECK_FALSE(arrival.call);
  }
}

}  // namespace
}  // namespace tripcurve::net
