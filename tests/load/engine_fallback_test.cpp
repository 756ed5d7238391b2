// Calls that a fallback answers from its cache or queues: what is counted of them, and what room
// they take.
#include "tests/load/engine_bench.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

constexpr CallEnd fine{CallEnd::Kind::answer, 200};
constexpr CallEnd failed{CallEnd::Kind::answer, 503};

// One call every 10 ms, for as long as no test looks.
load::LoadPlan with(client::FallbackConfig fallback) {
  auto plan = open_loop(100, 1h);
  plan.client = {std::move(fallback), client::TimeoutConfig{.after = 1s}};
  return plan;
}

load::LoadPlan queueing(client::QueuedAnswer answer = {}) {
  return with({.status = 202, .answer = answer});
}

// Ends everything that goes out until then.
void serve(Bench& bench, TimePoint from, TimePoint until, CallEnd end) {
  for (auto now = from; now < until; now += 10ms) {
    for (auto attempts = bench.actions(now); !attempts.empty(); attempts = bench.actions(now)) {
      for (const auto& attempt : attempts) {
        bench.engine.finished(attempt.slot, end, now);
      }
    }
  }
}

bool adds_up(const load::Counts& counts) {
  return counts.calls == counts.ok + counts.failed() + counts.fail_fast + counts.fallback &&
         counts.queued == counts.drained + counts.lost + counts.still_queued();
}

}  // namespace

TEST_CASE("queued calls are answered, drained in order, and none is lost") {
  Bench bench(queueing({.drain = 1}));
  serve(bench, at(0s), at(1s), failed);
  CHECK(bench.counts().queued == 100);
  CHECK(bench.counts().fallback == 100);
  CHECK(bench.counts().failed() == 0);
  CHECK(bench.counts().still_queued() == 100);
  serve(bench, at(1s), at(3s), fine);
  CHECK(bench.counts().ok == 200);
  CHECK(bench.counts().drained == 100);
  CHECK(bench.counts().still_queued() == 0);
  CHECK(adds_up(bench.counts()));
  const auto& phase = bench.engine.tally().phases[0];
  CHECK(phase.queue_wait.count() == 100);
  CHECK(phase.queue_wait.max() >= 1s);
  CHECK(bench.counts().sent > 300);
}

TEST_CASE("an attempt of a queued call has the next number, and the call's own ordinal") {
  Bench bench(queueing({.retry_every = 500ms}));
  const auto first = bench.actions(at(0s));
  REQUIRE(first.size() == 1);
  bench.engine.finished(first[0].slot, failed, at(1ms));
  std::vector<Attempt> again;
  for (const auto& attempt : bench.actions(at(501ms))) {
    if (attempt.number > 1) {
      again.push_back(attempt);
    }
  }
  REQUIRE(again.size() == 1);
  CHECK(again[0].ordinal == 0);
  CHECK(again[0].number == 2);
}

TEST_CASE("calls that wait in a queue take no room, and those that leave it do") {
  auto plan = queueing({.places = 1'000'000, .retry_every = 500ms, .drain = 5});
  plan.max_in_flight = 3;
  Bench bench(plan);
  serve(bench, at(0s), at(500ms), failed);
  CHECK(bench.counts().queued == 50);
  CHECK(bench.counts().dropped == 0);

  const auto sent = bench.actions(at(510ms));  // the head, and calls that are due
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].number == 2);
  (void)bench.actions(at(530ms));
  CHECK(bench.counts().dropped == 2);
  bench.engine.finished(sent[0].slot, fine, at(535ms));  // five at once
  CHECK(bench.actions(at(535ms)).size() == 5);
  (void)bench.actions(at(540ms));
  CHECK(bench.counts().dropped == 3);
  CHECK(bench.counts().drained == 1);
}

TEST_CASE("the load is over when its calls are answered, whatever waits in the queue") {
  auto plan = queueing();
  plan.timetable = one_phase(100ms);
  Bench bench(plan);
  serve(bench, at(0s), at(110ms), failed);
  CHECK(bench.engine.done());
  CHECK(bench.counts().still_queued() == 10);
}

TEST_CASE("a full queue is counted, and what it drops for later calls is lost") {
  Bench rejecting(queueing({.places = 10}));
  serve(rejecting, at(0s), at(500ms), failed);
  CHECK(rejecting.counts().queued == 10);
  CHECK(rejecting.counts().queue_full == 40);
  CHECK(rejecting.counts().error_answers == 40);
  CHECK(adds_up(rejecting.counts()));

  Bench dropping(queueing({.places = 10, .full = client::QueuedAnswer::Full::drop_oldest}));
  serve(dropping, at(0s), at(500ms), failed);
  CHECK(dropping.counts().queued == 50);
  CHECK(dropping.counts().lost == 40);
  CHECK(dropping.counts().still_queued() == 10);
  CHECK(dropping.counts().queue_full == 0);
  CHECK(adds_up(dropping.counts()));
}

TEST_CASE("of the calls that a fallback answers, those that the breaker had rejected are counted") {
  for (const client::FallbackConfig& answer : {client::FallbackConfig{},
                                               {.answer = client::CachedAnswer{}},
                                               {.answer = client::QueuedAnswer{}}}) {
    auto plan = with(answer);
    auto& fallback = std::get<client::FallbackConfig>(plan.client.front());
    fallback.rules = fallback.rules.with_open_failing();
    plan.would_succeed = [](const load::LoadPlan::Kept& call, TimePoint) {
      return call.ordinal % 2 == 0;
    };
    plan.client.insert(plan.client.begin() + 1,
                       client::BreakerConfig{.choice = choice("classic,failures=1")});
    Bench bench(plan, "classic,failures=1");
    serve(bench, at(0s), at(10ms), fine);
    serve(bench, at(10ms), at(100ms), failed);  // opens the breaker
    CHECK(bench.counts().fallback == 9);
    CHECK(bench.counts().fallback_open == 8);
    CHECK(bench.counts().rejected() == 8);
    CHECK(bench.counts().rejected_good == 4);
    CHECK(bench.counts().fail_fast == 0);
  }
}

TEST_CASE("each instance has a queue of its own, which its own head holds up") {
  auto plan = queueing({.retry_every = 200ms});
  plan.instances = 2;
  Bench bench(plan);
  std::map<std::uint64_t, std::uint64_t> last;  // by instance
  for (auto now = at(0s); now < at(2s); now += 10ms) {
    for (auto attempts = bench.actions(now); !attempts.empty(); attempts = bench.actions(now)) {
      for (const auto& attempt : attempts) {
        const auto instance = attempt.ordinal % 2;
        if (attempt.number > 1) {
          CHECK(attempt.ordinal >= last[instance]);  // order
          last[instance] = attempt.ordinal;
        }
        // The first instance's upstream never recovers.
        bench.engine.finished(attempt.slot, instance == 0 || now < at(1s) ? failed : fine, now);
      }
    }
  }
  CHECK(last[0] == 0);
  CHECK(bench.counts().drained == 50);
  CHECK(bench.counts().still_queued() == 100);
}

TEST_CASE("cached answers are counted with their age, and misses apart") {
  Bench bench(with({.answer = client::CachedAnswer{.keys = 10, .max_age = 400ms}}));
  serve(bench, at(0s), at(1s), fine);
  serve(bench, at(1s), at(2s), failed);
  const auto counts = bench.counts();
  CHECK(counts.cached > 20);
  CHECK(counts.cache_misses > 50);
  CHECK(counts.cached + counts.cache_misses == 100);
  CHECK(counts.fallback == counts.cached);
  CHECK(counts.error_answers == counts.cache_misses);
  CHECK(adds_up(counts));
  const auto& age = bench.engine.tally().phases[0].stale_age;
  CHECK(age.count() == counts.cached);
  CHECK(age.max() <= 400ms);
}

TEST_CASE("which answer a call asks for follows from the seed and its number") {
  const auto hits = [](std::uint64_t seed) {
    auto plan = with({.answer = client::CachedAnswer{.keys = 20}});
    plan.random = Random(seed);
    Bench bench(plan);
    serve(bench, at(0s), at(200ms), fine);
    std::string seen;
    for (auto now = at(200ms); now < at(1s); now += 10ms) {
      const auto before = bench.counts().cached;
      serve(bench, now, now + 10ms, failed);
      seen += bench.counts().cached > before ? '+' : '-';
    }
    return seen;
  };
  CHECK(hits(1) == hits(1));
  CHECK(hits(1) != hits(2));
}

TEST_CASE("a cache keeps no more answers than it may, and calls to two endpoints share none") {
  auto plan = with({.answer = client::CachedAnswer{.keys = 1, .entries = 1}});
  plan.endpoints = {{.path = "/a"}, {.path = "/b"}};
  Bench bench(plan);
  serve(bench, at(0s), at(20ms), fine);  // /a, and then /b, for which there is no other place
  serve(bench, at(20ms), at(220ms), failed);
  CHECK(bench.counts().cached == 10);
  CHECK(bench.counts().cache_misses == 10);
}
