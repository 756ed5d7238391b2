#include "sweep/race.hpp"

#include <cmath>

#include "core/random.hpp"
#include "sweep/choose.hpp"
#include "sweep/front.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using sweep::Contestant;

namespace {

constexpr std::size_t seeds = 4;

Contestant with_goals(sweep::Strata goals) {
  const auto runs = static_cast<std::uint32_t>(goals.front().size());
  return {.seeds = runs, .goal = sweep::mean_of(goals), .goals = goals, .may_satisfy = true};
}

// All of one scenario.
Contestant with_goals(const std::vector<double>& goals) {
  return with_goals(sweep::Strata{{goals.begin(), goals.end()}});
}

// A goal that lies around this mean, by chance of its own.
Contestant around(double mean, double noise, Random random) {
  std::vector<double> goals;
  for (std::size_t i = 0; i < seeds; ++i) {
    goals.push_back(mean + noise * (random.unit() - 0.5));
  }
  return with_goals(std::move(goals));
}

Contestant that_misses(Contestant contestant, double violation) {
  contestant.violation = violation;
  contestant.may_satisfy = false;
  return contestant;
}

using Indices = std::vector<std::size_t>;

Indices worth_more(const std::vector<Contestant>& contestants, double precision = 0.001) {
  return sweep::worth_more_runs(contestants, precision);
}

}  // namespace

TEST_CASE("who is worse in every run by about the same gets no more runs, however runs differ") {
  const auto best = with_goals({10, 50, 30, 90});
  const auto worse = with_goals({12, 52.1, 32, 91.9});
  const auto unclear = with_goals({9, 56, 29, 95});
  CHECK(worth_more({best, worse, unclear}) == Indices{0, 2});
}

TEST_CASE("only runs of the same seeds are compared") {
  const auto best = with_goals({10, 50, 30, 90, 10, 10, 10, 10});
  CHECK(worth_more({best, with_goals({12, 52.1, 32, 91.9})}) == Indices{0});
  // It is worse only in the runs that the other one lacks.
  CHECK(worth_more({with_goals({10, 50, 30, 90}),
                    with_goals({10, 50.1, 30, 89.9, 500, 500, 500, 501})}) == Indices{0, 1});
}

TEST_CASE("the best of a planted race hardly ever drops out, whatever the noise") {
  int dropped = 0;
  for (std::uint64_t trial = 0; trial < 1000; ++trial) {
    const auto random = Random(7).fork(trial);
    std::vector<Contestant> contestants;
    for (std::uint64_t i = 0; i < 20; ++i) {
      // The first has the best goal in truth; the others are up to twice as bad.
      contestants.push_back(around(10 + 0.5 * static_cast<double>(i), 8, random.fork(i)));
    }
    dropped += worth_more(contestants).front() != 0 ? 1 : 0;
  }
  CHECK(dropped <= 20);
}

// Two runs in each of six scenarios, which scatter differently.
Contestant in_scenarios(double mean, Random random) {
  sweep::Strata goals;
  for (const double noise : {1, 2, 4, 8, 16, 20}) {
    auto& stratum = goals.emplace_back();
    for (int run = 0; run < 2; ++run) {
      stratum.push_back(mean + noise * (random.unit() - 0.5));
    }
  }
  return with_goals(std::move(goals));
}

TEST_CASE("two runs in each scenario tell who is clearly worse, and hardly ever drop the best") {
  int dropped = 0;
  int went_on = 0;
  for (std::uint64_t trial = 0; trial < 1000; ++trial) {
    const auto random = Random(8).fork(trial);
    std::vector<Contestant> contestants;
    for (std::uint64_t i = 0; i < 20; ++i) {
      contestants.push_back(
          in_scenarios(10 + (i < 10 ? 0.5 : 4) * static_cast<double>(i), random.fork(i)));
    }
    const auto worth = worth_more(contestants);
    dropped += worth.front() != 0 ? 1 : 0;
    went_on += static_cast<int>(worth.size());
  }
  CHECK(dropped <= 20);
  CHECK(went_on < 15 * 1000);
}

TEST_CASE("that two runs are worse by exactly the same drops nobody, four do") {
  CHECK(worth_more({with_goals({{1, 1}, {5, 7}}), with_goals({{2, 2}, {6, 8}})}) == Indices{0, 1});
  CHECK(worth_more({with_goals({1, 1, 5, 7}), with_goals({2, 2, 6, 8})}) == Indices{0});
}

TEST_CASE("that two runs miss a constraint by exactly the same rules nobody out, four do") {
  const auto aims = sweep::parse_aims({.subject_to = {"opens <= 2"}}, {"down"});
  REQUIRE(aims.ok());
  CHECK(sweep::may_satisfy(aims->constraints, {sweep::mean_of({{3, 3}})}));
  CHECK_FALSE(sweep::may_satisfy(aims->constraints, {sweep::mean_of({{3, 3, 3, 3}})}));
  CHECK_FALSE(sweep::may_satisfy(aims->constraints, {sweep::mean_of({{3, 3.01}})}));
  CHECK_FALSE(sweep::may_satisfy(aims->constraints, {sweep::exactly(3)}));
}

TEST_CASE("a race of two runs is not over, however well the goals are known") {
  const auto one = with_goals({{10, 10.01}, {20, 20.01}});
  const auto like_it = with_goals({{10.01, 10}, {20.01, 20}});
  CHECK(worth_more({one, like_it}, 0.05) == Indices{0, 1});
}

TEST_CASE("if runs of only one of two say something, they are compared by their intervals") {
  const sweep::Strata all{{10, 10.1, 10, 10.1}};
  const sweep::Strata some{{20, 20.1, std::nullopt, 20.1}};
  const sweep::Strata close{{10.1, 10.2, std::nullopt, 10.2}};
  CHECK(worth_more({with_goals(all), with_goals(some), with_goals(close)}) == Indices{0, 2});
}

TEST_CASE("a goal that is no mean is compared by its intervals") {
  auto best = with_goals({10, 10, 10, 10});
  auto close = with_goals({10.5, 10.5, 10.5, 10.5});
  auto far = with_goals({20, 20, 20, 20});
  for (auto* one : {&best, &close, &far}) {
    one->goals.reset();
    one->goal.low -= 1;
    one->goal.high += 1;
  }
  CHECK(worth_more({best, close, far}) == Indices{0, 1});
}

TEST_CASE("who cannot satisfy everything races no more, though it has the best goal") {
  const Random random(1);
  CHECK(worth_more({that_misses(around(5, 1, random.fork(1)), 1), around(10, 1, random.fork(2))}) ==
        Indices{1});
}

TEST_CASE("who may still satisfy everything races on, though another one does already") {
  const Random random(1);
  auto maybe = around(5, 1, random.fork(1));
  maybe.violation = 0.1;
  CHECK(worth_more({maybe, around(10, 1, random.fork(2))}) == Indices{0, 1});
}

TEST_CASE("the race is over when the goals of all who may be chosen are known well enough") {
  const Random random(1);
  const auto known = around(10, 0.1, random.fork(1));
  const auto like_it = around(10, 0.1, random.fork(2));
  const auto open = around(11, 9, random.fork(3));  // may be the best
  CHECK(worth_more({known, like_it}, 0.05).empty());
  CHECK(worth_more({known, like_it, open}, 0.05) == Indices{0, 1, 2});
  CHECK(worth_more({known, like_it, that_misses(open, 1)}, 0.05).empty());
}

TEST_CASE("if nobody satisfies everything, the nearest race on") {
  std::vector<Contestant> contestants;
  for (int i = 0; i < 10; ++i) {
    contestants.push_back(that_misses(
        around(10 + 10 * i, 0.5, Random(1).fork(static_cast<std::uint64_t>(i))), 10 - i));
  }
  CHECK(worth_more(contestants) == Indices{5, 6, 7, 8, 9});
  CHECK(sweep::incumbent(contestants) == contestants.size());
}

TEST_CASE("the front is who is not worse in everything, equals included") {
  CHECK(sweep::front_of({{1, 3}, {2, 2}, {3, 1}, {3, 3}, {2, 2}, {2, 3}}) ==
        std::vector<bool>{true, true, true, false, true, false});
  CHECK(sweep::front_of({}).empty());
}

TEST_CASE("the knee is the one of the front that is nearest to the best of all sides") {
  const std::vector<std::vector<double>> values{{0, 10}, {2, 2}, {10, 0}, {9, 9}};
  const auto front = sweep::front_of(values);
  CHECK(sweep::knee_of(values, front) == 1);
  CHECK_FALSE(sweep::knee_of({}, {}));
}
