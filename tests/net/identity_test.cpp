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

TEST_CASE("an arrival that brings no identity is of nobody") {
  const auto seen = seen_with(no_fields);
  REQUIRE(seen.arrivals.size() == 20);
  for (const auto& arrival : seen.arrivals) {
    CHECK_FALSE(arrival.call);
  }
}

}  // namespace
}  // namespace tripcurve::net
