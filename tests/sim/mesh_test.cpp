// Services between the load and the upstream in virtual time: what is known of cascades and of
// queues, in numbers.

#include <map>
#include <string>
#include <vector>

#include "sim/world.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using topology::Link;
using topology::Route;
using topology::Service;
using topology::Topology;

namespace {

faults::Latency takes(const std::string& text) { return faults::parse_latency(text).value(); }

// An experiment with services, in a few words.
struct Tale {
  Topology topology{};
  std::string upstream = "0ms";  // its normal latency
  std::vector<std::string> phases{};
  Rate rate{100};
  load::Arrival arrival = load::Arrival::poisson;
  client::Policies client{client::TimeoutConfig{1min}};  // the load's own
  std::vector<load::Endpoint> endpoints{load::Endpoint{}};
  std::uint64_t seed = 1;
  Duration round_trip{};
};

struct Told {
  sim::Counted outcome;
  Timetable timetable;

  [[nodiscard]] load::Counts of_load(std::size_t phase) const {
    return outcome.tally.phases[phase].counts();
  }
  [[nodiscard]] const topology::ServiceCounts& of(std::size_t service,
                                                  std::size_t phase = 0) const {
    return outcome.services[service].phases[phase];
  }
  [[nodiscard]] const topology::LinkCounts& link(std::size_t service, std::size_t phase = 0,
                                                 std::size_t link = 0) const {
    return outcome.services[service].links[link].phases[phase];
  }
  [[nodiscard]] double lasts(std::size_t phase) const {
    return to_seconds(timetable.phases()[phase].end - timetable.phases()[phase].begin);
  }
};

const sim::Observer unwatched{[] { return never; },
                              [](const sim::View&, TimePoint) { return true; }};

Told tell(const Tale& tale, const sim::Observer& observer = unwatched) {
  std::vector<faults::PhaseSpec> phases;
  for (const auto& text : tale.phases) {
    phases.push_back(faults::parse_phase(text).value());
  }
  const Random random(tale.seed);
  const faults::Plan plan({.normal = {takes(tale.upstream), {}}}, phases, random);
  load::LoadPlan load{.timetable = plan.timetable(),
                      .loop = load::OpenLoop{.rate = tale.rate, .arrival = tale.arrival}};
  load.client = tale.client;
  load.max_in_flight = 1'000'000;
  load.endpoints = tale.endpoints;
  load.random = random;
  faults::Injector injector(plan);
  auto breaker = choice("none");
  for (const auto& policy : tale.client) {
    if (const auto* config = std::get_if<client::BreakerConfig>(&policy)) {
      breaker = config->choice;
    }
  }
  load::BreakerBank bank(breaker, load::BreakerScope::client, load.endpoints, random);
  auto outcome = sim::run_world(tale.topology, load, injector, bank,
                                {.round_trip = tale.round_trip}, observer);
  return {std::move(outcome), plan.timetable()};
}

Link client_of(std::uint32_t to) { return {.to = to, .breaker = choice("none")}; }

Service working_for(const std::string& work, std::optional<std::uint32_t> workers,
                    std::optional<std::uint32_t> queue) {
  return {.name = "it",
          .workers = workers,
          .queue = queue,
          .routes = {{.path = {}, .work = takes(work), .calls = {}}}};
}

// In front of the upstream, as a load balancer that does no work.
Service passing_on(std::uint32_t to = topology::upstream) {
  return {.name = "pass", .links = {client_of(to)}, .routes = {{.path = {}, .calls = {{0}}}}};
}

// The cascade of the founding story: payments, which the bank slows down, and browsing, which only
// shares the gateway with them.
Tale cascade(Link bank) {
  return {.topology = {{{.name = "gateway",
                         .workers = 200,
                         .queue = 0,
                         .links = {client_of(1)},
                         .routes = {{.path = "/pay", .calls = {{0}}},
                                    {.path = {}, .work = takes("20ms"), .calls = {}}}},
                        {.name = "order",
                         .workers = 150,
                         .links = {client_of(2)},
                         .routes = {{.path = {}, .calls = {{0}}}}},
                        {.name = "payment",
                         .workers = 100,
                         .links = {std::move(bank)},
                         .routes = {{.path = {}, .calls = {{0}}}}}}},
          .upstream = "200ms+-20ms",
          .phases = {"healthy 10s", "slow 100s latency=2500ms+-250ms"},
          .rate = Rate{300},
          .endpoints = {{.path = "/pay"}, {.path = "/browse/1"}, {.path = "/browse/2"}}};
}

// Of the gateway's calls in the phase that is slow, by what they ask for.
struct Served {
  double pay_per_second;
  double browse_share;
};
Served served(const Told& told) {
  const auto pay = told.outcome.tally.phases[1].endpoints[0].counts;
  const auto one = told.outcome.tally.phases[1].endpoints[1].counts;
  const auto two = told.outcome.tally.phases[1].endpoints[2].counts;
  return {static_cast<double>(pay.ok) / told.lasts(1),
          static_cast<double>(one.ok + two.ok) / static_cast<double>(one.calls + two.calls)};
}

// The database of the metastable failure: 300 queries a second, one after the other, and a client
// that asks a second time when it has no answer within a second.
Tale database(double rate, const std::string& outage, const std::string& breaker = "none") {
  const auto length = outage.substr(0, outage.find(' '));
  return {.topology = {{{.name = "database",
                         .workers = 1,
                         .links = {client_of(topology::upstream)},
                         .routes = {{.path = {}, .work = takes("3.333333ms"), .calls = {{0}}}}}}},
          .phases = {"healthy 5s", "outage " + outage + " latency=" + length, "after 5s",
                     "later 45s", "end 10s"},
          .rate = Rate{rate},
          .client = {client::RetryConfig{.most = 1, .backoff = {.delay = 0s}},
                     client::BreakerConfig{.choice = choice(breaker)}, client::TimeoutConfig{1s}}};
}

double good_share(const Told& told, std::size_t phase) {
  const auto counts = told.of_load(phase);
  return static_cast<double>(counts.ok) / static_cast<double>(counts.calls);
}

bool adds_up(const Told& told) {
  for (const auto& service : told.outcome.services) {
    for (const auto& phase : service.phases) {
      if (phase.arrived != phase.ok + phase.failed + phase.full) {
        return false;
      }
    }
    for (const auto& link : service.links) {
      for (const auto& phase : link.phases) {
        if (phase.calls != phase.ok + phase.failed + phase.timed_out + phase.open + phase.full +
                               phase.fallback + phase.given_up) {
          return false;
        }
      }
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a slow bank fills the pools up to the gateway, and browsing suffers from it") {
  auto bank = client_of(topology::upstream);
  bank.timeout = 5s;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    auto tale = cascade(bank);
    tale.seed = seed;
    const auto told = tell(tale);
    const auto [pay_per_second, browse_share] = served(told);
    CHECK(pay_per_second == Approx(40).margin(1.5));
    CHECK(browse_share > 0.38);
    CHECK(browse_share < 0.42);
    CHECK_FALSE(told.of(0).first_full);
    REQUIRE(told.of(0, 1).first_full);
    const auto payment = to_seconds(*told.of(2, 1).first_full - at(10s));
    const auto order = to_seconds(*told.of(1, 1).first_full - at(10s));
    const auto gateway = to_seconds(*told.of(0, 1).first_full - at(10s));
    CHECK(payment < order);
    CHECK(order < gateway);
    CHECK(gateway > 1.7);
    CHECK(gateway < 2.1);
    CHECK(told.of(0, 1).peak_busy == 200);
    CHECK(told.of(2, 1).peak_waiting == 50);
    CHECK(adds_up(told));
  }
}

TEST_CASE("a timeout and a breaker at the bank keep the gateway free") {
  auto bank = client_of(topology::upstream);
  bank.timeout = 1s;
  bank.breaker = choice("classic,failures=5,successes=2,timeout=10s");
  const auto told = tell(cascade(bank));
  CHECK(served(told).browse_share > 0.999);
  CHECK(told.of(0, 1).full == 0);
  CHECK_FALSE(told.of(0, 1).first_full);
  CHECK(told.link(2, 1).open > 8'000);  // of 10,000
  CHECK(told.of(2, 1).ok == 0);
  CHECK(adds_up(told));
}

TEST_CASE("with a timeout and no breaker the pool of the payments is all but full for all time") {
  auto bank = client_of(topology::upstream);
  bank.timeout = 1s;
  const auto told = tell(cascade(bank));
  CHECK(served(told).browse_share > 0.99);
  CHECK(told.of(2, 1).busy_seconds / told.lasts(1) == Approx(98).margin(3));
  CHECK(told.link(2, 1).timed_out == told.of(2, 1).arrived);
}

TEST_CASE("at 280/s one retry keeps a database that could do 300/s down for ever") {
  const auto told = tell(database(280, "2s"));
  CHECK(good_share(told, 0) > 0.98);  // those of its last moments fall into the outage
  CHECK(good_share(told, 4) == 0);
  // Each call asks twice, and the database works as much as it can, in vain.
  CHECK(static_cast<double>(told.of(0, 4).arrived) / told.lasts(4) == Approx(560).margin(15));
  CHECK(told.of(0, 4).busy_seconds == Approx(told.lasts(4)));
}

TEST_CASE("without the retry the same database recovers") {
  auto tale = database(280, "2s");
  tale.client.erase(tale.client.begin());
  const auto told = tell(tale);
  CHECK(good_share(told, 2) == 0);
  CHECK(good_share(told, 4) == 1);
}

TEST_CASE("below half of what the database can do one retry does no harm, and above it does") {
  CHECK(good_share(tell(database(140, "2s")), 4) == 1);
  CHECK(good_share(tell(database(160, "2s")), 4) == 0);
}

TEST_CASE("with a breaker of at most ten seconds the database is back five seconds later") {
  for (const std::string open : {"1s", "5s", "10s"}) {
    CAPTURE(open);
    const auto told = tell(database(280, "10s", "classic,failures=5,successes=1,timeout=" + open));
    CHECK(good_share(told, 0) > 0.98);
    CHECK(good_share(told, 1) < 0.02);
    CHECK(good_share(told, 3) > 0.999);
  }
}

TEST_CASE("calls before a single worker wait as long as Pollaczek and Khinchine say") {
  // M/D/1 and M/G/1 at 80 %: Wq = rate * E[S^2] / (2 (1 - 0.8)).
  for (const auto& [work, wait] : {std::pair("10ms", 0.020), std::pair("0ms..20ms", 0.080 / 3)}) {
    CAPTURE(work);
    const auto told = tell({.topology = {{working_for(work, 1, std::nullopt)}},
                            .phases = {"all 1000s"},
                            .rate = Rate{80}});
    const auto& counts = told.of(0);
    const auto response = to_seconds(counts.response.mean());
    CHECK(response == Approx(0.010 + wait).epsilon(0.05));
    CHECK(counts.busy_seconds / told.lasts(0) == Approx(0.8).epsilon(0.02));
    CHECK(counts.waiting_seconds / told.lasts(0) == Approx(80 * wait).epsilon(0.07));
    CHECK(to_seconds(counts.full_for) / told.lasts(0) == Approx(0.8).epsilon(0.02));
    // Little's law, which holds to the call for what was counted.
    CHECK(counts.busy_seconds + counts.waiting_seconds ==
          Approx(response * static_cast<double>(counts.ok)).epsilon(0.001));
  }
}

TEST_CASE("a pool without a queue turns away what Erlang's formula says, however long work takes") {
  for (const auto* work : {"80ms", "0ms..160ms", "p50=60ms,p95=211ms"}) {
    CAPTURE(work);
    const auto offered = 100 * to_seconds(takes(work).mean());
    double blocked = 1;
    for (int worker = 1; worker <= 10; ++worker) {
      blocked = offered * blocked / (worker + offered * blocked);
    }
    const auto told =
        tell({.topology = {{working_for(work, 10, 0)}}, .phases = {"all 300s"}, .rate = Rate{100}});
    const auto& counts = told.of(0);
    CHECK(static_cast<double>(counts.full) / static_cast<double>(counts.arrived) ==
          Approx(blocked).epsilon(0.08));
    CHECK(counts.busy_seconds / told.lasts(0) == Approx(offered * (1 - blocked)).epsilon(0.03));
    CHECK(counts.peak_busy == 10);
  }
}

TEST_CASE("a request takes no time to arrive, and each answer the round trip") {
  const auto told = tell({.topology = {{passing_on(1), passing_on(2), passing_on()}},
                          .upstream = "10ms",
                          .phases = {"all 1s"},
                          .arrival = load::Arrival::constant,
                          .round_trip = 1ms});
  CHECK(told.of(2).response.max() == 11ms);
  CHECK(told.of(0).response.max() == 13ms);
  CHECK(told.outcome.tally.phases[0].response().min() == 14ms);
  CHECK(told.outcome.tally.phases[0].response().max() == 14ms);
}

TEST_CASE("every fault of the upstream comes to the load as the answer of the first service") {
  for (const auto& [errors, status] :
       {std::pair("503:100%", 502), std::pair("reset:100%", 502), std::pair("empty:100%", 502),
        std::pair("refuse", 502), std::pair("404:100%", 200)}) {
    CAPTURE(errors);
    const auto told = tell({.topology = {{passing_on()}},
                            .phases = {std::string("all 1s errors=") + errors},
                            .arrival = load::Arrival::constant});
    CHECK(told.of_load(0).calls == 100);
    CHECK(told.of_load(0).error_answers == (status == 502 ? 100 : 0));
    CHECK(told.of_load(0).ok == (status == 502 ? 0 : 100));
    CHECK(told.link(0).failed == (status == 502 ? 100 : 0));
    CHECK(told.outcome.ledger.phases()[0].requests == (std::string(errors) == "refuse" ? 0 : 100));
  }
}

TEST_CASE("a caller that goes away does not end what the service does for it") {
  // The load gives up after 50 ms; the service works on until its upstream has answered.
  const auto told = tell({.topology = {{passing_on()}},
                          .upstream = "200ms",
                          .phases = {"all 1s"},
                          .arrival = load::Arrival::constant,
                          .client = {client::TimeoutConfig{50ms}}});
  CHECK(told.of_load(0).timeouts == 100);
  CHECK(told.of(0).arrived == 100);
  CHECK(told.outcome.ledger.phases()[0].requests == 100);
  CHECK(told.of(0).peak_busy == 20);
}

TEST_CASE("a hanging upstream holds the workers of a link without a timeout until the end") {
  auto service = passing_on();
  service.workers = 5;
  const auto told = tell({.topology = {{service}},
                          .phases = {"all 1s errors=hang:100%"},
                          .arrival = load::Arrival::constant,
                          .client = {client::TimeoutConfig{100ms}}});
  CHECK(told.of_load(0).timeouts == 100);
  CHECK(told.outcome.ledger.phases()[0].requests == 5);
  CHECK(told.of(0).ok + told.of(0).failed == 0);
  CHECK(told.of(0).peak_waiting == 95);

  service.links[0].timeout = 20ms;
  const auto timed = tell({.topology = {{service}},
                           .phases = {"all 1s errors=hang:100%"},
                           .arrival = load::Arrival::constant,
                           .client = {client::TimeoutConfig{100ms}}});
  CHECK(timed.of(0).failed == 100);
  CHECK(timed.link(0).timed_out == 100);
  CHECK(timed.of_load(0).error_answers == 100);
}

TEST_CASE("a service that two others call has the calls of both") {
  const Service both{
      .name = "front",
      .links = {client_of(1), client_of(2)},
      .routes = {{.path = {}, .calls = {{0}, {1}}, .order = Route::Order::parallel}}};
  const auto told = tell(
      {.topology = {{both, passing_on(3), passing_on(3), passing_on()}}, .phases = {"all 2s"}});
  CHECK(told.of(0).arrived > 100);
  CHECK(told.of(3).arrived == 2 * told.of(0).arrived);
  CHECK(told.outcome.ledger.phases()[0].requests == 2 * told.of(0).arrived);
  CHECK(told.outcome.ledger.phases()[0].strangers == 0);
}

TEST_CASE("retries of every layer multiply") {
  Topology layers;
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto service = passing_on(i == 2 ? topology::upstream : i + 1);
    service.links[0].policies = {client::parse_policy_choice("retry,attempts=3,delay=0s").value()};
    layers.services.push_back(service);
  }
  const auto told = tell({.topology = layers,
                          .phases = {"all 1s errors=503:100%"},
                          .arrival = load::Arrival::constant});
  CHECK(told.of(0).failed == 100);
  CHECK(told.of(1).arrived == 300);
  CHECK(told.of(2).arrived == 900);
  CHECK(told.outcome.ledger.phases()[0].requests == 2700);
}

TEST_CASE("each request of a call has its own luck at the upstream") {
  auto service = passing_on();
  service.links[0].policies = {client::parse_policy_choice("retry,attempts=3,delay=0s").value()};
  const auto told = tell({.topology = {{service}},
                          .phases = {"all 20s errors=503:50%"},
                          .arrival = load::Arrival::constant});
  CHECK(plausible(told.of(0).failed, 2'000, 0.125));
  const auto& ledger = told.outcome.ledger.phases()[0];
  CHECK(plausible(ledger.served, ledger.requests, 0.5));
}

TEST_CASE("the upstream tells what has leaked past an open breaker of a link from the rest") {
  auto service = passing_on();
  service.links[0].breaker = choice("classic,failures=1,timeout=1h");
  const auto told = tell({.topology = {{service}},
                          .upstream = "95ms",
                          .phases = {"all 5s errors=503:100%"},
                          .arrival = load::Arrival::constant});
  const auto& ledger = told.outcome.ledger.phases()[0];
  CHECK(ledger.requests == 10);  // those of the first 95 ms
  CHECK(ledger.leaked_while_open == 0);
  CHECK(ledger.strangers == 0);
  CHECK(told.link(0).open == 490);
}

TEST_CASE("the same seed gives the same services, and another seed others") {
  const auto words = [](std::uint64_t seed) {
    auto bank = client_of(topology::upstream);
    bank.timeout = 1s;
    bank.breaker = choice("classic,failures=2,successes=2,timeout=2s");
    bank.policies = {
        client::parse_policy_choice("retry,attempts=2,delay=10ms,jitter=full").value()};
    auto tale = cascade(bank);
    tale.phases = {"healthy 3s", "slow 7s latency=800ms+-300ms errors=503:5%"};
    tale.seed = seed;
    const auto told = tell(tale);
    std::string text;
    for (const auto& service : told.outcome.services) {
      for (const auto& phase : service.phases) {
        text += std::to_string(phase.arrived) + ' ' + std::to_string(phase.ok) + ' ' +
                std::to_string(phase.failed) + ' ' + std::to_string(phase.full) + ' ' +
                std::to_string(phase.response.quantile(0.5).count()) + ' ' +
                std::to_string(phase.busy_seconds) + '\n';
      }
      for (const auto& transition : service.links[0].transitions) {
        text += std::to_string(transition.at.time_since_epoch().count()) + transition.cause + '\n';
      }
    }
    return text;
  };
  const auto first = words(1);
  CHECK(first.find("failures in a row") != std::string::npos);
  CHECK(words(1) == first);
  CHECK(words(2) != first);
}

TEST_CASE("a run with services that is ended early counts what it has come to") {
  auto tale = cascade(client_of(topology::upstream));
  sim::Observer impatient = unwatched;
  impatient.next_look = [] { return at(12s); };
  impatient.look = [](const sim::View&, TimePoint) { return false; };
  const auto told = tell(tale, impatient);
  CHECK(told.outcome.ended_at == at(12s));
  CHECK(told.of(0, 1).arrived > 500);
  CHECK(told.of(0, 1).arrived > told.of(0, 1).ok + told.of(0, 1).failed + told.of(0, 1).full);
  CHECK(told.of(0, 1).busy_seconds < 400);
}
