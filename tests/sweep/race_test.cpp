#include "sweep/race.hpp"

#include <cmath>

#include "core/random.hpp"
#include "sweep/front.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using sweep::Contestant;
using sweep::Standing;

namespace {

// Two sides that lie around these means; the goal is the first.
Contestant around(double first, double second, double noise, Random random, int seeds = 4) {
  Contestant contestant{.sides = {{}, {}}, .goal = {}, .may_satisfy = true};
  for (int i = 0; i < seeds; ++i) {
    contestant.sides[0].push_back(first + noise * (random.unit() - 0.5));
    contestant.sides[1].push_back(second + noise * (random.unit() - 0.5));
  }
  contestant.goal = sweep::mean_of(contestant.sides[0]);
  return contestant;
}

}  // namespace

TEST_CASE("who is worse in everything beyond doubt is beaten, and nobody else") {
  const Random random(1);
  const auto found = sweep::standings(
      std::vector{around(10, 10, 1, random.fork(1)), around(20, 20, 1, random.fork(2)),
                  around(10.2, 10.2, 1, random.fork(3)), around(5, 30, 1, random.fork(4))},
      0.001);
  CHECK(found[0] == Standing::open);
  CHECK(found[1] == Standing::beaten);
  CHECK(found[2] == Standing::open);  // within the noise
  CHECK(found[3] == Standing::open);  // the best of one side
}

TEST_CASE("the best of a planted race is never beaten, whatever the noise") {
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    const auto random = Random(7).fork(trial);
    std::vector<Contestant> contestants;
    for (std::uint64_t i = 0; i < 20; ++i) {
      // The first has the best goal in truth; the others are up to twice as bad.
      contestants.push_back(around(10 + 0.5 * static_cast<double>(i), 10, 8, random.fork(i)));
    }
    CHECK(sweep::standings(contestants, 0.001)[0] != Standing::beaten);
  }
}

TEST_CASE("who may still be chosen races on, though another is better in everything") {
  const Random random(1);
  auto best = around(10, 10, 1, random.fork(1));
  best.violation = 1;
  best.may_satisfy = false;
  const auto worse = around(20, 20, 1, random.fork(2));
  CHECK(sweep::standings(std::vector{best, worse}, 0.001)[1] == Standing::open);
}

TEST_CASE("who is known well enough and would not be chosen gets no more runs") {
  const Random random(1);
  auto known = around(10, 20, 0.1, random.fork(1));
  const auto open = around(11, 10, 9, random.fork(2));  // may be the better one of the two
  // As long as it may be chosen, it is compared by the same seeds as the others.
  CHECK(sweep::standings(std::vector{known, open}, 0.05)[0] == Standing::open);
  known.violation = 1;
  known.may_satisfy = false;
  const auto found = sweep::standings(std::vector{known, open}, 0.05);
  CHECK(found[0] == Standing::precise);
  CHECK(found[1] == Standing::open);
}

TEST_CASE("if nobody satisfies everything, the nearest race on") {
  std::vector<Contestant> contestants;
  for (int i = 0; i < 10; ++i) {
    auto one = around(10 + 10 * i, 10 + 10 * i, 0.5, Random(1).fork(static_cast<std::uint64_t>(i)));
    one.violation = 10 - i;
    one.may_satisfy = false;
    contestants.push_back(std::move(one));
  }
  const auto found = sweep::standings(contestants, 0.0001);
  CHECK(found[9] == Standing::open);  // misses by least, and is worst on all sides
  CHECK(found[1] == Standing::beaten);
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
