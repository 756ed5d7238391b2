// A service that passes on who calls is told so by the load, and the upstream finds it again.
#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "faults/injector.hpp"
#include "net/clients.hpp"
#include "net/upstream.hpp"
#include "tests/net/load_run.hpp"
#include "tests/net/passing.hpp"
#include "through/identity.hpp"
#include "through/log.hpp"

namespace tripcurve::net {
namespace {

using testing::open_loop;
using namespace std::chrono_literals;

// What is seen of calls that go to the upstream itself, or by it to a service.
through::Seen seen_with(const std::vector<Header>& (*fields)(const std::vector<Header>&),
                        const load::LoadPlan& plan = open_loop(20),
                        const std::string& phase = "calm 1s",
                        std::shared_ptr<const Target> service = nullptr) {
  const faults::Plan faults({}, {faults::parse_phase(phase).value()}, Random(1));
  faults::Injector injector(faults);
  const SteadyClock clock;
  through::Log log;
  UpstreamOptions options;
  options.service = std::move(service);
  options.arrived = [&](const ArrivedRequest& request, TimePoint now) {
    return log.arrived({.at = now, .call = request.call});
  };
  options.over = [&](std::size_t arrival, TimePoint now) { log.over(arrival, now); };
  const Upstream upstream(injector, clock, options);
  Target target{
      .host = "127.0.0.1", .port = upstream.port(), .loopback = true, .run = upstream.run()};
  target.identity = fields(through::identity_fields(target.run, "X-Order"));
  load::BreakerBank bank(*breaker::parse_choice("none"), load::BreakerScope::client, plan.endpoints,
                         Random(1));
  Clients clients(target, plan, bank, clock, &log);
  REQUIRE(testing::eventually([&] { return clients.done(); }));
  const auto is_over = [](const through::Arrival& arrival) { return arrival.over != never; };
  REQUIRE(testing::eventually([&] { return std::ranges::all_of(log.seen().arrivals, is_over); }));
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

// One call after the other, to an upstream that does what the phase says.
std::vector<through::Arrival> in_turn(const std::string& phase,
                                      std::shared_ptr<const Target> service) {
  auto plan = testing::closed_loop(1, 300ms);
  plan.timeout = 50ms;
  return seen_with(all_fields, plan, phase, std::move(service)).arrivals;
}

void check_ends(const std::shared_ptr<const Target>& service) {
  const auto answered = in_turn("slow 1h latency=10ms", service);
  REQUIRE(answered.size() > 1);
  for (std::size_t i = 0; i + 1 < answered.size(); ++i) {
    CHECK(answered[i].over - answered[i].at >= 10ms);
    CHECK(answered[i].over <= answered[i + 1].at);
  }
  const auto hung = in_turn("hanging 1h errors=hang:100%", service);
  REQUIRE_FALSE(hung.empty());
  for (const auto& arrival : hung) {
    CHECK(arrival.over - arrival.at >= 40ms);
  }
}

TEST_CASE("a request is over when it is answered, or when whoever sent it gives it up") {
  check_ends(nullptr);
}

TEST_CASE("a request that is passed on is over when the answer is, or when it is given up") {
  const faults::Plan calm({}, {faults::parse_phase("calm 1h").value()}, Random(1));
  faults::Injector injector(calm);
  const SteadyClock clock;
  const Upstream real(injector, clock, {});
  check_ends(testing::service_at(real.port()));
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
