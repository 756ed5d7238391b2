#include "core/random.hpp"

#include <array>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using tripcurve::testing::plausible;

TEST_CASE("the same seed gives the same numbers on every machine") {
  // Written down once: a run is repeated from its seed, so these may never change.
  Random random(1);
  CHECK(random.next() == 0x5e41ab087439611eU);
  CHECK(random.next() == 0xf18d6ce93d6cf1eeU);
  CHECK(Random(1).fork("upstream/errors").fork(7).next() == 0x67c0355b91d16937U);
}

TEST_CASE("a fork does not depend on how many numbers were drawn before") {
  Random fresh(42);
  Random used(42);
  for (int i = 0; i < 10; ++i) {
    used.next();
  }
  CHECK(used.fork("a").next() == fresh.fork("a").next());
  CHECK(used.fork(3).next() == fresh.fork(3).next());
}

TEST_CASE("a fork does not move the numbers of the stream it came from") {
  Random plain(42);
  Random forked(42);
  Random child = forked.fork("a");
  child.next();
  CHECK(forked.next() == plain.next());
}

TEST_CASE("other purposes, numbers and seeds give other streams") {
  const Random root(42);
  std::set<std::uint64_t> firsts{
      Random(43).next(),    root.fork("a").next(),           root.fork("b").next(),
      root.fork("").next(), root.fork("a").fork("b").next(), root.fork("b").fork("a").next()};
  CHECK(firsts.size() == 6);
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    firsts.insert(root.fork(n).next());
  }
  CHECK(firsts.size() == 10'006);
}

TEST_CASE("draws of neighbouring forks fill the unit interval evenly") {
  const Random root = Random(42).fork("evenly");
  constexpr std::uint64_t n = 100'000;
  std::uint64_t tenths[10] = {};
  for (std::uint64_t i = 0; i < n; ++i) {
    const double u = root.fork(i).unit();
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    ++tenths[static_cast<int>(u * 10)];
  }
  for (const auto hits : tenths) {
    CHECK(plausible(hits, n, 0.1));
  }
}

TEST_CASE("numbers of neighbouring forks are the same, drawn together or one by one") {
  const Random random(11);
  std::array<double, 20> together{};
  random.units(7, together);
  for (std::size_t i = 0; i < together.size(); ++i) {
    CHECK(together[i] == random.fork(7 + i).unit());
  }
}
