// The services of a topology as HTTP servers on loopback, asked by a client that knows none of
// them.
#include "net/services.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/net/served.hpp"
#include "tests/net/wire.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::always;
using testing::eventually;
using testing::last_get;
using testing::occurrences;
using testing::patience;
using testing::plain_get;
using testing::Wire;
using topology::Link;
using topology::Route;
using topology::Topology;
using tripcurve::testing::StartsWith;

Link plain_link(std::uint32_t to) {
  return {.to = to, .breaker = breaker::parse_choice("none").value()};
}
Link with_breaker(Link link, const std::string& breaker) {
  link.breaker = breaker::parse_choice(breaker).value();
  return link;
}
Link with_timeout(Link link, Duration timeout) {
  link.timeout = timeout;
  return link;
}

// Calls each of its links for every call.
topology::Service hop(std::string name, std::vector<Link> links,
                      Route::Order order = Route::Order::in_turn) {
  Route route{.order = order};
  for (std::uint32_t i = 0; i < links.size(); ++i) {
    route.calls.push_back({.link = i});
  }
  return {.name = std::move(name), .links = std::move(links), .routes = {std::move(route)}};
}

// Services that are served, and the upstream behind them.
struct Town {
  explicit Town(Topology services_of, faults::Plan faults = always(""),
                std::vector<load::Endpoint> endpoints = {load::Endpoint{}})
      : topology(std::move(services_of)),
        plan(std::move(faults)),
        load{.timetable = plan.timetable(),
             .loop = load::OpenLoop{},
             .endpoints = std::move(endpoints),
             .random = Random(1)},
        services(topology, load, injector, clock),
        upstream(injector, clock, {.passage = [this](const load::Leave& leave) {
                   return services.passage(leave);
                 }}) {
    services.start(upstream.port(), upstream.run());
  }

  [[nodiscard]] std::uint16_t port() const { return services.port(0); }
  [[nodiscard]] Wire wire() const { return Wire(port()); }

  // The status of the answer to a request that is the last on its connection.
  [[nodiscard]] std::string status_of(const std::string& request = last_get) const {
    auto connection = wire();
    connection.send(request);
    const auto answer = connection.receive_to_end().bytes;
    return answer.starts_with("HTTP/1.1 ") ? answer.substr(9, 3) : "'" + answer + "'";
  }
  [[nodiscard]] topology::Measured stop() { return services.stop(clock.now()); }
  [[nodiscard]] faults::PhaseLedger ledger() const { return upstream.ledger().phases().front(); }

  Topology topology;
  faults::Plan plan;
  faults::Injector injector{plan};
  SteadyClock clock;
  load::LoadPlan load;
  Services services;
  Upstream upstream;
};

Topology chain_of(std::uint32_t length) {
  Topology chain;
  for (std::uint32_t i = 0; i < length; ++i) {
    chain.services.push_back(
        hop("s" + std::to_string(i), {plain_link(i + 1 < length ? i + 1 : topology::upstream)}));
  }
  return chain;
}

}  // namespace

TEST_CASE("a call goes through the services to the upstream, and its answer comes back") {
  Town town(chain_of(2));
  CHECK(town.services.port(0) != town.services.port(1));
  const auto answer = [&] {
    auto connection = town.wire();
    connection.send(last_get);
    return connection.receive_to_end();
  }();
  CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 200 OK\r\nServer: tripcurve\r\n"));
  CHECK_FALSE(answer.error);
  CHECK(town.ledger().requests == 1);
  CHECK(town.ledger().strangers == 0);
  const auto measured = town.stop();
  REQUIRE(measured.size() == 2);
  for (const auto& service : measured) {
    CHECK(service.phases[0].arrived == 1);
    CHECK(service.phases[0].ok == 1);
    CHECK(service.links[0].phases[0].ok == 1);
  }
  CHECK(measured[0].links[0].to == "s1");
  CHECK(measured[1].links[0].to == "upstream");
}

TEST_CASE("what no endpoint asks for, or no route is for, is answered 404") {
  Topology topology{{{.name = "front", .routes = {{.path = "/pay", .calls = {}}}}}};
  Town town(topology, always(""), {{.method = "POST", .path = "/pay"}, {.path = "/browse"}});
  CHECK(town.status_of("POST /pay HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi") ==
        "200");
  CHECK(town.status_of("GET /pay HTTP/1.1\r\nConnection: close\r\n\r\n") == "404");
  CHECK(town.status_of("GET /browse HTTP/1.1\r\nConnection: close\r\n\r\n") == "404");
  CHECK(town.status_of("GET /other HTTP/1.1\r\nConnection: close\r\n\r\n") == "404");
  const auto measured = town.stop();
  CHECK(measured[0].phases[0].arrived == 2);  // that of /browse, too
  CHECK(measured[0].phases[0].failed == 1);
}

TEST_CASE("what is no HTTP is refused with a reason, and is no call") {
  Town town(chain_of(1));
  CHECK(town.status_of("nonsense\r\n\r\n") == "400");
  CHECK(town.status_of() == "200");
  CHECK(town.stop()[0].phases[0].arrived == 1);
}

TEST_CASE("a full pool answers 503 at once, and one with places lets calls wait") {
  auto narrow = hop("narrow", {plain_link(topology::upstream)});
  narrow.workers = 1;
  narrow.queue = 1;
  Town town({{narrow}}, always("errors=hang:100%"));
  auto first = town.wire();
  first.send(plain_get);
  CHECK(eventually([&] { return town.services.now()[0].busy == 1; }));
  auto second = town.wire();
  second.send(plain_get);
  CHECK(eventually([&] { return town.services.now()[0].waiting == 1; }));
  CHECK(town.status_of() == "503");
  const auto measured = town.stop();
  CHECK(measured[0].phases[0].arrived == 3);
  CHECK(measured[0].phases[0].full == 1);
  CHECK(measured[0].phases[0].peak_waiting == 1);
  CHECK(measured[0].phases[0].first_full);
}

TEST_CASE("a caller that leaves frees no worker, and its answer goes nowhere") {
  auto narrow = hop("narrow", {plain_link(topology::upstream)});
  narrow.workers = 1;
  Town town({{narrow}}, always("latency=150ms"));
  {
    auto leaving = town.wire();
    leaving.send(plain_get);
    CHECK(eventually([&] { return town.ledger().requests == 1; }));
  }
  CHECK(town.status_of() == "200");  // it has waited for the one that left
  CHECK(town.ledger().requests == 2);
  const auto measured = town.stop();
  CHECK(measured[0].phases[0].ok == 2);
  CHECK(measured[0].phases[0].peak_busy == 1);
}

TEST_CASE("a caller that sends no more still gets its answer") {
  Town town(chain_of(2), always("latency=50ms"));
  auto connection = town.wire();
  connection.send(plain_get);
  connection.end();
  CHECK_THAT(connection.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("requests on one connection are answered in their order, however many come at once") {
  Topology topology{{{.name = "front",
                      .workers = 2,
                      .links = {plain_link(topology::upstream)},
                      .routes = {{.path = "/now", .calls = {}}, {.path = "/", .calls = {{0}}}}}}};
  Town town(topology, always(""), {{.path = "/"}, {.path = "/now"}});
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    requests += i % 3 == 0 ? plain_get : "GET /now HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  std::vector<Wire> connections;
  for (int i = 0; i < 4; ++i) {
    connections.push_back(town.wire());
    connections.back().send(requests + last_get);
  }
  for (auto& connection : connections) {
    CHECK(occurrences(connection.receive_to_end().bytes, "HTTP/1.1 200 OK") == 301);
  }
  CHECK(town.ledger().requests == 4 * 101);
  CHECK(town.stop()[0].phases[0].ok == 4 * 301);
}

TEST_CASE("what the upstream does wrong comes to the caller as a status") {
  for (const auto& [errors, status] :
       {std::pair("503:100%", "502"), std::pair("reset:100%", "502"),
        std::pair("empty:100%", "502"), std::pair("refuse", "502"), std::pair("hang:100%", "504"),
        std::pair("404:100%", "200")}) {
    CAPTURE(errors);
    Town town({{hop("one", {plain_link(1)}),
                hop("two", {with_timeout(plain_link(topology::upstream), 200ms)})}},
              always(std::string("errors=") + errors));
    if (std::string(errors) == "refuse") {
      CHECK(eventually([&] { return !Wire(town.upstream.port()).connected(); }));
    }
    // What the second says is an error to the first.
    CHECK(town.status_of() == (std::string(status) == "200" ? "200" : "502"));
    auto second = Wire(town.services.port(1));
    second.send(last_get);
    CHECK_THAT(second.receive_to_end().bytes, StartsWith(std::string("HTTP/1.1 ") + status));
    const auto measured = town.stop();
    CHECK(measured[1].links[0].phases[0].timed_out == (std::string(errors) == "hang:100%" ? 2 : 0));
  }
}

TEST_CASE("an open breaker on a link is a 503, and nothing reaches the upstream") {
  Town town({{hop("one", {with_breaker(plain_link(topology::upstream),
                                       "classic,failures=2,timeout=1h")})}},
            always("errors=503:100%"));
  CHECK(town.status_of() == "502");
  CHECK(town.status_of() == "502");
  CHECK(town.status_of() == "503");
  CHECK(town.ledger().requests == 2);
  CHECK(town.ledger().leaked_while_open == 0);
  CHECK(town.ledger().strangers == 0);
  const auto measured = town.stop();
  CHECK(measured[0].links[0].phases[0].open == 1);
  REQUIRE(measured[0].links[0].transitions.size() == 1);
  CHECK(measured[0].links[0].transitions[0].to == breaker::State::open);
}

TEST_CASE("a breaker that heeds how far a call has come is told by the wire") {
  // Envoy counts a failed connect apart from what the upstream itself does wrong.
  const std::string split =
      "envoy,max_ejection_percent=100,healthy_panic_threshold=0,consecutive_5xx=100,"
      "split_external_local_origin_errors=true,consecutive_local_origin_failure=1";
  for (const auto& [errors, opens] : {std::pair("refuse", true), std::pair("503:100%", false)}) {
    CAPTURE(errors);
    Town town({{hop("one", {with_breaker(plain_link(topology::upstream), split)})}},
              always(std::string("errors=") + errors));
    if (opens) {
      CHECK(eventually([&] { return !Wire(town.upstream.port()).connected(); }));
    }
    CHECK(town.status_of() == "502");
    CHECK(town.status_of() == (opens ? "503" : "502"));
  }
}

TEST_CASE("when one of two parallel calls fails the other's connection is closed") {
  Town town({{hop("front", {plain_link(1), plain_link(2)}, Route::Order::parallel),
              hop("hangs", {plain_link(topology::upstream)}),
              hop("fails", {with_timeout(plain_link(topology::upstream), 100ms)})}},
            always("errors=hang:100%"));
  CHECK(town.status_of() == "502");
  // The front gave the call to the service that hangs up; that one works on for nobody.
  CHECK(eventually([&] { return town.services.now()[0].busy == 0; }));
  CHECK(eventually([&] { return town.services.now()[1].busy == 1; }));
  const auto measured = town.stop();
  CHECK(measured[0].links[0].phases[0].given_up == 1);
  CHECK(measured[0].links[1].phases[0].failed == 1);
}

TEST_CASE("retries and timeouts of a link happen on the wire") {
  auto link = with_timeout(plain_link(topology::upstream), 100ms);
  link.policies = {client::parse_policy_choice("retry,attempts=3,delay=10ms").value()};
  Town town({{hop("one", {link})}}, always("errors=hang:100%"));
  CHECK(town.status_of() == "504");
  CHECK(town.ledger().requests == 3);
  CHECK(town.upstream.connections().accepted >= 3);
  CHECK(town.stop()[0].links[0].phases[0].requests == 3);
}

TEST_CASE("a service's own work takes its time") {
  Topology topology{
      {{.name = "works",
        .routes = {{.path = {}, .work = faults::parse_latency("40ms").value(), .calls = {}}}}}};
  Town town(topology);
  CHECK(town.status_of() == "200");
  const auto measured = town.stop();
  CHECK(measured[0].phases[0].response.min() >= 39ms);  // to the histogram's precision
  CHECK(town.ledger().requests == 0);
}

TEST_CASE("services that are stopped while calls are pending close their connections") {
  Town town(chain_of(3), always("errors=hang:100%"));
  std::vector<Wire> callers;
  for (int i = 0; i < 20; ++i) {
    callers.push_back(town.wire());
    callers.back().send(plain_get);
  }
  CHECK(eventually([&] { return town.ledger().requests == 20; }));
  const auto measured = town.stop();
  for (auto& caller : callers) {
    CHECK(caller.receive_to_end().bytes.empty());
  }
  for (const auto& service : measured) {
    CHECK(service.phases[0].arrived == 20);
    CHECK(service.phases[0].ok + service.phases[0].failed == 0);
  }
  CHECK(eventually([&] { return town.upstream.connections().open_now == 0; }));
}

TEST_CASE("services that were never started, or never called, go in peace") {
  const auto plan = always("");
  faults::Injector injector(plan);
  const SteadyClock clock;
  const load::LoadPlan load{.timetable = plan.timetable(), .loop = load::OpenLoop{}};
  const auto topology = chain_of(3);
  {
    const Services services(topology, load, injector, clock);
    CHECK(services.port(2) != 0);
    CHECK(Wire(services.port(2)).connected());  // it waits in the backlog
  }
  Services services(topology, load, injector, clock);
  services.start(1, 1);
  services.check();
  const auto measured = services.stop(clock.now());
  CHECK(measured.size() == 3);
  CHECK_FALSE(Wire(services.port(0)).connected());
}

TEST_CASE("a call goes through twenty services") {
  Town town(chain_of(20), always("latency=5ms"));
  std::vector<Wire> callers;
  for (int i = 0; i < 10; ++i) {
    callers.push_back(town.wire());
    callers.back().send(last_get);
  }
  for (auto& caller : callers) {
    CHECK_THAT(caller.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK"));
  }
  const auto measured = town.stop();
  REQUIRE(measured.size() == 20);
  for (const auto& service : measured) {
    CHECK(service.phases[0].ok == 10);
  }
  CHECK(town.ledger().requests == 10);
}

TEST_CASE("the upstream knows each request of a call by a number of its own") {
  // Half of the requests fail, by their numbers: with three tries an eighth of the calls.
  auto link = plain_link(topology::upstream);
  link.policies = {client::parse_policy_choice("retry,attempts=2,delay=0s").value()};
  Town town({{hop("one", {link})}}, always("errors=503:50%"));
  int good = 0;
  for (int i = 0; i < 60; ++i) {
    good += town.status_of() == "200" ? 1 : 0;
  }
  CHECK(good > 30);
  CHECK(good < 60);
  CHECK(town.ledger().requests > 60);
}

}  // namespace tripcurve::net
