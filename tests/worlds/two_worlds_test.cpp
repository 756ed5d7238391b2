// The same experiment over loopback sockets and in virtual time: the same transitions for the same
// reasons. This is what makes a simulated verdict worth believing.

#include <string>
#include <thread>
#include <vector>

#include "experiment/experiment.hpp"
#include "net/client.hpp"
#include "net/upstream.hpp"
#include "sim/world.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

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
    {"a timer that half-opens",
     {"healthy 500ms", "outage 1s errors=100%", "recovered 1200ms"},
     "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5,waitDurationInOpenState=400ms,"
     "permittedNumberOfCallsInHalfOpenState=3,automaticTransitionFromOpenToHalfOpenEnabled=true",
     300ms},
    {"callers that wait for the trial",
     {"healthy 500ms", "outage 1s errors=100% latency=35ms", "recovered 1200ms"},
     "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=5,halfOpenAfter=400ms",
     300ms},
};

Experiment experiment_of(const Script& script) {
  Experiment experiment = experiment::outage();
  experiment.name = script.name;
  experiment.seed = 7;
  experiment.upstream = {*faults::parse_latency("5ms"), {}};
  experiment.phases.clear();
  for (const auto& phase : script.phases) {
    experiment.phases.push_back(*faults::parse_phase(phase));
  }
  experiment.loop = load::OpenLoop{Rate{100}};
  experiment.timeout = script.timeout;
  experiment.breaker = choice(script.breaker);
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

std::vector<std::string> simulated(const Experiment& experiment) {
  const auto faults = experiment::fault_plan(experiment);
  const auto load = experiment::load_plan(experiment);
  auto bank = experiment::breaker_bank(experiment);
  (void)sim::run_world(load, faults, bank, {}, {1h, [](const auto&, auto) { return true; }});
  return words(bank.events_since(0));
}

std::vector<std::string> over_loopback(const Experiment& experiment) {
  const auto faults = experiment::fault_plan(experiment);
  const auto load = experiment::load_plan(experiment);
  auto bank = experiment::breaker_bank(experiment);
  const net::SteadyClock clock(20ms);
  const net::Upstream upstream(faults, clock, {});
  const net::Target target{.host = "127.0.0.1", .port = upstream.port(), .loopback = true};
  net::Client client(target, load, 0, bank, clock);
  client.start();
  while (!client.done() && clock.now() < at(60s)) {
    std::this_thread::yield();
  }
  REQUIRE(client.done());
  return words(bank.events_since(0));
}

}  // namespace

TEST_CASE("an experiment over loopback and in virtual time has the same transitions") {
  for (const auto& script : scripts) {
    INFO(script.name);
    const auto experiment = experiment_of(script);
    const auto expected = simulated(experiment);
    CHECK(expected.size() >= 5);  // opens, reopens from half-open, closes
    CHECK(expected.back().find("half_open -> closed") == 0);
    CHECK(over_loopback(experiment) == expected);
  }
}
