#include "topology/capacity.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/topology/rig.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using topology::Capacity;
using topology::Link;
using topology::Route;
using topology::Service;
using topology::Stream;
using topology::Topology;

namespace {

Service served(const std::string& name, std::optional<std::uint32_t> workers, Link link,
               Duration work = {}) {
  link.breaker = choice("none");
  Route route{.work = *faults::parse_latency(std::to_string(work / 1us) + "us"),
              .calls = {{0, false}}};
  return {.name = name, .workers = workers, .links = {std::move(link)}, .routes = {route}};
}

Stream stream(double rate, const std::string& latency, const std::string& errors = "none") {
  return {.path = "/",
          .rate = rate,
          .upstream = {*faults::parse_latency(latency), *faults::parse_errors(errors)}};
}

Capacity of(std::vector<Service> services, const Stream& calls) {
  return topology::capacity({std::move(services)}, {calls});
}

// A chain of services with as many workers each; the last calls the upstream.
std::vector<Service> chain(const std::vector<std::uint32_t>& workers) {
  std::vector<Service> services;
  for (std::uint32_t i = 0; i < workers.size(); ++i) {
    const auto to = i + 1 < workers.size() ? i + 1 : topology::upstream;
    services.push_back(served("s" + std::to_string(i), workers[i], {.to = to}));
  }
  return services;
}

}  // namespace

TEST_CASE("a service holds as many workers as calls per second times the time of each") {
  const auto found = of(chain({50}), stream(100, "200ms"));
  const auto& demand = found.services.front();
  CHECK(demand.rate == Approx(100));
  CHECK(*demand.needs == Approx(20));
  CHECK(*demand.holds == 200ms);
  CHECK(*demand.capacity == Approx(250));
  CHECK(*found.bearable == Approx(2.5));
  CHECK_FALSE(demand.is_full());
  CHECK(found.upstream_rate == Approx(100));
}

TEST_CASE("a pool that is too small is full after its workers divided by the rate") {
  const auto found = of(chain({100}), stream(100, "2500ms"));
  CHECK(*found.services.front().needs == Approx(250));
  CHECK(*found.services.front().full_after == 1s);
  CHECK(*found.services.front().capacity == Approx(40));
}

TEST_CASE("who calls a service that is full waits without end, and is full in his turn") {
  const auto found = of(chain({200, 150, 100}), stream(100, "2500ms"));
  CHECK(*found.services[2].full_after == 1s);
  CHECK(*found.services[1].full_after == 1500ms);
  CHECK(*found.services[0].full_after == 2s);
  CHECK_FALSE(found.services[0].needs);
  CHECK_FALSE(found.services[0].holds);
}

TEST_CASE("a timeout bounds what a caller of a full service holds") {
  auto services = chain({200, 100});
  services[0].links[0].timeout = 1s;
  const auto found = of(services, stream(100, "2500ms"));
  CHECK(*found.services[1].full_after == 1s);
  CHECK(*found.services[0].needs == Approx(100));
  CHECK_FALSE(found.services[0].is_full());
}

TEST_CASE("retries multiply what arrives behind them, on average and at worst") {
  auto services = chain({1000, 1000});
  services[0].links[0].policies = {policy("retry,attempts=3,delay=0s")};
  services[1].links[0].policies = {policy("retry,attempts=3,delay=0s")};
  // (1 - p^n) / (1 - p) attempts of each layer; the inner one fails with p^3.
  const auto found = of(services, stream(100, "10ms", "50%"));
  CHECK(found.services[1].rate == Approx(100 * (1 - std::pow(0.125, 3)) / (1 - 0.125)));
  CHECK(found.upstream_rate == Approx(found.services[1].rate * 1.75));
  CHECK(found.services[1].worst == Approx(3));
  CHECK(found.upstream_worst == Approx(9));
  // (1 - p^9) / (1 - p) over both layers: the products telescope.
  CHECK(found.upstream_rate == Approx(100 * (1 - std::pow(0.5, 9)) / 0.5));
}

TEST_CASE("the waits between attempts hold a worker, too") {
  auto services = chain({1000});
  services[0].links[0].policies = {policy("retry,attempts=2,delay=300ms,backoff=constant")};
  const auto found = of(services, stream(100, "100ms", "100%"));
  CHECK(*found.services[0].holds == 500ms);
}

TEST_CASE("an upstream that hangs holds without end, or up to the timeout") {
  auto services = chain({1000});
  CHECK_FALSE(of(services, stream(10, "1ms", "hang:10%")).services[0].holds);
  services[0].links[0].timeout = 1s;
  CHECK(*of(services, stream(10, "1ms", "hang:50%")).services[0].holds == 500500us);
}

TEST_CASE("a service with its own work and no limit of workers is never full") {
  auto services = chain({1});
  services[0].workers.reset();
  services[0].routes[0].work = *faults::parse_latency("1s");
  const auto found = of(services, stream(1000, "1s"));
  CHECK(*found.services[0].needs == Approx(2000));
  CHECK_FALSE(found.services[0].is_full());
  CHECK_FALSE(found.services[0].capacity);
  CHECK_FALSE(found.bearable);
}

namespace {

// One service that calls two others, of which the second has a work of its own and all call the
// upstream.
std::vector<Service> forked(Route::Order order, Route::Needs needs, bool optional = false) {
  auto front = served("front", 1000, {.to = 1});
  front.links.push_back({.to = 2, .breaker = choice("none")});
  front.routes[0].calls = {{0, optional}, {1, false}};
  front.routes[0].order = order;
  front.routes[0].needs = needs;
  return {front, served("first", 1000, {.to = topology::upstream}),
          served("second", 1000, {.to = topology::upstream}, 300ms)};
}

}  // namespace

TEST_CASE("calls in turn add up, and parallel ones take as long as the longest") {
  const auto calls = stream(10, "100ms");
  CHECK(*of(forked(Route::Order::in_turn, Route::Needs::all), calls).services[0].holds == 500ms);
  CHECK(*of(forked(Route::Order::parallel, Route::Needs::all), calls).services[0].holds == 400ms);
  CHECK(*of(forked(Route::Order::in_turn, Route::Needs::any), calls).services[0].holds == 100ms);
}

TEST_CASE("in turn, the next call is made as often as what is needed before it lets it be") {
  const auto calls = stream(100, "100ms", "25%");
  const auto all = of(forked(Route::Order::in_turn, Route::Needs::all), calls);
  CHECK(all.services[2].rate == Approx(75));
  const auto any = of(forked(Route::Order::in_turn, Route::Needs::any), calls);
  CHECK(any.services[2].rate == Approx(25));
  const auto optional = of(forked(Route::Order::in_turn, Route::Needs::all, true), calls);
  CHECK(optional.services[2].rate == Approx(100));
  const auto parallel = of(forked(Route::Order::parallel, Route::Needs::all), calls);
  CHECK(parallel.services[2].rate == Approx(100));
}

TEST_CASE(
    "a fallback hides failures if its answer is good and it answers more than an open breaker") {
  const auto rate_behind = [](const std::string& fallback) {
    auto services = chain({1000, 1000});
    services[0].links[0].policies = {policy("retry,attempts=2,delay=0s")};
    services[1].links[0].policies = {policy(fallback)};
    return of(services, stream(100, "10ms", "50%")).services[1].rate;
  };
  CHECK(rate_behind("fallback") == Approx(100));
  CHECK(rate_behind("fallback,status=503") == Approx(150));
  CHECK(rate_behind("fallback,answer=queued") == Approx(100));
  CHECK(rate_behind("fallback,answer=cached") == Approx(150));  // it may have nothing
  CHECK(rate_behind("fallback,when=open") == Approx(150));
}

TEST_CASE("hedging adds a request for each delay that passes before the answer") {
  auto services = chain({1000});
  services[0].links[0].policies = {policy("hedging,attempts=3,delay=40ms")};
  CHECK(of(services, stream(100, "100ms")).upstream_rate == Approx(300));
  CHECK(of(services, stream(100, "50ms")).upstream_rate == Approx(200));
  CHECK(of(services, stream(100, "10ms")).upstream_rate == Approx(100));
  CHECK(of(services, stream(100, "10ms")).upstream_worst == Approx(3));
}

TEST_CASE("who finds a place in a full queue waits for all before him, and no longer") {
  auto services = chain({1000, 10});
  services[1].queue = 20;
  const auto found = of(services, stream(1000, "100ms"));
  CHECK(found.services[1].is_full());
  CHECK(*found.services[0].holds == 300ms);
}
