// Expectations about a service with several dependencies.
#include "tests/expect/judging.hpp"

namespace tripcurve::expect::testing {
namespace {

using through::PhaseCounts;

// Of payments everything went out; of stock, while it failed, one call in ten.
report::Summary of_two() {
  auto summary = report::testing::summarize(story());
  for (auto& phase : summary.phases) {
    phase.through = PhaseCounts{.calls = 100, .out = 100};
    phase.upstream.emplace().requests = 100;
  }
  summary.totals.through = PhaseCounts{.calls = 300, .out = 300};
  summary.through.emplace();
  summary.facts.breakers.front().identity.name = "payments";
  summary.breakers.front().identity.name = "payments";
  summary.dependencies.push_back(
      {.name = "stock",
       .phases = {{"calm", false, {.calls = 200, .out = 200}},
                  {"stock-outage", true, {.calls = 100, .out = 10, .withheld = 90, .extra = 5}}}});
  return summary;
}

Judged of_dependencies(const std::string& text, const report::Scope& scope) {
  auto expectation = *parse_expectation(text);
  expectation.scope = scope;
  return judge(std::vector{expectation}, of_two()).front();
}

TEST_CASE("what arrives at a dependency is counted in its own phases") {
  const report::Scope outage{.phase = "stock-outage", .breaker = "stock"};
  CHECK(of_dependencies("rejected_share > 89%", outage).result == Result::pass);
  CHECK(of_dependencies("rejected_share > 91%", outage).result == Result::fail);
  CHECK(of_dependencies("upstream_requests == 15", outage).result == Result::pass);
  CHECK(of_dependencies("upstream_requests <= 15% of calls", outage).result == Result::pass);
  CHECK(of_dependencies("upstream_requests < 15% of calls", outage).result == Result::fail);
  CHECK(of_dependencies("amplification < 0.16", outage).result == Result::pass);
  CHECK(of_dependencies("rejected_share == 0%", {.phase = "calm", .breaker = "stock"}).result ==
        Result::pass);
}

TEST_CASE("an expectation that names no dependency must hold for each of them") {
  const auto judged = of_dependencies("rejected_share < 10%", {});
  CHECK(judged.result == Result::fail);
  CHECK(judged.observed == "30%");
  CHECK_THAT(judged.reason, tripcurve::testing::ContainsSubstring("stock"));
  CHECK(of_dependencies("rejected_share < 10%", {.breaker = "payments"}).result == Result::pass);
  CHECK(of_dependencies("rejected_share < 31%", {}).result == Result::pass);
}

// As observed of two dependencies, each beside what its breaker should have done.
// All answers took so much longer, and they should have for the first dependency.
Judged both_configured(const Run& second, const Run& like, const report::Scope& scope = {},
                       Duration longer = {}, Duration first_longer = {}) {
  auto summary = report::testing::summarize(story());
  summary.totals.response.p99 += longer;
  summary.through.emplace();
  summary.breakers.front().identity.name = "payments";
  const auto versus_of = [](const Run& run) {
    auto other = report::testing::summarize(run);
    return report::Versus{"classic", "simulate", other.totals, other.phases, other.breakers};
  };
  summary.versus = versus_of(story());
  summary.versus->totals.response.p99 += first_longer;
  auto stock = report::testing::summarize(second);
  stock.breakers.front().identity.name = "stock";
  summary.breakers.push_back(stock.breakers.front());
  summary.histories.push_back(stock.histories.front());
  summary.facts.breakers.push_back(stock.facts.breakers.front());
  summary.dependencies.push_back({.name = "stock", .versus = versus_of(like)});
  auto expectation = *parse_expectation("behaves_as_configured == 100%");
  expectation.scope = scope;
  return judge(std::vector{expectation}, summary).front();
}

TEST_CASE("each breaker of a service is held against the one that it should have") {
  CHECK(both_configured(story(), story()).result == Result::pass);
  auto later = story();
  for (auto& event : later.events) {
    event.transition.at += std::chrono::milliseconds(150);
  }
  const auto judged = both_configured(later, story());
  CHECK(judged.result == Result::fail);
  CHECK_THAT(judged.reason, tripcurve::testing::ContainsSubstring("stock"));
  CHECK(both_configured(later, story(), {.breaker = "stock"}).result == Result::fail);
  CHECK(both_configured(later, story(), {.breaker = "payments"}).result == Result::pass);
  CHECK(both_configured(later, later).result == Result::pass);
}

TEST_CASE("that answers wait for another dependency is no excuse for a breaker") {
  using namespace std::chrono_literals;
  auto later = story();
  for (auto& event : later.events) {
    event.transition.at += 150ms;
  }
  const auto judged = [&](Duration longer, Duration first_longer) {
    return both_configured(later, story(), {.breaker = "stock"}, longer, first_longer).result;
  };
  CHECK(judged(1s, 0s) == Result::inconclusive);
  CHECK(judged(1s, 1s) == Result::fail);
}

TEST_CASE("a phase of one dependency is no phase of the other") {
  const PhasesOf dependencies{{"payments", {"outage"}}, {"stock", {"stock-outage"}}};
  const auto with = [&](const std::string& text, const report::Scope& scope) {
    auto expectation = *parse_expectation(text);
    expectation.scope = scope;
    return without_dependency(expectation, dependencies);
  };
  const report::Scope of_stock{.phase = "stock-outage", .breaker = "stock"};
  CHECK(with("rejected < 5", of_stock)->scope == report::Scope{});
  CHECK(with("rejected < 5% of calls", {.phase = "stock-outage"})->scope == report::Scope{});
  CHECK_FALSE(with("rejected < 5", {.phase = "stock-outage", .breaker = "payments"}).ok());
  CHECK_FALSE(with("rejected < 5", {.phase = "outage", .breaker = "stock"}).ok());
  CHECK(with("opens < 5", of_stock)->scope == of_stock);
  CHECK(with("rejected < 5% of sent", of_stock)->scope == of_stock);
}

}  // namespace
}  // namespace tripcurve::expect::testing
