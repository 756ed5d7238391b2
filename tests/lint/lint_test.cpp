#include "lint/lint.hpp"

#include <fmt/format.h>

#include "lint/policies.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Traffic;

namespace {

std::string warnings(const std::string& text, const Traffic& traffic) {
  std::string all;
  for (const auto& warning : lint::lint(choice(text), traffic)) {
    all += fmt::format("{}|{}|{}\n", warning.key, warning.reason, warning.remedy);
  }
  return all;
}

const std::string ratio =
    "gobreaker,Interval=10s,ReadyToTrip=Requests >= 100 && "
    "TotalFailures/Requests >= 0.5";

}  // namespace

namespace {

std::string policy_warnings(const client::Policies& policies) {
  std::string keys;
  for (const auto& warning : lint::lint_policies(policies)) {
    keys += (keys.empty() ? "" : " ") + warning.key + ":" + warning.reason.substr(0, 20);
  }
  return keys;
}

}  // namespace

TEST_CASE("what surprises in the policies of resilience4j is told, and not what was seen to") {
  using client::EndingRules;
  const auto failure = Outcome::failure;
  const client::BreakerConfig counts_full{.rules = EndingRules().with({.full = failure})};
  const client::BreakerConfig breaker;
  const client::TimeoutConfig timeout;
  const client::RetryConfig tries_open{.rules = EndingRules().with_open_failing()};
  CHECK(policy_warnings({tries_open, breaker, timeout}) == "retry:it stands around the");
  CHECK(policy_warnings({client::RetryConfig{}, breaker, timeout}).empty());
  CHECK(policy_warnings({counts_full, client::BulkheadConfig{}, timeout}) ==
        "bulkhead:it stands inside the");
  CHECK(policy_warnings({breaker, client::BulkheadConfig{}, timeout}).empty());
  CHECK(policy_warnings({client::BulkheadConfig{}, counts_full, timeout}).empty());
  CHECK(policy_warnings({breaker, client::TimeoutConfig{.cancels = false}}) ==
        "timeout:it gives nothing up:");
  CHECK(policy_warnings({counts_full, client::AdaptiveConfig{}, timeout}) ==
        "adaptive:it stands inside the");
  CHECK(policy_warnings({client::HedgingConfig{}, client::AdaptiveConfig{}, breaker, timeout}) ==
        "hedging:a second attempt tha");
  const auto begins_with = [](std::uint32_t initial, std::uint32_t least) {
    return client::AdaptiveConfig{.limit = client::AimdConfig{.initial = initial, .least = least}};
  };
  CHECK(policy_warnings({begins_with(20, 20), breaker, timeout}).empty());
  CHECK(policy_warnings({begins_with(200, 20), breaker, timeout}).empty());
  CHECK(policy_warnings({begins_with(19, 20), breaker, timeout}) ==
        "adaptive:it begins with a lim");
  CHECK(policy_warnings({begins_with(201, 20), breaker, timeout}) ==
        "adaptive:it begins with a lim");
  CHECK(policy_warnings({begins_with(20, 201), breaker, timeout}) ==
        "adaptive:its smallest limit o");
  const client::BreakerConfig counts_cancelled{.rules = EndingRules().with({.cancelled = failure})};
  CHECK(policy_warnings({timeout, counts_cancelled}).empty());
  CHECK(policy_warnings({timeout, breaker}) == "timeout:it stands outside th");
  CHECK(policy_warnings({breaker}).empty());  // nothing gives it up from outside
}

TEST_CASE("settings that fit their load draw no warning") {
  CHECK(warnings("classic", {.calls_per_second = 100, .timeout = 1s}).empty());
  CHECK(warnings(ratio, {.calls_per_second = 100, .timeout = 1s}).empty());
}

TEST_CASE("a minimum of calls that the rate never brings into the window is told, with numbers") {
  CHECK(warnings(ratio, {.calls_per_second = 5}) ==
        "ReadyToTrip|cannot be expected to open: it needs 100 calls in 10s, but 5/s brings only 50 "
        "calls|set it to at most 50, or use a longer window\n");
  CHECK(warnings(ratio, {.calls_per_second = 10}).empty());
}

TEST_CASE("a threshold above the outage's own errors is told") {
  CHECK_THAT(warnings(ratio, {.calls_per_second = 100, .outage_errors = .4}),
             ContainsSubstring("opens at 50% failures, but the outage has only 40%"));
  CHECK(warnings(ratio, {.calls_per_second = 100, .outage_errors = .5}).empty());
}

TEST_CASE("a row of failures that a partial outage hardly ever brings is told") {
  const Traffic partial{.calls_per_second = 100, .outage_errors = .2, .outage_length = 10s};
  CHECK_THAT(warnings("classic", partial),
             ContainsSubstring("5 failures in a row come once in 3.9e+03 calls if 20% fail"));
  CHECK(warnings("classic,failures=2", partial).empty());
}

TEST_CASE("the founding story: slow answers under the timeout open nothing") {
  const Traffic story{.calls_per_second = 100,
                      .timeout = 5s,
                      .outage_errors = 0,
                      .normal_latency = 200ms,
                      .outage_latency = 2500ms,
                      .outage_length = 60s};
  CHECK(warnings("classic", story) ==
        "|answers that take 2.5s count as successes, because they are within the timeout of 5s, so "
        "slow answers alone never open it|use a timeout below 2.5s, or a dialect that counts slow "
        "calls: resilience4j, sentinel\n");
  auto cut = story;
  cut.timeout = 1s;
  cut.outage_errors = 1;
  CHECK(warnings("classic", cut).empty());
}

TEST_CASE("a slow-call threshold that the timeout cuts off is told when somebody set it") {
  const Traffic traffic{.calls_per_second = 200, .timeout = 1s};
  CHECK_THAT(
      warnings("resilience4j,slowCallDurationThreshold=2s", traffic),
      ContainsSubstring("no call is ever slower than 2s, because the timeout of 1s ends it first"));
  CHECK(warnings("resilience4j,slowCallDurationThreshold=500ms", traffic).empty());
  CHECK(warnings("resilience4j", traffic).empty());
}

TEST_CASE("slow answers that a slow-call rule counts open it, and that is not complained of") {
  const Traffic slow{.calls_per_second = 200,
                     .timeout = 5s,
                     .outage_errors = 0,
                     .normal_latency = 8ms,
                     .outage_latency = 2500ms,
                     .outage_length = 60s};
  CHECK(warnings("resilience4j,slowCallDurationThreshold=2s", slow).empty());
  CHECK_THAT(warnings("resilience4j,slowCallDurationThreshold=3s", slow),
             ContainsSubstring("answers that take 2.5s count as successes"));
  CHECK_THAT(warnings("resilience4j", slow),
             ContainsSubstring("answers that take 2.5s count as successes"));
}

TEST_CASE("what is peculiar to a dialect is told, too") {
  CHECK_THAT(warnings("envoy,hosts=3", {}), ContainsSubstring("33.3%, more than 10%"));
}

TEST_CASE("failures that a window of time has no room for are told") {
  const std::string count = "gobreaker,Interval=10s,ReadyToTrip=TotalFailures >= 50";
  CHECK_THAT(warnings(count, {.calls_per_second = 2}),
             ContainsSubstring("it needs 50 failures in 10s, but 2/s brings only 20 calls"));
  CHECK(warnings(count, {.calls_per_second = 5}).empty());
}

namespace {

constexpr CallEnd answer(int status) {
  return {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)};
}

Traffic gone(std::vector<breaker::Uncounted> uncounted, double errors = 0) {
  return {.calls_per_second = 200,
          .timeout = 1s,
          .outage_errors = errors,
          .outage_length = 10s,
          .uncounted = std::move(uncounted)};
}

}  // namespace

TEST_CASE("answers that do not count as failures are told with what would make them count") {
  CHECK(warnings("classic", gone({{answer(404), Outcome::success, 1}})) ==
        "|a 404 does not count as a failure, and 100% of the outage's calls end this way|to count "
        "it: "
        "--counts 404=failure, or a dialect that counts it: resilience4j, "
        "resilience4j-lockfree, smallrye\n");
  CHECK_THAT(
      warnings("gobreaker", gone({{answer(429), Outcome::success, 1}})),
      ContainsSubstring("a dialect that counts it: resilience4j") && ContainsSubstring("polly"));
  CHECK_THAT(warnings("classic", gone({{answer(404), Outcome::ignored, .6},
                                       {answer(400), Outcome::success, .4}})),
             ContainsSubstring("a 404 and a 400 do not count as failures, and 100% of") &&
                 ContainsSubstring("--counts 404=failure,400=failure"));
  CHECK_THAT(warnings("polly7", gone({{{CallEnd::Kind::timeout, 0}, Outcome::ignored, 1}})),
             ContainsSubstring("a timeout does not count as a failure") &&
                 ContainsSubstring("--counts timeout=failure"));
}

TEST_CASE("what does not count is no complaint when enough of the rest does") {
  CHECK(warnings("classic", gone({{answer(404), Outcome::success, .2}}, .8)).empty());
  CHECK(warnings("none", gone({{answer(404), Outcome::success, 1}})).empty());
}

TEST_CASE("where it would not do even if it counted, that is told as well") {
  const auto both = warnings(ratio, gone({{answer(404), Outcome::success, .3}}, .1));
  CHECK_THAT(both, ContainsSubstring("a 404 does not count as a failure, and 30% of"));
  CHECK_THAT(both, ContainsSubstring("opens at 50% failures, but the outage has only 40%"));
}

TEST_CASE("slow answers that do not count are told to be both") {
  auto traffic = gone({{answer(404), Outcome::success, 1}});
  traffic.timeout = 5s;
  traffic.outage_latency = 2s;
  CHECK_THAT(warnings("classic", traffic), ContainsSubstring("a 404 does not count") &&
                                               ContainsSubstring("answers that take 2s"));
  CHECK(warnings("resilience4j,slowCallDurationThreshold=1s", traffic).empty());
}

TEST_CASE("lint ends soon and says something finite, whatever the numbers") {
  for (const auto* text :
       {"classic,failures=2147483647", "polly,SamplingDuration=24h,MinimumThroughput=2147483647",
        "hystrix", "resilience4j,slidingWindowType=TIME_BASED,slidingWindowSize=1000000",
        "gobreaker,ReadyToTrip=ConsecutiveFailures >= 0"}) {
    INFO(text);
    const Traffic traffic{.calls_per_second = 10'000'000,
                          .normal_errors = .3,
                          .outage_errors = .5,
                          .outage_length = 1s};
    CHECK(warnings(text, traffic).find("nan") == std::string::npos);
    const auto trips = lint::false_trips(choice(text), traffic);
    CHECK((!trips || (trips->independent >= 0 && trips->independent < 1e12)));
  }
}

TEST_CASE("false trips per month follow the closed forms, independent and bursty") {
  const auto trips =
      lint::false_trips(choice("classic"), {.calls_per_second = 100, .normal_errors = .05});
  REQUIRE(trips);
  CHECK(std::abs(trips->independent - 2.592e6 / (33684.2 + 30)) <
        0.01);  // 9.36 hours, and 30 s open
  REQUIRE(trips->bursty);
  CHECK(*trips->bursty > 500 * trips->independent);  // as often as 30 s open allow
  CHECK(lint::false_trips(choice("classic"), {.calls_per_second = 100})->independent == 0);
  CHECK_FALSE(lint::false_trips(choice("none"), {.calls_per_second = 100, .normal_errors = .05}));
  CHECK_FALSE(lint::false_trips(choice("classic"), {}));
}
