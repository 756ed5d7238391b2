#include "load/pacer.hpp"

#include <cmath>
#include <map>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using load::Arrival;
using load::OpenLoop;
using load::Pacer;

namespace {

// Ordinal and due time of every call due before `end`, over all shards.
std::map<std::uint64_t, TimePoint> calls(const OpenLoop& loop, std::uint32_t shards, TimePoint end,
                                         std::uint64_t seed = 1) {
  std::map<std::uint64_t, TimePoint> all;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    for (Pacer pacer(loop, shard, shards, Random(seed)); pacer.due() < end; pacer.advance()) {
      all[pacer.ordinal()] = pacer.due();
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a constant rate makes exactly rate times duration calls, evenly spaced") {
  const auto all = calls({Rate{200}, Arrival::constant}, 1, at(10s));
  REQUIRE(all.size() == 2000);
  CHECK(all.at(0) == at(0s));
  CHECK(all.at(1) == at(5ms));
  CHECK(all.at(1999) == at(9995ms));
}

TEST_CASE("a rate that does not divide a second builds up no error in an hour") {
  const auto all = calls({Rate{3}, Arrival::constant}, 1, at(1h));
  CHECK(all.size() == 10'800);
  CHECK(all.at(10'797) == at(3599s));
}

TEST_CASE("the number of threads does not change the intended times") {
  for (const auto arrival : {Arrival::constant, Arrival::poisson}) {
    const OpenLoop loop{Rate{777}, arrival};
    CHECK(calls(loop, 1, at(3s)) == calls(loop, 2, at(3s)));
    CHECK(calls(loop, 1, at(3s)) == calls(loop, 7, at(3s)));
  }
}

TEST_CASE("a rate below the number of threads still makes every call") {
  CHECK(calls({Rate{2}, Arrival::constant}, 8, at(10s)).size() == 20);
}

TEST_CASE("poisson arrivals have the asked mean and exponential gaps") {
  const auto all = calls({Rate{1000}, Arrival::poisson}, 1, at(20s));
  const double n = static_cast<double>(all.size());
  CHECK(std::abs(n - 20'000) < 3.29 * std::sqrt(20'000));

  // Of exponential gaps, 1/e are longer than the mean.
  double longer = 0;
  TimePoint before{};
  for (const auto& [ordinal, due] : all) {
    longer += due - before > 1ms ? 1 : 0;
    before = due;
  }
  const double p = std::exp(-1.0);
  CHECK(std::abs(longer / n - p) < 3.29 * std::sqrt(p * (1 - p) / n));
}

TEST_CASE("the same seed gives the same poisson arrivals and another seed others") {
  const OpenLoop loop{Rate{1000}, Arrival::poisson};
  CHECK(calls(loop, 1, at(1s), 1) == calls(loop, 1, at(1s), 1));
  CHECK(calls(loop, 1, at(1s), 1) != calls(loop, 1, at(1s), 2));
}

TEST_CASE("a call that is further off than time reaches is never due") {
  for (const auto arrival : {Arrival::constant, Arrival::poisson}) {
    Pacer pacer({Rate{1e-15}, arrival}, 1, 2, Random(1));
    CHECK(pacer.due() == never);
    pacer.advance();
    CHECK(pacer.due() == never);
  }
}
