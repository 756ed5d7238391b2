// Callers who go away before their call has ended.

#include "load/abandonment.hpp"

#include <algorithm>

#include "tests/load/engine_bench.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using load::parse_abandonment;

namespace {

load::LoadPlan leaving(const std::string& abandonment, double rate = 10) {
  auto plan = open_loop(rate, 1s);
  plan.abandonment = *parse_abandonment(abandonment);
  return plan;
}

// Answers nothing, and looks every 10 ms.
std::vector<Attempt> hang(Bench& bench, Duration length = 3s) {
  std::vector<Attempt> sent;
  for (auto now = at(0ms); now < at(length); now += 10ms) {
    std::ranges::move(bench.actions(now), std::back_inserter(sent));
  }
  return sent;
}

}  // namespace

TEST_CASE("which callers leave, and when, is read and written the same") {
  for (const auto* text : {"2% after 300ms", "2%", "100% after 2s", "0.5% after 50ms..2s",
                           "10% after p50=20ms,p99=400ms", "5% after 100ms+-20ms"}) {
    CHECK(load::format_abandonment(*parse_abandonment(text)) == text);
  }
  CHECK(load::format_abandonment(*parse_abandonment(" after 2s ")) == "100% after 2s");
  CHECK(load::leaving_after(2s) == *parse_abandonment("after 2s"));
}

TEST_CASE("callers who leave in a way that cannot be are refused with a remedy") {
  for (const auto& [text, message] :
       {std::pair("", "nothing says which callers leave"), std::pair("2", "has no %"),
        std::pair("0%", "never leave"), std::pair("200% after 1s", "200%"),
        std::pair("2% after", "is not a time"), std::pair("2% after 0ms", "before they call"),
        std::pair("2% after 300", "has no unit"),
        std::pair("2% after 9ms..1ms", "begins with the longer one")}) {
    const auto read = parse_abandonment(text);
    INFO(text);
    REQUIRE_FALSE(read);
    INFO(read.error().message);
    CHECK(read.error().message.find(message) != std::string::npos);
    CHECK_FALSE(read.error().hint.empty());
  }
}

TEST_CASE("a caller who leaves first gives its attempt up, and its call counts as abandoned") {
  Bench bench(leaving("after 300ms"));
  const auto sent = hang(bench);
  REQUIRE(sent.size() == 10);
  CHECK(bench.cancelled.size() == 10);
  CHECK(bench.counts().abandoned == 10);
  CHECK(bench.counts().failed() == 10);
  CHECK(bench.counts().timeouts == 0);
  CHECK(bench.engine.tally().response().max() == 300ms);
  CHECK(bench.engine.tally().phases[0].wasted == 3s);
  CHECK(bench.engine.done());
}

TEST_CASE("a call that ends first is nothing to its caller's patience") {
  Bench bench(leaving("after 300ms"));
  for (auto now = at(0ms); now < at(3s); now += 10ms) {
    for (const auto& attempt : bench.actions(now)) {
      bench.engine.finished(attempt.slot, {CallEnd::Kind::answer, 200}, now);
    }
  }
  CHECK(bench.counts().abandoned == 0);
  CHECK(bench.counts().ok == 10);
  CHECK(bench.cancelled.empty());
}

TEST_CASE("a place that another call has taken since is not left by the first one's caller") {
  auto plan = leaving("after 150ms");
  plan.max_in_flight = 1;  // so that the slot is used again
  Bench bench(plan);
  const auto first = bench.actions(at(0ms));
  REQUIRE(first.size() == 1);
  bench.engine.finished(first[0].slot, {CallEnd::Kind::answer, 200}, at(90ms));
  REQUIRE(bench.actions(at(100ms)).size() == 1);
  CHECK(bench.actions(at(160ms)).empty());  // the first caller's time
  CHECK(bench.counts().abandoned == 0);
  const auto third = bench.actions(at(250ms));  // the second's time, and a third call
  REQUIRE(third.size() == 1);
  CHECK(bench.counts().abandoned == 1);
  bench.engine.finished(third[0].slot, {CallEnd::Kind::answer, 200}, at(260ms));
  CHECK(bench.counts().abandoned == 1);
  CHECK(bench.counts().ok == 2);
}

TEST_CASE("a share of the callers leaves, the same ones whoever makes their calls") {
  auto plan = leaving("20% after 10ms..500ms", 1000);
  plan.max_in_flight = 10'000;
  Bench alone(plan);
  hang(alone);
  CHECK(alone.counts().abandoned > 150);
  CHECK(alone.counts().abandoned < 250);
  CHECK(alone.counts().timeouts == 1000 - alone.counts().abandoned);

  plan.shards = 2;
  BreakerBank bank(choice("none"), BreakerScope::client, plan.endpoints, Random(1));
  std::uint64_t together = 0;
  for (const std::uint32_t shard : {0U, 1U}) {
    Engine engine(plan, shard, bank);
    for (auto now = at(0ms); now < at(3s); now += 10ms) {
      while (engine.next(now)) {
      }
    }
    together += engine.tally().phases[0].counts().abandoned;
  }
  CHECK(together == alone.counts().abandoned);

  plan.shards = 1;
  plan.random = Random(7);
  Bench other(plan);
  hang(other);
  CHECK(other.counts().abandoned != alone.counts().abandoned);
}

TEST_CASE("without a time, callers leave at any moment of the timeout") {
  auto plan = leaving("50%", 1000);
  plan.max_in_flight = 10'000;
  Bench bench(plan);
  hang(bench);
  CHECK(bench.counts().abandoned > 400);
  const auto times = bench.engine.tally().response();
  CHECK(times.quantile(0.1) < 350ms);  // a fifth of those who leave
  CHECK(times.quantile(0.1) > 100ms);
}

TEST_CASE("a caller leaves a queue, and a wait between two attempts") {
  auto plan = leaving("after 100ms");
  plan.client = {client::BulkheadConfig{.places = 1, .queue = 10}, client::BreakerConfig{},
                 client::TimeoutConfig{1s}};
  Bench queued(plan);
  CHECK(hang(queued, 50ms).size() == 1);
  CHECK(hang(queued).size() <= 10);
  CHECK(queued.counts().abandoned == 10);
  CHECK(queued.engine.done());

  plan.client = {client::RetryConfig{.most = 5, .backoff = {.delay = 500ms}},
                 client::BreakerConfig{}, client::TimeoutConfig{1s}};
  Bench retried(plan);
  std::uint64_t sent = 0;
  for (auto now = at(0ms); now < at(3s); now += 10ms) {
    for (const auto& attempt : retried.actions(now)) {
      ++sent;
      retried.engine.finished(attempt.slot, {CallEnd::Kind::reset, 0}, now);
    }
  }
  CHECK(sent == 10);
  CHECK(retried.counts().abandoned == 10);
}

TEST_CASE("a worker whose caller has left thinks and calls again") {
  load::ClosedLoop loop{.workers = 1};
  loop.think = DurationDistribution::fixed(100ms);
  auto plan = closed_loop(loop, 1s);
  plan.abandonment = load::leaving_after(100ms);
  Bench bench(plan);
  hang(bench);
  CHECK(bench.counts().calls == 5);
  CHECK(bench.counts().abandoned == 5);
}

TEST_CASE("what the breaker makes of it is its dialect's, or the policy's") {
  const auto opens = [](breaker::OnCancel told) {
    auto plan = leaving("after 50ms");
    plan.client = {
        client::with_cancelled({.choice = choice("classic,failures=3,timeout=1h")}, told),
        client::TimeoutConfig{1s}};
    Bench bench(plan, "classic,failures=3,timeout=1h");
    return hang(bench).size() == 3;
  };
  CHECK(opens(breaker::OnCancel::failure));
  CHECK_FALSE(opens(breaker::OnCancel::success));
  CHECK_FALSE(opens(breaker::OnCancel::ignored));
  CHECK_FALSE(opens(breaker::OnCancel::nothing));
}

TEST_CASE("a breaker that never hears of a trial call that was given up waits for it for ever") {
  const std::string gobreaker = "gobreaker,ReadyToTrip=ConsecutiveFailures >= 1,Timeout=200ms";
  const auto sent = [&](breaker::OnCancel told) {
    auto plan = leaving("after 50ms");
    plan.client = {client::with_cancelled({.choice = choice(gobreaker)}, told),
                   client::TimeoutConfig{1s}};
    Bench bench(plan, gobreaker);
    const auto first = bench.actions(at(0ms));
    REQUIRE(first.size() == 1);
    bench.engine.finished(first[0].slot, {CallEnd::Kind::reset, 0}, at(1ms));
    return hang(bench).size();
  };
  CHECK(sent(breaker::OnCancel::nothing) == 1);
  CHECK(sent(breaker::OnCancel::ignored) > 1);
}
