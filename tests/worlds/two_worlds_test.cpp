// The same experiment over loopback sockets and in virtual time: the same transitions for the same
// reasons. This is what makes a simulated verdict worth believing.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "experiment/experiment.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "trial/virtual_time.hpp"
#include "trial/wire.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using experiment::Experiment;

namespace {

struct Script {
  const char* name;
  std::vector<std::string> phases;
  const char* breaker;
  Duration timeout;
  std::vector<faults::Rule> rules{};
  std::optional<faults::Match> second_phase_on{};
  std::vector<load::Endpoint> endpoints{};  // with them, a breaker each
  bool tls = false;
};

// The wall clock's margins: whatever decides is at least 100 ms away from any edge.
const std::vector<Script> scripts{
    {"an outage of 503s",
     {"healthy 500ms", "outage 1s errors=100%", "recovered 1200ms"},
     "classic,failures=5,successes=2,timeout=400ms",
     300ms},
    {"an upstream that hangs",
     {"healthy 400ms", "hung 1s errors=hang:100%", "recovered 1s"},
     "classic,failures=3,successes=4,timeout=350ms",
     100ms},
    {"a port that closes",
     {"up 400ms", "down 800ms errors=refuse", "up-again 1s"},
     "classic,failures=5,successes=1,timeout=500ms",
     300ms},
    {"a handshake that hangs",
     {"healthy 400ms", "hung 1s errors=tls-hang:100%", "recovered 1s"},
     "classic,failures=3,successes=4,timeout=350ms",
     100ms,
     {},
     std::nullopt,
     {},
     true},
    {"a certificate that has expired",
     {"healthy 400ms", "expired 1s errors=tls-certificate:100%", "renewed 1s"},
     "classic,failures=3,successes=4,timeout=350ms",
     300ms,
     {},
     std::nullopt,
     {},
     true},
    {"a backlog that is full",
     {"healthy 400ms", "full 1s errors=full-backlog", "recovered 1s"},
     "classic,failures=3,successes=4,timeout=350ms",
     100ms},
    {"a timer that half-opens",
     {"healthy 500ms", "outage 1s errors=100%", "recovered 1200ms"},
     "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5,waitDurationInOpenState=400ms,"
     "permittedNumberOfCallsInHalfOpenState=3,automaticTransitionFromOpenToHalfOpenEnabled=true",
     300ms},
    {"callers that wait for the trial",
     {"healthy 500ms", "outage 1s errors=100% latency=35ms", "recovered 1200ms"},
     "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=5,halfOpenAfter=400ms",
     300ms},
    {"a limit that a phase sets",
     {"free 500ms", "crowded 1s rate_limit=1/s,burst=1,status=503", "free-again 1200ms"},
     "classic,failures=5,successes=2,timeout=400ms",
     300ms},
    {"a capacity that a phase sets",
     {"free 500ms", "starved 1s capacity=workers=1,service=10s,queue=0", "free-again 1200ms"},
     "classic,failures=5,successes=2,timeout=400ms",
     300ms},
    {"a rule for one method and one header",
     {"healthy 500ms", "outage 1s errors=100%", "recovered 1500ms"},
     "classic,failures=5,successes=2,timeout=400ms",
     300ms,
     {{.match = *faults::parse_match("POST /pay/** x-tenant=gold"),
       .latency = *faults::parse_latency("35ms")}},
     faults::parse_match("POST /pay/* x-tenant=gold").value(),
     {{.method = "POST", .path = "/pay/1", .headers = {{"X-Tenant", "gold"}}},
      {.method = "POST", .path = "/pay/2", .headers = {{"X-Tenant", "silver"}}},
      {.path = "/pay/1", .headers = {{"X-Tenant", "gold"}}}}},
};

Experiment experiment_of(const Script& script) {
  Experiment experiment = experiment::outage();
  experiment.name = script.name;
  experiment.seed = 7;
  experiment.upstream = {
      .normal = {*faults::parse_latency("5ms"), {}}, .rules = script.rules, .tls = script.tls};
  experiment.phases.clear();
  for (const auto& phase : script.phases) {
    experiment.phases.push_back(*faults::parse_phase(phase));
  }
  experiment.phases[1].on = script.second_phase_on;
  experiment.loop = load::OpenLoop{Rate{100}};
  experiment.timeout = script.timeout;
  experiment.breaker = choice(script.breaker);
  if (!script.endpoints.empty()) {
    experiment.endpoints = script.endpoints;
    experiment.scope = load::BreakerScope::endpoint;
  }
  return experiment;
}

std::vector<std::string> words(const std::vector<load::BreakerEvent>& events) {
  std::vector<std::string> all;
  for (const auto& event : events) {
    const auto& transition = event.transition;
    all.push_back(std::string(name(transition.from)) + " -> " + std::string(name(transition.to)) +
                  ": " + transition.cause);
  }
  return all;
}

// How long it took differs by what the wire takes.
std::vector<std::string> without_times(std::vector<std::string> events) {
  for (auto& event : events) {
    event.resize(std::min({event.size(), event.find(" after "), event.find("; ")}));
  }
  return events;
}

// What one world made of an experiment.
struct Seen {
  std::vector<load::BreakerEvent> events;
  load::Counts counts{};
  std::uint64_t requests = 0;
  std::uint64_t leaked = 0;
  std::uint64_t strangers = 0;
};

Seen seen(const Experiment& experiment, trial::World& world) {
  const auto summary = trial::run(experiment, world, {}, {}, {});
  REQUIRE(summary.totals.upstream);
  return {.events = summary.facts.events,
          .counts = summary.totals.counts,
          .requests = summary.totals.upstream->requests,
          .leaked = summary.totals.upstream->leaked_while_open,
          .strangers = summary.totals.upstream->strangers};
}

Seen simulated(const Experiment& experiment) {
  trial::VirtualTime world;
  return seen(experiment, world);
}

Seen over_loopback(const Experiment& experiment) {
  trial::Wire world(0);
  return seen(experiment, world);
}

}  // namespace

TEST_CASE("an experiment over loopback and in virtual time has the same transitions") {
  for (const auto& script : scripts) {
    INFO(script.name);
    const auto experiment = experiment_of(script);
    const auto expected = words(simulated(experiment).events);
    CHECK(expected.size() >= 5);  // opens, reopens from half-open, closes
    CHECK(expected.back().find("half_open -> closed") == 0);
    CHECK(words(over_loopback(experiment).events) == expected);
  }
}

TEST_CASE("over loopback Envoy ejects as in virtual time, whatever breaks calls off") {
  const std::string envoy =
      "envoy,max_ejection_percent=100,healthy_panic_threshold=0,interval=400ms,"
      "base_ejection_time=600ms,consecutive_5xx=100,";
  const std::string gateway =
      envoy + "consecutive_gateway_failure=3,enforcing_consecutive_gateway_failure=100";
  const std::string split =
      envoy + "split_external_local_origin_errors=true,consecutive_local_origin_failure=";
  for (const auto& [errors, breaker, opens] :
       {std::tuple{"reset:100%", gateway, true}, std::tuple{"empty:100%", gateway, true},
        std::tuple{"hang:100%", gateway, true}, std::tuple{"refuse", gateway, true},
        std::tuple{"refuse", split + "3", true}, std::tuple{"hang:100%", split + "1", true},
        std::tuple{"reset:100%", split + "20", false}}) {
    INFO(errors << " " << breaker);
    const auto phase = std::string("outage 1s errors=") + errors;
    const auto experiment = experiment_of(
        {"broken off", {"healthy 450ms", phase, "recovered 1s"}, breaker.c_str(), 100ms});
    const auto expected = without_times(words(simulated(experiment).events));
    CHECK(expected.empty() != opens);
    CHECK(without_times(words(over_loopback(experiment).events)) == expected);
  }
}

TEST_CASE("every fault ends calls over loopback as in virtual time, and breakers see the same") {
  for (const auto* fault :
       {"503(retry-after=2s,body=html)", "reset", "reset(at=head)", "reset(at=body)", "empty",
        "hang", "hang(at=head)", "truncate", "malformed-head", "malformed-chunk", "garbage",
        "header-flood", "header-flood(size=10KB)", "endless", "slow-close(after=20ms)",
        "slow-close(after=1s)"}) {
    INFO(fault);
    const auto phase = std::string("outage 1200ms errors=") + fault + ":100%";
    auto experiment = experiment_of(
        {"broken", {"healthy 200ms", phase}, "classic,failures=3,successes=2,timeout=10s", 300ms});
    // One worker calls again when its call has ended: however slow the wire is, the breaker opens
    // after the same calls.
    experiment.loop = load::ClosedLoop{.workers = 1};
    const auto expected = simulated(experiment);
    const auto on_the_wire = over_loopback(experiment);
    CHECK(words(on_the_wire.events) == words(expected.events));
    CHECK((expected.counts.ok == 0) == (on_the_wire.counts.ok == 0));
    using Counts = load::Counts;
    for (const auto count : {&Counts::error_answers, &Counts::timeouts, &Counts::resets,
                             &Counts::closed, &Counts::bad_answers}) {
      CAPTURE(expected.counts.*count, on_the_wire.counts.*count);
      CHECK(expected.counts.*count == on_the_wire.counts.*count);
    }
  }
}

TEST_CASE("a breaker that judges by the head is told of it in both worlds when the body hangs") {
  // Envoy counts the head of an answer as its success, and what comes after it as nothing.
  for (const auto* fault : {"hang(at=head)", "hang"}) {
    INFO(fault);
    const auto phase = std::string("outage 800ms errors=") + fault + ":100%";
    const auto experiment =
        experiment_of({"by the head",
                       {"healthy 300ms", phase, "recovered 300ms"},
                       "envoy,max_ejection_percent=100,healthy_panic_threshold=0,interval=100ms,"
                       "base_ejection_time=10s,consecutive_5xx=5",
                       100ms});
    const auto expected = simulated(experiment);
    CHECK(expected.events.empty() == (std::string(fault) == "hang(at=head)"));
    CHECK(over_loopback(experiment).events.size() == expected.events.size());
  }
}

TEST_CASE(
    "stages, instances and their trial calls are the same over loopback and in virtual time") {
  auto experiment = experiment_of(
      {"stages and instances",
       {"healthy 500ms", "outage 1s errors=429:100%", "recovered 1200ms"},
       "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5,waitDurationInOpenState=400ms,"
       "permittedNumberOfCallsInHalfOpenState=3",
       300ms});
  experiment.loop = load::OpenLoop{.stages = {{500ms, Rate{0}, Rate{400}},
                                              {1s, Rate{400}, Rate{200}},
                                              {1200ms, Rate{200}, Rate{200}}}};
  experiment.instances = 2;
  experiment.threads = 3;
  experiment.counting.failure_statuses = *parse_failure_statuses("429");

  const auto expected = simulated(experiment);
  const auto on_the_wire = over_loopback(experiment);

  CHECK(expected.counts.calls == 640);
  CHECK(on_the_wire.counts.calls == 640);
  CHECK(on_the_wire.counts.sent == on_the_wire.requests);
  CHECK(expected.leaked == 0);
  CHECK(on_the_wire.leaked == 0);
  CHECK(on_the_wire.strangers == 0);
  CHECK(expected.counts.rejected_good > 0);
  for (const std::size_t instance : {0U, 1U}) {
    const auto of_instance = [&](const Seen& world) {
      auto events = world.events;
      std::erase_if(events, [&](const auto& event) { return event.breaker != instance; });
      return events;
    };
    const auto events = of_instance(expected);
    const auto same = of_instance(on_the_wire);
    REQUIRE(events.size() >= 5);
    CHECK(words(same) == words(events));
    for (std::size_t i = 0; i < std::min(events.size(), same.size()); ++i) {
      const bool trial_is_over = events[i].transition.from == breaker::State::half_open;
      CHECK(events[i].probes == (trial_is_over ? 3 : 0));
      CHECK(same[i].probes == events[i].probes);
    }
  }
}

TEST_CASE("before a limited upstream as many rejected calls are good over loopback as simulated") {
  auto experiment =
      experiment_of({"a limit", {"limited 2s"}, "classic,failures=1,timeout=1h", 300ms});
  experiment.upstream.limit = *faults::parse_rate_limit("10/s,burst=1,status=503");
  experiment.loop = load::OpenLoop{Rate{200}};
  const auto expected = simulated(experiment);
  const auto on_the_wire = over_loopback(experiment);
  CHECK(expected.counts.fail_fast > 390);
  CHECK(expected.counts.rejected_good == 19);  // 20 in all, of which the first was sent
  // A late start, or calls that come in bunches, cost a token at most here and there.
  CHECK(on_the_wire.counts.rejected_good >= 10);
  CHECK(on_the_wire.counts.rejected_good <= 21);
}

TEST_CASE("over loopback, a fault injected by hand decides about the calls that are rejected") {
  auto experiment = experiment_of({"by hand", {"all 1s"}, "classic,failures=1,timeout=1h", 300ms});
  experiment.upstream.normal.errors = *faults::parse_errors("100%");
  const auto faults = experiment::fault_plan(experiment);
  faults::Injector injector(faults);
  const auto would_succeed = experiment::would_succeed(experiment, injector);
  CHECK_FALSE(would_succeed({.ordinal = 1}, at(0s)));
  REQUIRE_FALSE(injector.by_hand().set(*faults::parse_phase("any 1s errors=none"), at(0s)));
  CHECK(would_succeed({.ordinal = 1}, at(1ms)));
}

namespace {

topology::Service service(std::string name, std::optional<std::uint32_t> workers,
                          topology::Link link) {
  return {.name = std::move(name),
          .workers = workers,
          .links = {std::move(link)},
          .routes = {{.path = {}, .calls = {{0}}}}};
}

topology::Link link_of(std::uint32_t to, const char* breaker, std::optional<Duration> timeout) {
  return {.to = to, .timeout = timeout, .breaker = choice(breaker)};
}

report::Summary summary_of(const Experiment& experiment, trial::World&& world) {
  return trial::run(experiment, world, {}, {}, {});
}

}  // namespace

TEST_CASE("a breaker between two services is the same over loopback and in virtual time") {
  for (const auto* errors : {"errors=100%", "errors=hang:100%", "errors=refuse", "latency=1s"}) {
    CAPTURE(errors);
    auto experiment =
        experiment_of({"services",
                       {"healthy 500ms", std::string("outage 1s ") + errors, "recovered 1200ms"},
                       "none",
                       5s});
    experiment.topology.services = {
        service("gateway", std::nullopt, link_of(1, "none", std::nullopt)),
        service(
            "payment", 50,
            link_of(topology::upstream, "classic,failures=5,successes=2,timeout=400ms", 100ms))};
    const auto expected = summary_of(experiment, trial::VirtualTime());
    const auto on_the_wire = summary_of(experiment, trial::Wire(0));
    REQUIRE(expected.services.size() == 2);
    REQUIRE(on_the_wire.services.size() == 2);

    const auto& link = expected.services[1].links[0];
    const auto& same = on_the_wire.services[1].links[0];
    CHECK(link.opens >= 2);
    CHECK(same.opens == link.opens);
    CHECK(same.final_state == breaker::State::closed);
    REQUIRE(same.first_opened);
    CHECK(*same.first_opened - *link.first_opened < 80ms);
    CHECK(same.totals.calls == link.totals.calls);
    CHECK(same.totals.requests == same.totals.ok + same.totals.failed + same.totals.timed_out);
    // The wall clock's margin: a call more or less before it opens or closes.
    for (const auto count : {&topology::LinkCounts::ok, &topology::LinkCounts::open}) {
      const auto difference =
          static_cast<double>(same.totals.*count) - static_cast<double>(link.totals.*count);
      CHECK(std::abs(difference) <= 12);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(on_the_wire.services[i].totals.arrived == expected.services[i].totals.arrived);
      CHECK(on_the_wire.services[i].totals.full == 0);
    }
    REQUIRE(on_the_wire.totals.upstream);
    CHECK(on_the_wire.totals.upstream->strangers == 0);
    CHECK(on_the_wire.totals.upstream->leaked_while_open == 0);
  }
}

TEST_CASE("above its capacity fewer answers come in time than below, over loopback as simulated") {
  // Four workers take 200 requests a second. The queue of the rush takes longer than callers wait
  // after a quarter of a second, and from then on the workers are at requests that nobody waits
  // for. Ratios of two loads in one run, with wide margins: in virtual time it is 0.5 and below.
  struct Goodput {
    double below = 0;
    double above = 0;
  };
  const auto goodput = [](const char* more, trial::World& world) -> Goodput {
    auto experiment = experiment_of({"overload", {"below 1s", "above 3s"}, "none", 400ms});
    experiment.upstream.capacity =
        *faults::parse_capacity(std::string("workers=4,service=20ms") + more);
    experiment.loop =
        load::OpenLoop{.stages = {{1s, Rate{140}, Rate{140}}, {3s, Rate{600}, Rate{600}}}};
    const auto summary = trial::run(experiment, world, {}, {}, {});
    return {static_cast<double>(summary.phases[0].counts.ok),
            static_cast<double>(summary.phases[1].counts.ok) / 3};
  };
  const auto shapes = [&](trial::World&& endless, trial::World&& newest_first) {
    const auto collapsed = goodput("", endless);
    CHECK(collapsed.below > 0);
    CHECK(collapsed.above < 0.8 * collapsed.below);
    const auto kept = goodput(",order=lifo", newest_first);
    CHECK(kept.above > 1.5 * collapsed.above);
  };
  shapes(trial::VirtualTime(), trial::VirtualTime());
  shapes(trial::Wire(0), trial::Wire(0));
}

TEST_CASE(
    "a stream that says that it has failed is cut by a client that stops there, in both worlds") {
  for (const bool stops : {false, true}) {
    CAPTURE(stops);
    auto experiment = experiment_of(
        {"a stream that fails", {"failing 600ms"}, "classic,failures=3,timeout=10s", 5s});
    experiment.upstream.normal.shape.stream =
        *faults::parse_event_stream("events=4,every=2ms,error=100%@50%");
    experiment.stops_at_error_event = stops;
    experiment.loop = load::ClosedLoop{.workers = 1};
    for (const auto& seen : {simulated(experiment), over_loopback(experiment)}) {
      CHECK(seen.counts.closed == (stops ? 3 : 0));
      CHECK(seen.counts.cut == seen.counts.closed);
      CHECK((seen.counts.ok == 0) == stops);
      CHECK(seen.events.size() == (stops ? 1 : 0));
    }
  }
}

TEST_CASE("what the load saw of each fault is what was injected, over loopback as simulated") {
  auto experiment = experiment_of(
      {"many faults",
       {"all 1s errors=503:10%,reset:10%,truncate(at=50%):10%,malformed-head:10%,hang(at=head):5%"},
       "none",
       50ms});
  experiment.loop = load::ClosedLoop{.workers = 2};
  for (auto& summary :
       {summary_of(experiment, trial::VirtualTime()), summary_of(experiment, trial::Wire(0))}) {
    REQUIRE(summary.phases[0].upstream);
    const auto& shares = summary.phases[0].upstream->shares;
    CHECK(shares.size() == 5);
    for (const auto& share : shares) {
      INFO(words(share));
      CHECK(share.injected > 0);
      CHECK(share.to_observe == share.injected);
      REQUIRE(share.observed);
      // On a machine that stands still for 50 ms, an answer may be late.
      CHECK(*share.observed >= share.injected / 2);
      CHECK_FALSE(share.observed == 0);
    }
  }
}

TEST_CASE("a slow upstream fills the same pools over loopback and in virtual time") {
  auto experiment = experiment_of(
      {"a small cascade", {"healthy 500ms", "slow 1500ms latency=400ms"}, "none", 5s});
  experiment.endpoints = {{.path = "/pay"}, {.path = "/browse"}};
  experiment.topology.services = {
      service("gateway", 20, link_of(1, "none", std::nullopt)),
      service("payment", 10, link_of(topology::upstream, "none", std::nullopt))};
  auto& gateway = experiment.topology.services[0];
  gateway.queue = 0;
  gateway.routes = {{.path = "/pay", .calls = {{0}}},
                    {.path = "/browse", .work = *faults::parse_latency("1ms"), .calls = {}}};
  const auto expected = summary_of(experiment, trial::VirtualTime());
  const auto on_the_wire = summary_of(experiment, trial::Wire(0));
  const auto near = [](std::uint64_t a, std::uint64_t b, std::uint64_t by) {
    return std::max(a, b) - std::min(a, b) <= by;
  };
  for (const auto* world : {&expected, &on_the_wire}) {
    const auto& slow = world->services[0].phases[1];
    CHECK(slow.peak_busy == 20);
    CHECK(slow.full > 20);
    CHECK(world->services[1].phases[1].peak_busy == 10);
    CHECK(world->services[1].phases[1].peak_waiting == 10);
    REQUIRE(slow.first_full);
    REQUIRE(world->services[1].phases[1].first_full);
    CHECK(*world->services[1].phases[1].first_full < *slow.first_full);
  }
  const auto& simulated_gateway = expected.services[0].phases[1];
  const auto& real_gateway = on_the_wire.services[0].phases[1];
  CHECK(real_gateway.arrived == simulated_gateway.arrived);
  CHECK(near(real_gateway.full, simulated_gateway.full, 15));
  CHECK(near(real_gateway.ok, simulated_gateway.ok, 15));
  CHECK(*real_gateway.first_full - *simulated_gateway.first_full < 80ms);
  CHECK(on_the_wire.services[0].totals.arrived == on_the_wire.services[0].totals.ok +
                                                      on_the_wire.services[0].totals.failed +
                                                      on_the_wire.services[0].totals.full);
}
