// The short ways of plain clients (load::Engine::plain()) and of plain upstreams
// (faults::Plan::is_plain()) beside the general machine: the same in every number.

#include <memory>
#include <string>
#include <vector>

#include "sim/fake_upstream.hpp"
#include "sim/instants.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// A server of which nobody believes that it knows how an attempt will end.
template <typename Server>
class Doubted : public Server {
 public:
  using Server::Server;
  static constexpr auto foresight = load::Foresight::none;
};

struct Lived {
  load::Tally tally;
  std::vector<load::BreakerEvent> events;
  faults::Ledger ledger;
  TimePoint ended_at;
  bool was_plain;
};

struct PlainStory {
  std::string breaker = "classic,failures=5,successes=2,timeout=1s";
  std::string latency = "p50=20ms,p99=400ms";
  std::string errors = "5%,hang:1%";
  std::vector<std::string> phases{"good 5s", "bad 5s errors=70%,hang:10%", "good 5s"};
  load::Loop loop = load::OpenLoop{.rate = Rate{200}, .arrival = load::Arrival::poisson};
  client::Policies client{};
  std::optional<Duration> gap_timeout{};
  faults::RateLimit limit{};
  std::vector<faults::Rule> rules{};
  std::uint32_t instances = 1;
  std::uint32_t max_in_flight = 1000;
};

template <typename Server>
Lived live(const PlainStory& story) {
  std::vector<faults::PhaseSpec> phases;
  for (const auto& text : story.phases) {
    phases.push_back(*faults::parse_phase(text));
  }
  const Random random(3);
  const faults::Plan plan(
      {.normal = {*faults::parse_latency(story.latency), *faults::parse_errors(story.errors)},
       .rules = story.rules,
       .limit = story.limit,
       .tls = true},
      phases, random);
  load::LoadPlan load{.timetable = plan.timetable(), .loop = story.loop};
  load.timeout = 250ms;
  load.gap_timeout = story.gap_timeout;
  load.client = story.client;
  load.instances = story.instances;
  load.max_in_flight = story.max_in_flight;
  load.endpoints = {{.path = "/a"}, {.path = "/b"}};
  load.random = random;
  faults::Injector injector(plan);
  load.would_succeed = [&](const load::LoadPlan::Kept& call, TimePoint now) {
    const auto& [method, path, headers] = load.endpoints[call.endpoint];
    return injector.would_succeed({call.ordinal, method, path, headers}, now, {load.timeout},
                                  load.caller);
  };
  load::BreakerBank bank(choice(story.breaker), load::BreakerScope::endpoint, load.endpoints,
                         random, story.instances);
  Server server(load, injector, bank, sim::ServerModel{.round_trip = 1ms});
  sim::Instants<Server> instants(load, bank, server);
  TimePoint now{};
  while (!instants.engine().done()) {
    now = std::max(now, instants.next());
    instants.play(now, [](const load::Attempt&, TimePoint) {});
  }
  return {instants.engine().tally(), bank.events_since(0), server.ledger(), now,
          instants.engine().plain().has_value()};
}

void check_same(const Histogram& a, const Histogram& b) {
  CHECK(a.buckets(100'000) == b.buckets(100'000));
  CHECK(a.mean() == b.mean());
  CHECK(a.max() == b.max());
}

void check_same(const Lived& plain, const Lived& general) {
  CHECK(plain.ended_at == general.ended_at);
  REQUIRE(plain.events.size() == general.events.size());
  for (std::size_t i = 0; i < plain.events.size(); ++i) {
    CHECK(plain.events[i].breaker == general.events[i].breaker);
    CHECK(plain.events[i].transition.at == general.events[i].transition.at);
    CHECK(plain.events[i].transition.cause == general.events[i].transition.cause);
    CHECK(plain.events[i].sent == general.events[i].sent);
    CHECK(plain.events[i].most_probes == general.events[i].most_probes);
  }
  REQUIRE(plain.tally.phases.size() == general.tally.phases.size());
  for (std::size_t i = 0; i < plain.tally.phases.size(); ++i) {
    const auto& a = plain.tally.phases[i];
    const auto& b = general.tally.phases[i];
    for (std::size_t k = 0; k < a.endpoints.size(); ++k) {
      CHECK(a.endpoints[k].counts == b.endpoints[k].counts);
    }
    check_same(a.response(), b.response());
    check_same(a.service(), b.service());
    check_same(a.schedule_error.histogram(), b.schedule_error.histogram());
    check_same(a.fail_fast, b.fail_fast);
    check_same(a.first_byte(), b.first_byte());
    check_same(a.gap, b.gap);
    CHECK(a.wasted == b.wasted);
    CHECK(a.dropped_trials == b.dropped_trials);
    CHECK(a.peak_in_flight == b.peak_in_flight);
    CHECK(plain.ledger.phases()[i].requests == general.ledger.phases()[i].requests);
    CHECK(plain.ledger.phases()[i].leaked_while_open ==
          general.ledger.phases()[i].leaked_while_open);
    CHECK(plain.ledger.phases()[i].overtaken == general.ledger.phases()[i].overtaken);
    CHECK(plain.ledger.phases()[i].injected == general.ledger.phases()[i].injected);
    CHECK(plain.ledger.phases()[i].served == general.ledger.phases()[i].served);
    CHECK(plain.ledger.phases()[i].connections == general.ledger.phases()[i].connections);
  }
}

// True if the client took the short way.
bool are_same(const PlainStory& story) {
  const auto plain = live<sim::FakeUpstream>(story);
  const auto general = live<Doubted<sim::FakeUpstream>>(story);
  CHECK_FALSE(general.was_plain);
  check_same(plain, general);
  return plain.was_plain;
}

// A rule makes the upstream take the long way, also one for requests that nobody makes.
void check_same_with_rule(PlainStory story) {
  const auto plain = live<sim::FakeUpstream>(story);
  story.rules = {
      {.match = *faults::parse_match("/nobody"), .latency = *faults::parse_latency("1s")}};
  check_same(plain, live<sim::FakeUpstream>(story));
}

}  // namespace

TEST_CASE(
    "the short way of a plain client gives what the general machine gives, of every dialect") {
  for (const auto& dialect : breaker::dialects()) {
    CAPTURE(dialect.name);
    const bool may_be = !dialect.holds_callers && !dialect.heeds_progress;
    CHECK(are_same({.breaker = std::string(dialect.name)}) == may_be);
  }
}

TEST_CASE("and so it does whatever the load and the upstream are") {
  CHECK(are_same({.latency = "20ms", .loop = load::OpenLoop{.rate = Rate{200}}}));
  CHECK(are_same({.loop = load::ClosedLoop{.workers = 20}}));
  CHECK(are_same({.instances = 3}));
  CHECK(are_same({.max_in_flight = 4}));
  CHECK(are_same({.limit = *faults::parse_rate_limit("50/s,burst=5")}));
  CHECK(are_same({.errors = "truncate(at=50%):10%,hang(at=head):5%,hang(at=body):5%,reset:5%",
                  .gap_timeout = 50ms}));
  CHECK(are_same({.errors = "tls-hang:5%,tls-slow(by=100ms):20%,tls-reset:5%"}));
  CHECK(are_same({.errors = "slow-accept(by=240ms):20%,tls-slow(by=1s):5%"}));
  CHECK(are_same({.phases = {"open 3s", "shut 3s errors=refuse", "open 3s"}}));
}

TEST_CASE("an upstream whose answers come whole does the same where it has a rule for others") {
  check_same_with_rule({});
  check_same_with_rule({.breaker = "resilience4j,slidingWindowSize=20"});
  check_same_with_rule(
      {.latency = "20ms", .errors = "200:20%@249ms,503:20%@19ms,reset:5%,empty:5%"});
  check_same_with_rule({.latency = "wave(10ms..400ms,period=7s)", .errors = "404:10%,hang:10%"});
  check_same_with_rule({.loop = load::ClosedLoop{.workers = 20}, .instances = 3});
  check_same_with_rule({.client = {client::RetryConfig{}, client::BreakerConfig{},
                                   client::TimeoutConfig{.after = 250ms}}});
}

TEST_CASE("an answer and a timeout of one instant keep their order") {
  // Calls are due every 5 ms and take 20, 250 or 1000 ms: much happens at the same instants.
  CHECK(are_same({.breaker = "classic,failures=2,timeout=100ms",
                  .latency = "19ms",
                  .errors = "200:20%@249ms,503:20%@19ms,hang:10%",
                  .loop = load::OpenLoop{.rate = Rate{200}}}));
}

TEST_CASE(
    "timeouts of one instant come in the order of the calls, also where connections open late") {
  // All workers call at once, each by a breaker of its own, which opens at its first timeout; who
  // of them times out is known at once, or when its connection opens.
  CHECK(are_same({.breaker = "classic,failures=1,timeout=100ms",
                  .latency = "p50=200ms,p99=2s",
                  .errors = "slow-accept(by=100ms):50%",
                  .phases = {"all 5s"},
                  .loop = load::ClosedLoop{.workers = 20},
                  .instances = 20}));
}

TEST_CASE("a timeout of the policies that is not that of an attempt holds too") {
  for (const auto after : {Duration(40ms), Duration(250ms), Duration(700ms)}) {
    CHECK(are_same({.latency = "39ms",
                    .errors = "200:20%@249ms,hang:10%",
                    .loop = load::OpenLoop{.rate = Rate{200}},
                    .client = {client::BreakerConfig{}, client::TimeoutConfig{.after = after}}}));
  }
}

TEST_CASE("whoever hears of more than the end, or tries again, takes the general way") {
  CHECK_FALSE(are_same({.client = {client::BreakerConfig{.judges = client::Judges::head},
                                   client::TimeoutConfig{.after = 250ms}}}));
  CHECK_FALSE(
      are_same({.client = {client::TimeoutConfig{.after = 400ms}, client::BreakerConfig{}}}));
  CHECK_FALSE(are_same({.client = {client::BreakerConfig{},
                                   client::TimeoutConfig{.after = 250ms, .connect = 100ms}}}));
  CHECK_FALSE(are_same({.client = {client::RetryConfig{}, client::BreakerConfig{},
                                   client::TimeoutConfig{.after = 250ms}}}));
}
