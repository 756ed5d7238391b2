#include "client/budget.hpp"

#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using client::Budget;
using client::RetryBudget;
using client::RetryCause;

namespace {

// How many of `calls` calls, one each `gap`, may be tried again when all of them fail.
int retries_of(RetryBudget& budget, int calls, Duration gap, TimePoint from = TimePoint{}) {
  int retries = 0;
  for (int i = 0; i < calls; ++i) {
    const auto now = from + i * gap;
    budget.begun(now);
    const bool again = budget.allows_retry(RetryCause::failure, now);
    retries += again ? 1 : 0;
    if (again) {
      budget.retry_over(/*succeeded=*/false, RetryCause::failure);
    }
    budget.over(/*succeeded=*/false, again ? 1 : 0);
  }
  return retries;
}

}  // namespace

TEST_CASE("without a budget every failure may be tried again") {
  RetryBudget budget(Budget{});
  CHECK(retries_of(budget, 1000, 1ms) == 1000);
}

TEST_CASE("a bucket allows its cap and then a retry for so many calls") {
  RetryBudget budget({.kind = Budget::Kind::bucket, .ratio = 0.125, .tokens = 5});
  CHECK(retries_of(budget, 1000, 1ms) == 129);  // 5 at first, of which the last call added a part
  CHECK(retries_of(budget, 800, 1ms, at(1s)) == 100);
}

TEST_CASE("a ratio allows its minimum per second and a share of the calls of its window") {
  RetryBudget budget({.kind = Budget::Kind::ratio, .ratio = 0.25, .least_per_second = 10});
  // The first window: 100 in reserve, and a quarter of 1,000 calls.
  CHECK(retries_of(budget, 1000, 10ms) == 350);
  RetryBudget bare({.kind = Budget::Kind::ratio, .ratio = 0.25, .least_per_second = 0});
  CHECK(retries_of(bare, 1000, 10ms) == 250);
}

TEST_CASE("a ratio forgets calls that are older than its window") {
  RetryBudget budget({.kind = Budget::Kind::ratio, .ratio = 0.5, .least_per_second = 0});
  for (int i = 0; i < 100; ++i) {
    budget.begun(at(i * 1ms));
    budget.over(true, 0);
  }
  CHECK(budget.allows_retry(RetryCause::failure, at(5s)));
  CHECK_FALSE(budget.allows_retry(RetryCause::failure, at(11s)));
}

TEST_CASE("a share of the calls under way bounds the retries under way") {
  RetryBudget budget({.kind = Budget::Kind::active, .ratio = 0.25, .least_active = 3});
  for (int i = 0; i < 20; ++i) {
    budget.begun(TimePoint{});
  }
  int allowed = 0;
  for (int i = 0; i < 20; ++i) {
    allowed += budget.allows_retry(RetryCause::failure, TimePoint{}) ? 1 : 0;
  }
  CHECK(allowed == 5);
  budget.retry_over(false, RetryCause::failure);
  CHECK(budget.allows_retry(RetryCause::failure, TimePoint{}));
  for (int i = 0; i < 19; ++i) {
    budget.over(false, 0);
  }
  for (int i = 0; i < 3; ++i) {
    budget.retry_over(false, RetryCause::failure);
  }
  CHECK(budget.allows_retry(RetryCause::failure,
                            TimePoint{}));  // of two under way, to the least of three
  CHECK_FALSE(budget.allows_retry(RetryCause::failure, TimePoint{}));
}

TEST_CASE("gRPC tries again while more than half of the tokens are left") {
  RetryBudget budget({.kind = Budget::Kind::grpc, .ratio = 0.5, .tokens = 10});
  CHECK(retries_of(budget, 10, 1ms) == 4);  // 9, 8, 7, 6, and then 5, 4, ... 0
  for (int i = 0; i < 12; ++i) {
    budget.begun(at(1s));
    budget.over(/*succeeded=*/true, 0);
  }
  budget.begun(at(2s));
  CHECK_FALSE(budget.allows_retry(RetryCause::failure, at(2s)));  // 6 - 1
  for (int i = 0; i < 3; ++i) {
    budget.begun(at(3s));
    budget.over(/*succeeded=*/true, 0);
  }
  CHECK(budget.allows_retry(RetryCause::failure, at(3s)));  // 6.5 - 1
}

TEST_CASE("the AWS SDKs pay 5 tokens for a retry and 10 after a timeout, of 500") {
  RetryBudget budget({.kind = Budget::Kind::aws});
  CHECK(retries_of(budget, 200, 1ms) == 100);
  RetryBudget timeouts({.kind = Budget::Kind::aws});
  int allowed = 0;
  for (int i = 0; i < 100; ++i) {
    allowed += timeouts.allows_retry(RetryCause::timeout, TimePoint{}) ? 1 : 0;
  }
  CHECK(allowed == 50);
  timeouts.retry_over(/*succeeded=*/true, RetryCause::timeout);
  CHECK(timeouts.allows_retry(RetryCause::timeout, TimePoint{}));
  CHECK_FALSE(timeouts.allows_retry(RetryCause::failure, TimePoint{}));
  for (int i = 0; i < 5; ++i) {
    timeouts.begun(TimePoint{});
    timeouts.over(/*succeeded=*/true, 0);
  }
  CHECK(timeouts.allows_retry(RetryCause::failure, TimePoint{}));
}

TEST_CASE("since 2026 the AWS SDKs pay 14 tokens for a retry, and 5 where they are throttled") {
  const Budget costs{.kind = Budget::Kind::aws, .cost = 14, .timeout_cost = 14};
  const auto allowed = [&](RetryCause cause) {
    RetryBudget budget(costs);
    int retries = 0;
    while (budget.allows_retry(cause, TimePoint{})) {
      ++retries;
    }
    return retries;
  };
  CHECK(allowed(RetryCause::failure) == 35);  // 490 of 500
  CHECK(allowed(RetryCause::timeout) == 35);
  CHECK(allowed(RetryCause::throttling) == 100);
}

TEST_CASE("a 429 is throttling to a budget, and its retry gives back what it has cost") {
  auto config = retry(1, 0ms);
  config.rules = EndingRules(OutcomeRules().with(*parse_outcome_changes("429=failure")));
  config.budget = {
      .kind = Budget::Kind::aws, .cost = 500, .timeout_cost = 500, .throttling_cost = 300};
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 429);
  rig.reply("0.2", 200);
  CHECK(rig.did() == "send 0.1, send 0.2, 0: 200");
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.reply("0.2", 503);
  CHECK(rig.did() == "send 0.1, send 0.2, 0: 503");
  rig.begin(0);
  rig.reply("0.1", 429);
  CHECK(rig.did() == "send 0.1, 0: 429");
}

namespace {

// Tries a call again once, after 100 ms, if the share of the calls under way allows it.
RetryConfig of_active(double ratio, std::uint32_t least) {
  auto config = retry(1);
  config.budget = {.kind = Budget::Kind::active, .ratio = ratio, .least_active = least};
  return config;
}

}  // namespace

TEST_CASE("a retry holds its place in the budget from its wait to its end") {
  Rig rig({of_active(0, 1)});
  rig.begin(0);
  rig.reply("0.1", 500);
  rig.begin(1);
  rig.reply("1.1", 500);
  CHECK(rig.did() == "send 0.1, send 1.1, 1: 500");
  rig.to(100);
  rig.begin(2);
  rig.reply("2.1", 500);
  CHECK(rig.did() == "send 0.2, send 2.1, 2: 500");
  rig.reply("0.2", 200);
  rig.begin(3);
  rig.reply("3.1", 500);
  rig.to(200);
  CHECK(rig.did() == "0: 200, send 3.1, send 3.2");
}

TEST_CASE("a call that is given up while it waits gives its place in the budget back") {
  Rig rig({of_active(0, 1)});
  rig.begin(0);
  rig.reply("0.1", 500);
  rig.gone(0);
  rig.begin(1);
  rig.reply("1.1", 500);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, 0: cancelled, send 1.1, send 1.2");
}

TEST_CASE("a call that was given up is not under way any more") {
  Rig rig({of_active(0.5, 0)});
  for (std::uint32_t call = 0; call < 3; ++call) {
    rig.begin(call);
  }
  rig.reply("0.1", 500);
  rig.gone(0);
  CHECK(rig.did() == "send 0.1, send 1.1, send 2.1, 0: cancelled");
  rig.reply("1.1", 500);  // half of two calls is one retry
  rig.reply("2.1", 500);
  CHECK(rig.did() == "2: 500");
}
