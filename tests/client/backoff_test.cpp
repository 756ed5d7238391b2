// Waits before retries: how they grow, and what chance does to them.

#include "client/backoff.hpp"

#include <cmath>
#include <vector>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using client::Backoff;
using client::wait_before;

namespace {

constexpr Backoff::Jitter every_jitter[] = {Backoff::Jitter::none,   Backoff::Jitter::full,
                                            Backoff::Jitter::equal,  Backoff::Jitter::decorrelated,
                                            Backoff::Jitter::spread, Backoff::Jitter::median,
                                            Backoff::Jitter::range};
constexpr Backoff::Growth every_growth[] = {Backoff::Growth::constant, Backoff::Growth::linear,
                                            Backoff::Growth::exponential};

// The waits before the first `n` retries of one call, with chance of this seed.
std::vector<Duration> waits(const Backoff& backoff, std::uint32_t n, std::uint64_t seed) {
  Random random(seed);
  double memory = 0;
  std::vector<Duration> all;
  for (std::uint32_t retry = 0; retry < n; ++retry) {
    all.push_back(wait_before(backoff, retry, memory, [&] { return random.unit(); }));
  }
  return all;
}

// The wait before retry `n` of a call, when each draw is this.
Duration wait(const Backoff& backoff, std::uint32_t n, double draw) {
  double memory = 0;
  Duration last{};
  for (std::uint32_t retry = 0; retry <= n; ++retry) {
    last = wait_before(backoff, retry, memory, [&] { return draw; });
  }
  return last;
}

constexpr double nearly_one = 1 - 0x1.0p-53;

struct Many {
  double least = 1e300;
  double mean = 0;
  double most = 0;
};

// In milliseconds, of the wait before retry `n` of very many calls.
Many many(const Backoff& backoff, std::uint32_t n) {
  constexpr int calls = 20'000;
  Many seen;
  for (std::uint64_t seed = 0; seed < calls; ++seed) {
    const auto ms = to_milliseconds(waits(backoff, n + 1, seed).back());
    seen.least = std::min(seen.least, ms);
    seen.most = std::max(seen.most, ms);
    seen.mean += ms / calls;
  }
  return seen;
}

constexpr Backoff doubling(Backoff::Jitter jitter) {
  return {.growth = Backoff::Growth::exponential, .delay = 100ms, .jitter = jitter};
}

}  // namespace

TEST_CASE("waits are constant, grow by the delay, or double") {
  const auto of = [](Backoff::Growth growth) {
    return waits({.growth = growth, .delay = 100ms}, 4, 0);
  };
  CHECK(of(Backoff::Growth::constant) == std::vector<Duration>{100ms, 100ms, 100ms, 100ms});
  CHECK(of(Backoff::Growth::linear) == std::vector<Duration>{100ms, 200ms, 300ms, 400ms});
  CHECK(of(Backoff::Growth::exponential) == std::vector<Duration>{100ms, 200ms, 400ms, 800ms});
}

TEST_CASE("full jitter lies evenly between nothing and what the wait grew to") {
  CHECK(wait(doubling(Backoff::Jitter::full), 2, 0) == 0ms);
  CHECK(wait(doubling(Backoff::Jitter::full), 2, 0.25) == 100ms);
  const auto seen = many(doubling(Backoff::Jitter::full), 2);
  CHECK(seen.least < 1);
  CHECK(seen.mean == Approx(200).margin(4));
  CHECK((seen.most > 399 && seen.most < 400));
}

TEST_CASE("equal jitter lies evenly in the upper half of what the wait grew to") {
  CHECK(wait(doubling(Backoff::Jitter::equal), 2, 0) == 200ms);
  CHECK(wait(doubling(Backoff::Jitter::equal), 2, 0.25) == 250ms);
  const auto seen = many(doubling(Backoff::Jitter::equal), 2);
  CHECK((seen.least >= 200 && seen.least < 201));
  CHECK(seen.mean == Approx(300).margin(2));
  CHECK((seen.most > 399 && seen.most < 400));
}

TEST_CASE("decorrelated jitter lies evenly between the delay and three times the wait before") {
  const auto backoff = doubling(Backoff::Jitter::decorrelated);
  CHECK(wait(backoff, 0, 0) == 100ms);
  CHECK(wait(backoff, 5, 0) == 100ms);
  CHECK(wait(backoff, 0, 0.5) == 200ms);  // between 100 and 300
  CHECK(wait(backoff, 1, 0.5) == 350ms);  // between 100 and 600
  CHECK(wait(backoff, 2, 0.5) == 575ms);  // between 100 and 1050
  const auto first = many(backoff, 0);
  CHECK((first.least >= 100 && first.least < 101));
  CHECK(first.mean == Approx(200).margin(2));
  CHECK((first.most > 299 && first.most < 300));
  const auto second = many(backoff, 1);
  CHECK(second.mean == Approx(350).margin(5));
  CHECK((second.most > 850 && second.most < 900));
}

TEST_CASE("decorrelated jitter goes on from the wait that was kept to the longest") {
  auto backoff = doubling(Backoff::Jitter::decorrelated);
  backoff.most = 200ms;
  CHECK(wait(backoff, 1, 0.9) == 200ms);
  double memory = 0;
  (void)wait_before(backoff, 0, memory, [] { return 0.9; });            // 280, kept to 200
  CHECK(wait_before(backoff, 1, memory, [] { return 0.1; }) == 150ms);  // between 100 and 600
}

TEST_CASE("spread jitter is a quarter more or less at most, around what the wait grew to") {
  CHECK(wait(doubling(Backoff::Jitter::spread), 2, 0) == 300ms);
  CHECK(wait(doubling(Backoff::Jitter::spread), 2, 0.5) == 400ms);
  const auto seen = many(doubling(Backoff::Jitter::spread), 2);
  CHECK(seen.least >= 300);
  CHECK(seen.mean == Approx(400).margin(2));
  CHECK(seen.most < 500);
}

TEST_CASE("median jitter waits as long in all as the sum that its curve has") {
  const auto backoff = doubling(Backoff::Jitter::median);
  // The waits are the steps of a curve, so that they add up to where it stands.
  Duration sum{};
  for (const auto one : waits(backoff, 6, 7)) {
    CHECK(one >= 0ms);
    sum += one;
  }
  Random random(7);
  double t = 0;
  for (int i = 0; i < 6; ++i) {
    t = i + random.unit();
  }
  CHECK(to_milliseconds(sum) ==
        Approx(100 * std::exp2(t) * std::tanh(std::sqrt(4 * t)) / 1.4).epsilon(1e-6));
}

TEST_CASE("the median of median jitter's first wait is a tenth below the delay") {
  std::uint64_t below = 0;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    below += waits(doubling(Backoff::Jitter::median), 1, seed)[0] < 90ms ? 1U : 0U;
  }
  CHECK((below > 4500 && below < 5500));
}

TEST_CASE("the same draws make the same waits, and others make others") {
  for (const auto jitter : every_jitter) {
    CHECK(waits(doubling(jitter), 8, 1) == waits(doubling(jitter), 8, 1));
    CHECK((waits(doubling(jitter), 8, 1) == waits(doubling(jitter), 8, 2)) ==
          (jitter == Backoff::Jitter::none));
  }
}

TEST_CASE("each wait draws once with jitter, and never without") {
  for (const auto growth : every_growth) {
    for (const auto jitter : every_jitter) {
      int draws = 0;
      double memory = 0;
      const auto draw = [&] {
        ++draws;
        return 0.5;
      };
      for (std::uint32_t n = 0; n < 5; ++n) {
        (void)wait_before({.growth = growth, .delay = 1ms, .jitter = jitter}, n, memory, draw);
      }
      CHECK(draws == (jitter == Backoff::Jitter::none ? 0 : 5));
    }
  }
}

TEST_CASE("no wait is longer than the longest, whatever chance says, and some are as long") {
  for (const auto growth : every_growth) {
    for (const auto jitter : every_jitter) {
      const Backoff backoff{.growth = growth, .delay = 100ms, .most = 250ms, .jitter = jitter};
      Duration longest{};
      for (std::uint64_t seed = 0; seed < 200; ++seed) {
        for (const auto one : waits(backoff, 8, seed)) {
          CHECK((one >= 0ms && one <= 250ms));
          longest = std::max(longest, one);
        }
      }
      const bool grows = growth != Backoff::Growth::constant;
      if (grows && jitter != Backoff::Jitter::full && jitter != Backoff::Jitter::equal) {
        CHECK(longest == 250ms);
      }
    }
  }
}

TEST_CASE("the jitters of a longest wait lie below it, instead of at it most of the time") {
  auto full = doubling(Backoff::Jitter::full);
  full.most = 250ms;
  CHECK(wait(full, 5, 0.5) == 125ms);
  auto equal = doubling(Backoff::Jitter::equal);
  equal.most = 250ms;
  CHECK(wait(equal, 5, 0.5) == 187'500us);
}

TEST_CASE("the thousandth retry, and the last that can be counted, wait a time that can be added") {
  for (const auto growth : every_growth) {
    for (const auto jitter : every_jitter) {
      for (const Duration delay : {Duration(1ns), Duration(2s), Duration(24h)}) {
        const Backoff backoff{.growth = growth, .delay = delay, .jitter = jitter};
        for (const double draw : {0.0, 0.5, nearly_one}) {
          const auto thousandth = wait(backoff, 1000, draw);
          CHECK((thousandth >= 0ns && thousandth <= 100'000h));
          double memory = 0;
          const auto last = wait_before(backoff, 4'294'967'295, memory, [&] { return draw; });
          CHECK((last >= 0ns && last <= 100'000h));
        }
      }
    }
  }
  CHECK(wait(doubling(Backoff::Jitter::none), 1000, 0) == 100'000h);
  CHECK(wait(doubling(Backoff::Jitter::spread), 2000, 0.5) == 100'000h);
  CHECK(wait(doubling(Backoff::Jitter::median), 2000, 0.5) == 100'000h);
}

TEST_CASE("a range adds or takes away whole grains, and never waits less than nothing") {
  const auto waits = [](Duration delay, double drawn) {
    double memory = 0;
    return client::wait_before({.growth = Backoff::Growth::constant,
                                .delay = delay,
                                .jitter = Backoff::Jitter::range,
                                .range = 200ms,
                                .grain = 1ms},
                               0, memory, [drawn] { return drawn; });
  };
  CHECK(waits(500ms, 0) == 300ms);
  CHECK(waits(500ms, 0.5) == 500ms);  // one of 401
  CHECK(waits(500ms, 0.999999) == 700ms);
  CHECK(waits(0ms, 0.499) == 0ms);  // MicroProfile's default: half of them do not wait
  CHECK(waits(0ms, 0.502) == 1ms);
  CHECK(waits(0ms, 0.999999) == 200ms);
}

TEST_CASE("a delay of zero never waits and never draws, but in a range") {
  for (const auto growth : every_growth) {
    for (const auto jitter : every_jitter) {
      if (jitter == Backoff::Jitter::range) {
        continue;  // it adds to a wait of nothing
      }
      double memory = 0;
      const auto never_drawn = []() -> double { throw 0; };
      CHECK(wait_before({.growth = growth, .delay = 0ms, .jitter = jitter}, 9, memory,
                        never_drawn) == 0ms);
    }
  }
}
