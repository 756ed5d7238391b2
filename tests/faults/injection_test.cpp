#include "faults/injection.hpp"

#include <thread>

#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;

namespace {

PhaseSpec change(const std::string& settings) { return parse_phase("any 1h " + settings).value(); }

Plan changeable(const std::string& outage = "errors=500:20%,503:80%") {
  return {{.normal = {parse_latency("20ms").value(), parse_errors("500:20%").value()},
           .rules = {{.match = *parse_match("/slow"), .latency = *parse_latency("1s")}}},
          {*parse_phase("warm 1s"), *parse_phase("outage 10s " + outage)},
          Random(7)};
}

// An upstream that may be changed by hand, and the ledger of what it does.
struct Changed {
  explicit Changed(Plan of) : plan(std::move(of)) {}

  void set(const std::string& settings, TimePoint now) {
    REQUIRE_FALSE(injector.by_hand().set(change(settings), now));
  }
  Treatment treat(const Request& request, TimePoint now) {
    const auto action = injector.treat(request, now);
    ledger.note(action, Passage::fair);
    return action;
  }

  Plan plan;
  Injector injector{plan};
  Ledger ledger{plan};
};

using Kinds = decltype(PhaseLedger::injected);

}  // namespace

TEST_CASE("an injection is what was set last, until it is cleared") {
  const auto faults = changeable();
  Injection injection(faults);
  CHECK(injection.current() == nullptr);
  CHECK_FALSE(injection.set(change("latency=1s"), at(1s)));
  CHECK_FALSE(injection.set(change("latency=2s"), at(2s)));
  const auto held = injection.current();
  CHECK(settings_of(held->phase()) == Settings{{"latency", "2s"}});
  CHECK(held->begin() == at(2s));
  injection.clear();
  CHECK(injection.current() == nullptr);
  CHECK(settings_of(held->phase()) == Settings{{"latency", "2s"}});
}

TEST_CASE("what cannot be a phase without an end is not injected, and leaves what was set") {
  const auto faults = changeable();
  Injection injection(faults);
  CHECK_FALSE(injection.set(change("latency=1s"), at(1s)));
  for (const auto& [settings, words] :
       {std::pair{"errors=100%->0%", "no phase ends"},
        std::pair{"errors=503:100%,first=5", "are over by then"},
        std::pair{"errors=tls-reset:5%", "the upstream speaks plain HTTP"}}) {
    const auto error = injection.set(change(settings), at(2s));
    REQUIRE(error);
    CHECK_THAT(error->message, testing::ContainsSubstring(words));
    CHECK(injection.current()->begin() == at(1s));
  }
}

TEST_CASE("an injection may be set, looked at and cleared by several threads") {
  const auto faults = changeable();
  Injection injection(faults);
  std::jthread switching([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)injection.set(change("errors=50%"), at(1s));
      injection.clear();
    }
  });
  int seen = 0;
  for (int i = 0; i < 5'000; ++i) {
    if (const auto current = injection.current()) {
      REQUIRE(settings_of(current->phase()) == Settings{{"errors", "503:50%"}});
      ++seen;
    }
  }
  CHECK(seen <= 5'000);
}

TEST_CASE("what is injected hits the requests that a plan of the same errors would") {
  const auto planned = changeable("errors=504:50%");
  Changed upstream(changeable());
  upstream.set("errors=504:50%", at(1500ms));
  int hit = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto action = upstream.treat({.ordinal = i}, at(2s));
    REQUIRE(action.status == planned.decide({.ordinal = i}, at(2s)).status);
    CHECK(action.phase == 1);
    hit += action.status == 504 ? 1 : 0;
  }
  CHECK(hit > 400);
  CHECK(hit < 600);
}

TEST_CASE(
    "what an injection does not name is as it normally is, by the rules, whatever the phase") {
  Changed upstream(changeable("latency=5s errors=500:100%"));
  CHECK(upstream.treat({.ordinal = 1}, at(2s)).delay == 5s);
  upstream.set("errors=none", at(3s));
  CHECK(upstream.treat({.ordinal = 1}, at(3s)).delay == 20ms);
  CHECK(upstream.treat({.ordinal = 1, .path = "/slow"}, at(3s)).delay == 1s);
  CHECK(upstream.treat({.ordinal = 1}, at(3s)).status == 200);
  upstream.injector.by_hand().clear();
  CHECK(upstream.treat({.ordinal = 1}, at(4s)).status == 500);
}

TEST_CASE("a request that came before an injection, and is treated after it, meets the plan") {
  Changed upstream(changeable("latency=5s errors=500:100%"));
  upstream.set("latency=1ms errors=none", at(3s));
  CHECK(upstream.treat({.ordinal = 1}, at(3s - 1ns)).delay == 5s);
  CHECK(upstream.treat({.ordinal = 1}, at(3s)).delay == 1ms);
}

TEST_CASE("an injection with a path changes the requests of that path alone") {
  Changed upstream(changeable());
  upstream.set("latency=3s on=/pay/*", at(100ms));
  CHECK(upstream.treat({.ordinal = 1, .path = "/pay/1"}, at(200ms)).delay == 3s);
  CHECK(upstream.treat({.ordinal = 1, .path = "/else"}, at(200ms)).delay == 20ms);
}

TEST_CASE("an injection may look at headers, which the plan does not") {
  Changed upstream(changeable());
  CHECK_FALSE(upstream.injector.needs_headers());
  auto phase = change("latency=3s");
  phase.on = *parse_match("GET x-tenant=gold");
  REQUIRE_FALSE(upstream.injector.by_hand().set(phase, at(100ms)));
  CHECK(upstream.injector.needs_headers());
  const std::vector<Header> gold{{"X-Tenant", "gold"}};
  CHECK(upstream.treat({.ordinal = 1, .headers = gold}, at(200ms)).delay == 3s);
  CHECK(upstream.treat({.ordinal = 1}, at(200ms)).delay == 20ms);
  upstream.injector.by_hand().clear();
  CHECK_FALSE(upstream.injector.needs_headers());
}

TEST_CASE("times of an injection count from when it was set") {
  Changed upstream(changeable());
  upstream.set("errors=503:100%,after=2s", at(5s));
  CHECK(upstream.treat({.ordinal = 1}, at(6999ms)).status == 200);
  CHECK(upstream.treat({.ordinal = 1}, at(7s)).status == 503);
  upstream.injector.go_to(at(0s), at(7s));  // the plan begins anew, what was injected goes on
  CHECK(upstream.treat({.ordinal = 1}, at(7s)).status == 503);
  CHECK(upstream.treat({.ordinal = 1}, at(7s)).phase == 0);
}

TEST_CASE("an injected limit turns away what is above it, and counts as limited") {
  Changed upstream(changeable());
  upstream.set("errors=none rate_limit=1/h,burst=2", at(1s));
  std::vector<int> statuses;
  for (std::uint64_t i = 0; i < 4; ++i) {
    statuses.push_back(upstream.treat({.ordinal = i}, at(2s)).status);
  }
  CHECK(statuses == std::vector<int>{200, 200, 429, 429});
  CHECK(upstream.ledger.phases()[1].injected == Kinds{{"500", 0}, {"503", 0}, {"limited", 2}});
  CHECK(upstream.ledger.phases()[1].served == 2);
  upstream.set("errors=none rate_limit=1/h,burst=2", at(3s));  // with all of its burst
  CHECK(upstream.treat({.ordinal = 5}, at(3s)).status == 200);
}

TEST_CASE("the normal limit goes on while something else is injected") {
  const Upstream limited{.normal = {parse_latency("20ms").value(), {}},
                         .limit = *parse_rate_limit("1/h,burst=2")};
  Changed upstream(Plan{limited, {change("")}, Random(7)});
  CHECK(upstream.treat({.ordinal = 0}, at(0s)).status == 200);
  upstream.set("latency=1ms", at(1ms));
  CHECK(upstream.treat({.ordinal = 1}, at(2ms)).status == 200);
  CHECK(upstream.treat({.ordinal = 2}, at(3ms)).status == 429);
  upstream.set("rate_limit=none", at(4ms));
  CHECK(upstream.treat({.ordinal = 3}, at(5ms)).status == 200);
  upstream.injector.by_hand().clear();
  CHECK(upstream.treat({.ordinal = 4}, at(6ms)).status == 429);
}

TEST_CASE("an injected capacity makes requests wait, and counts those that it turns away") {
  Changed upstream(changeable());
  upstream.set("latency=0ms errors=none capacity=workers=1,service=1s,queue=1", at(1s));
  CHECK(upstream.treat({.ordinal = 0}, at(2s)).delay == 1s);
  CHECK(upstream.treat({.ordinal = 1}, at(2s)).delay == 2s);
  CHECK(upstream.treat({.ordinal = 2}, at(2s)).status == 503);
  CHECK(upstream.ledger.phases()[1].injected == Kinds{{"500", 0}, {"503", 0}, {"full", 1}});
  CHECK_FALSE(upstream.injector.would_succeed({.ordinal = 3}, at(2s), {.timeout = 10s},
                                              OutcomeRules().with(*parse_failure_statuses("5xx"))));
}

TEST_CASE("an injected stream dies as one of the plan does, and counts as that") {
  Changed upstream(changeable());
  upstream.set("errors=none stream=events=4,every=1ms,die=100%@50%", at(1s));
  const auto action = upstream.treat({.ordinal = 0}, at(2s));
  REQUIRE(action.course);
  CHECK(action.kind() == "stream-die");
  CHECK(upstream.ledger.phases()[1].injected == Kinds{{"500", 0}, {"503", 0}, {"stream-die", 1}});
}

TEST_CASE("an injected closed port is open again when it is cleared, and so is the plan's") {
  const Upstream bare{.normal = {parse_latency("20ms").value(), {}}};
  Changed upstream(
      Plan{bare, {*parse_phase("up 1s"), *parse_phase("down 1s errors=refuse")}, Random(7)});
  const auto& injector = upstream.injector;
  CHECK_FALSE(injector.refuses(at(100ms)));
  upstream.set("errors=refuse", at(200ms));
  CHECK(injector.refuses(at(200ms)));
  upstream.set("latency=1ms", at(300ms));
  CHECK_FALSE(injector.refuses(at(300ms)));
  CHECK_FALSE(injector.refuses(at(1500ms)));
  upstream.injector.by_hand().clear();
  CHECK(injector.refuses(at(1500ms)));
}

TEST_CASE("connections open as the injection says, and count by its kind") {
  const Upstream bare{.normal = {parse_latency("20ms").value(), {}}};
  Changed upstream(Plan{bare, {change("")}, Random(7)});
  upstream.set("errors=slow-accept(by=2s):100%", at(1ms));
  CHECK(upstream.injector.renews_connections(at(2ms)));
  const auto opening = upstream.injector.open(1, at(2ms));
  CHECK(opening.delay == 2s);
  CHECK(opening.kind == "slow-accept(by=2s)");
  upstream.ledger.note(opening);
  CHECK(upstream.ledger.phases()[0].injected == Kinds{{opening.kind, 1}});
  CHECK(upstream.ledger.phases()[0].connections == 0);
  upstream.injector.by_hand().clear();
  upstream.ledger.note(upstream.injector.open(1, at(3ms)));
  CHECK(upstream.ledger.phases()[0].connections == 1);
}

TEST_CASE("the ledger counts what is injected by kind, with the plan's where they are the same") {
  Changed first(changeable());
  Changed second(changeable());
  const auto note = [&](Changed& into, const std::string& errors, Duration now) {
    into.set("errors=" + errors, at(1ms));
    into.treat({.ordinal = 1}, at(now));
  };
  note(first, "reset:100%", 2ms);
  note(first, "503:100%", 1s);
  note(first, "none", 1s);
  note(second, "hang:100%", 2ms);
  note(second, "reset:100%", 2ms);
  auto ledger = first.ledger;
  ledger.merge(second.ledger);
  CHECK(ledger.phases()[0].injected == Kinds{{"500", 0}, {"reset", 2}, {"hang", 1}});
  CHECK(ledger.phases()[0].by_hand == Kinds{{"reset", 2}, {"hang", 1}});
  CHECK(ledger.phases()[1].injected == Kinds{{"500", 0}, {"503", 1}});
  CHECK(ledger.phases()[1].by_hand == Kinds{{"503", 1}});
  CHECK(ledger.phases()[1].served == 1);
  CHECK(ledger.phases()[0].requests == 3);
  CHECK(ledger.since(first.ledger).phases()[0].by_hand == Kinds{{"reset", 1}, {"hang", 1}});
}
