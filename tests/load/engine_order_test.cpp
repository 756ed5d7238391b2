// What decides when calls meet a limit or an instant: the cap on calls in flight, and the order of
// one instant.
#include "tests/load/engine_bench.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// Two endpoints with a breaker each and a cap that calls to /a, which hang, use up; the breaker of
// /b has just opened, for a second. Calls come every 50 ms in turn: /a at 0, /b at 50 ms.
struct FullHouse {
  explicit FullHouse(const std::string& breaker, std::uint32_t cap = 2)
      : plan(open_loop(20, 60s)),
        bank(choice(breaker), BreakerScope::endpoint, endpoints, Random(1)),
        engine((plan.endpoints = endpoints, plan.max_in_flight = cap, plan.timeout = 1h, plan), 0,
               bank) {
    // /a at 0 and 100 ms stay; /b at 50 ms fails.
    while (engine.tally().phases[0].counts().sent < 3) {
      if (const auto action = engine.next(now)) {
        if (action->endpoint == 1) {
          engine.finished(action->slot, error_503, now);
        }
      } else {
        now += 50ms;
      }
    }
  }

  // Goes on until `until` and gives what was sent.
  std::vector<Attempt> go_on(TimePoint until) {
    std::vector<Attempt> sent;
    for (; now < until; now += 50ms) {
      while (const auto action = engine.next(now)) {
        sent.push_back(*action);
      }
    }
    return sent;
  }
  load::Counts counts(std::size_t endpoint) const {
    return engine.tally().phases[0].endpoints[endpoint].counts;
  }
  std::uint64_t dropped_trials() const { return engine.tally().phases[0].dropped_trials; }

  std::vector<load::Endpoint> endpoints{{.path = "/a"}, {.path = "/b"}};
  load::LoadPlan plan;
  BreakerBank bank;
  Engine engine;
  TimePoint now{};
};

}  // namespace

TEST_CASE("at the cap a trial goes out beyond it and alone decides about the breaker") {
  for (const auto* breaker :
       {"classic,failures=1,successes=1,timeout=1s",
        "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,halfOpenAfter=1s",
        "gobreaker,ReadyToTrip=ConsecutiveFailures > 0,Timeout=1s"}) {
    INFO(breaker);
    FullHouse house(breaker);
    REQUIRE(house.bank.state(1) == breaker::State::open);
    REQUIRE(house.engine.in_flight() == 2);
    const auto opened = house.now;

    // Rejections need no room; closed breakers' calls have none.
    CHECK(house.go_on(opened + 900ms).empty());
    CHECK(house.counts(1).fail_fast > 5);
    CHECK(house.counts(1).dropped == 0);
    CHECK(house.counts(0).dropped > 5);
    CHECK(house.dropped_trials() == 0);

    const auto trials = house.go_on(opened + 3s);
    REQUIRE(trials.size() == 1);
    CHECK(trials[0].endpoint == 1);
    CHECK(house.engine.in_flight() == 3);
    // Nobody has told the breaker anything yet, though calls of its endpoint were dropped.
    CHECK(house.bank.state(1) == breaker::State::half_open);
    CHECK(house.counts(1).dropped > 5);
    CHECK(house.dropped_trials() == house.counts(1).dropped);

    house.engine.finished(trials[0].slot, error_503, house.now);
    CHECK(house.bank.state(1) == breaker::State::open);
    CHECK(house.bank.events_since(0).back().probes == 1);
  }
}

TEST_CASE("no breaker closes because its calls were dropped") {
  for (const auto& dialect : breaker::dialects()) {
    INFO(dialect.name);
    auto plan = open_loop(100, 60s);
    plan.endpoints = {{.path = "/a"}, {.path = "/b"}};
    plan.max_in_flight = 10;
    plan.timeout = 4s;
    // Unless told otherwise, sentinel-golang takes every quick answer for a good one.
    const auto counts_errors = dialect.name == "sentinel-golang" ? ",strategy=ErrorRatio" : "";
    BreakerBank bank(choice(std::string(dialect.name) + counts_errors), BreakerScope::endpoint,
                     plan.endpoints, Random(1));
    Engine engine(plan, 0, bank);
    // /b fails at once; /a hangs until its deadline.
    for (TimePoint now{}; !engine.done(); now += 5ms) {
      while (const auto action = engine.next(now)) {
        if (action->endpoint == 1) {
          engine.finished(action->slot, error_503, now);
        }
      }
    }
    for (const auto& event : bank.events_since(0)) {
      const auto& transition = event.transition;
      CHECK((event.breaker != 1 || transition.from != breaker::State::half_open ||
             transition.to != breaker::State::closed));
    }
    const auto c = engine.tally().phases[0].counts();
    CHECK(c.calls == 6000);
    CHECK(c.calls == c.fail_fast + c.dropped + c.sent);
    CHECK(c.sent == c.ok + c.failed());
  }
}

TEST_CASE("beyond the cap there is room for one call per breaker and no more") {
  // hystrix-1.5.18 lets a trial out every sleep window and calls itself open all the while.
  auto plan = open_loop(1000, 10s);
  plan.max_in_flight = 30;
  plan.timeout = 1h;
  Bench bench(plan,
              "hystrix-1.5.18,circuitBreaker.sleepWindowInMilliseconds=100,"
              "circuitBreaker.requestVolumeThreshold=1,execution.timeout.enabled=false,"
              "execution.isolation.semaphore.maxConcurrentRequests=1000");
  std::uint32_t most = 0;
  bool opened = false;
  for (TimePoint now{}; now < at(10s); now += 1ms) {
    for (const auto& action : bench.actions(now)) {
      if (!opened) {
        bench.engine.finished(action.slot, error_503, now);
      }
    }
    opened = bench.bank.state(0) == breaker::State::open;
    most = std::max(most, bench.engine.in_flight());
  }
  REQUIRE(opened);
  CHECK(most <= 31);
}

TEST_CASE("of one instant, a deadline comes before a call, and a timer before both") {
  const std::string timed =
      "resilience4j,slidingWindowSize=2,minimumNumberOfCalls=2,waitDurationInOpenState=1s,"
      "permittedNumberOfCallsInHalfOpenState=1,automaticTransitionFromOpenToHalfOpenEnabled=true";
  auto plan = open_loop(1, 10s);
  plan.timeout = 2s;
  Bench bench(plan, timed);
  // Calls at 0 and 1 s. The second is answered at once with the first still out.
  const auto first = bench.actions(at(0s));
  REQUIRE(first.size() == 1);
  const auto second = bench.actions(at(1s));
  REQUIRE(second.size() == 1);
  bench.engine.finished(second[0].slot, error_503, at(1s));
  CHECK(bench.bank.state(0) == breaker::State::closed);
  CHECK(bench.engine.next_due() == at(2s));
  // 2 s: the first call's deadline, and the third call. It opens by the deadline, and the call that
  // is due at the same instant is rejected.
  CHECK(bench.actions(at(2s)).empty());
  CHECK(bench.cancelled == std::vector{first[0].slot});
  CHECK(bench.bank.state(0) == breaker::State::open);
  CHECK(bench.counts().fail_fast == 1);
  // 3 s: the timer and the fourth call. The timer comes first, so the call goes out as a trial.
  CHECK(bench.engine.next_due() == at(3s));
  const auto trial = bench.actions(at(3s));
  REQUIRE(trial.size() == 1);
  const auto events = bench.bank.events_since(0);
  REQUIRE(events.size() == 2);
  CHECK(events[1].transition.at == at(3s));
  CHECK(events[1].transition.to == breaker::State::half_open);
  CHECK(bench.bank.state(0) == breaker::State::half_open);
}

TEST_CASE("a timer that is due comes before a deadline and before an answer of its instant") {
  // Envoy ejects for 1 s at the first failure, and its sweep every 500 ms takes the host back. What
  // fails in the very instant of the sweep ejects it anew; told in another order, the failure would
  // meet a host that is out, and be lost.
  const std::string envoy =
      "envoy,consecutive_5xx=1,interval=1s,base_ejection_time=1s,max_ejection_percent=100,hosts=1,"
      "healthy_panic_threshold=0,update_merge_window=0s";
  for (const bool by_deadline : {true, false}) {
    INFO((by_deadline ? "deadline" : "answer"));
    auto plan = open_loop(10, 10s);
    plan.timeout = by_deadline ? 2s : 1h;
    Bench bench(plan, envoy);
    const auto first = bench.actions(at(0s));
    REQUIRE(first.size() == 1);
    const auto second = bench.actions(at(100ms));
    REQUIRE(second.size() == 1);
    bench.engine.finished(second[0].slot, error_503, at(200ms));
    REQUIRE(bench.bank.state(0) == breaker::State::open);
    for (TimePoint now = at(300ms); now < at(2s); now += 100ms) {
      CHECK(bench.actions(now).empty());
    }
    // 2 s: the sweep after the ejection is over, and the end of the first call.
    if (by_deadline) {
      (void)bench.actions(at(2s));
      REQUIRE(bench.cancelled == std::vector{first[0].slot});
    } else {
      bench.engine.finished(first[0].slot, error_503, at(2s));
    }
    const auto events = bench.bank.events_since(0);
    REQUIRE(events.size() == 3);
    CHECK(events[1].transition.to == breaker::State::closed);
    CHECK(events[1].transition.at == at(2s));
    CHECK(events[2].transition.to == breaker::State::open);
    CHECK(events[2].transition.at == at(2s));
  }
}

TEST_CASE("a call due when the open time ends is let out or not by the library's own rule") {
  // Opens at 1 s for 1 s. gobreaker waits until the time is over (>), cockatiel until its end.
  for (const auto& [breaker, let_out] :
       {std::pair{"gobreaker,ReadyToTrip=ConsecutiveFailures > 0,Timeout=1s", false},
        std::pair{"cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,halfOpenAfter=1s",
                  true}}) {
    INFO(breaker);
    Bench bench(open_loop(1, 10s), breaker);
    (void)bench.actions(at(0s));  // its deadline is at 1 s, too
    CHECK(bench.actions(at(1s)).empty());
    CHECK(bench.cancelled.size() == 1);
    REQUIRE(bench.bank.state(0) == breaker::State::open);
    CHECK(bench.counts().fail_fast == 1);
    CHECK(bench.actions(at(2s)).size() == (let_out ? 1 : 0));
  }
}
