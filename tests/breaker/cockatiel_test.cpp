// cockatiel 4.0.0 and 3.2.1; see also the recorded traces in tests/golden/traces.

#include <chrono>
#include <cmath>
#include <set>
#include <string>

#include "breaker/dialects/cockatiel_backoff.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::CockatielBackoffConfig;
using breaker::State;
using std::chrono::milliseconds;

namespace {

// The late failures of D and E; what the two versions do after the second differs.
const std::string reopened_by_late_failures =
    "0 start A -> admit ; closed\n"
    "0 start B -> admit ; closed\n"
    "0 start C -> admit ; closed\n"
    "0 start D -> admit ; closed\n"
    "0 start E -> admit ; closed\n"
    "10 end A fail ; closed\n"
    "20 end B fail ; open\n"
    "30 end C ok ; open\n"
    "1019 start F -> reject(BrokenCircuitError) ; open\n"
    "1020 start G -> admit ; half_open\n"
    "1021 start H -> wait ; half_open\n"
    "1030 end D fail ; half_open\n"
    "1040 end E fail ; open\n";

constexpr auto two_in_a_row = ",breaker.threshold=2,halfOpenAfter=1s";

// The open times of a breaker that fails every trial, the first ones.
std::vector<double> delays(const CockatielBackoffConfig& config, int n, std::uint64_t seed = 1) {
  const auto backoff = make_cockatiel_backoff(config, Random(seed));
  std::vector<double> delays{backoff->first_ms()};
  while (static_cast<int>(delays.size()) < n) {
    delays.push_back(backoff->next_ms());
  }
  return delays;
}

}  // namespace

TEST_CASE("cockatiel's callers wait for the verdict of the half-open state") {
  const std::string life = reopened_by_late_failures +
                           "1040 resume H -> reject(BrokenCircuitError) ; open\n"
                           "1050 end G ok ; open\n"
                           "2040 start I -> admit ; half_open\n"
                           "2041 start J -> wait ; half_open\n"
                           "2050 end I ok ; closed\n"
                           "2050 resume J -> admit ; closed\n";
  CHECK(play(*make_breaker(std::string("cockatiel") + two_in_a_row), life) == life);
}

TEST_CASE("cockatiel3's callers wait for the end of the trial, whatever the verdict") {
  const std::string life = reopened_by_late_failures +
                           "1050 end G ok ; open\n"
                           "1050 resume H -> reject(BrokenCircuitError) ; open\n";
  CHECK(play(*make_breaker(std::string("cockatiel3") + two_in_a_row), life) == life);
}

TEST_CASE("cockatiel3 closes on the success of a trial of an earlier half-open state") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "1 end A fail ; open\n"
      "101 start C -> admit ; half_open\n"
      "110 end B fail ; open\n"
      "210 start D -> admit ; half_open\n"
      "211 start E -> wait ; half_open\n"
      "220 end C ok ; closed\n"
      "221 start F -> admit ; closed\n"
      "230 end D fail ; open\n"
      "230 resume E -> reject(BrokenCircuitError) ; open\n";
  CHECK(play(*make_breaker("cockatiel3,breaker.threshold=1,halfOpenAfter=100ms"), life) == life);
}

TEST_CASE("cockatiel3's waiting caller can become the trial, and the next waits for it") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "1 end A fail ; open\n"
      "101 start C -> admit ; half_open\n"
      "102 start D -> wait ; half_open\n"
      "103 start E -> wait ; half_open\n"
      "110 end B fail ; open\n"
      "210 end C ok ; open\n"
      "210 resume D -> admit ; half_open\n"
      "215 end D ok ; closed\n"
      "215 resume E -> admit ; closed\n";
  CHECK(play(*make_breaker("cockatiel3,breaker.threshold=1,halfOpenAfter=100ms"), life) == life);
}

TEST_CASE("cockatiel tolerates failed trials up to its share and waits for all to end") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "100 start B -> admit ; half_open\n"
      "100 start C -> admit ; half_open\n"
      "100 start D -> admit ; half_open\n"
      "100 start E -> admit ; half_open\n"
      "101 start F -> wait ; half_open\n"
      "110 end B fail ; half_open\n"
      "110 end C fail ; half_open\n"
      "110 end D ok ; half_open\n"
      "120 end E ok ; closed\n"
      "120 resume F -> admit ; closed\n";
  const std::string settings =
      "cockatiel,breaker.threshold=1,halfOpenAfter=100ms,halfOpenSampling.calls=4,"
      "halfOpenSampling.threshold=";
  CHECK(play(*make_breaker(settings + "0.5"), life) == life);
  const auto stricter = make_breaker(settings + "0.49");
  play(*stricter, life);
  CHECK(stricter->take_transitions().back().to == State::open);
}

TEST_CASE("cockatiel's half-open ends at the very instant, in whole milliseconds") {
  const auto breaker = make_breaker("cockatiel,breaker.threshold=1,halfOpenAfter=100ms");
  fail(*breaker, TimePoint{std::chrono::microseconds(900)});
  CHECK(rejects(*breaker, TimePoint{std::chrono::microseconds(99'999)}));
  CHECK_FALSE(rejects(*breaker, at_ms(100)));
}

TEST_CASE("cockatiel takes each reopening's next delay, and the first after a close") {
  const auto breaker = make_breaker(
      "cockatiel,breaker.threshold=1,halfOpenAfter.type=IterableBackoff,"
      "halfOpenAfter.durations=100ms/300ms");
  fail(*breaker, at_ms(0));
  fail(*breaker, at_ms(100));
  CHECK(rejects(*breaker, at_ms(399)));
  fail(*breaker, at_ms(400));
  CHECK(rejects(*breaker, at_ms(699)));
  succeed(*breaker, at_ms(700));
  fail(*breaker, at_ms(700));
  CHECK(rejects(*breaker, at_ms(799)));
  CHECK_FALSE(rejects(*breaker, at_ms(800)));
}

TEST_CASE("cockatiel's generators without decorrelation double, whatever the exponent is") {
  using Generator = CockatielBackoffConfig::Generator;
  CockatielBackoffConfig config{.generator = Generator::no_jitter,
                                .initial_delay_ms = 100,
                                .max_delay_ms = 1000,
                                .exponent = 3};
  const std::vector<double> doubled{100, 200, 400, 800, 1000};
  CHECK(delays(config, 5) == doubled);
  for (const auto generator : {Generator::full_jitter, Generator::half_jitter}) {
    config.generator = generator;
    const double least = generator == Generator::full_jitter ? 0 : 0.5;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const auto drawn = delays(config, 5, seed);
      for (std::size_t i = 0; i < drawn.size(); ++i) {
        CHECK(drawn[i] >= least * doubled[i]);
        CHECK(drawn[i] < doubled[i]);
        CHECK(drawn[i] == std::floor(drawn[i]));
      }
    }
  }
}

TEST_CASE("cockatiel's decorrelated delays add up to what a draw alone would give") {
  // Each delay is the step from one value of the formula to the next, so that the sum of n of them
  // tells the last value: between the formula's for n - 1 and for n.
  const auto formula = [](double t) {
    return std::pow(2, t) * std::tanh(std::sqrt(4 * t)) / 1.4 * 128;
  };
  std::set<double> firsts;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto drawn = delays({}, 5, seed);
    double sum = 0;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      sum += drawn[i];
      CHECK(sum >= formula(static_cast<double>(i)) - 1e-6);
      CHECK(sum <= formula(static_cast<double>(i + 1)) + 1e-6);
    }
    firsts.insert(drawn.front());
  }
  CHECK(firsts.size() == 100);
  const auto again = breaker::make_cockatiel_backoff({}, Random(1));
  for (int i = 0; i < 100; ++i) {
    const double first = again->first_ms();
    CHECK(first > 0);
    CHECK(first <= formula(1));
    CHECK(again->next_ms() <= formula(2));
  }
  CHECK(delays({.max_delay_ms = 200}, 6).back() == 200);
}

TEST_CASE("cockatiel's SamplingBreaker still counts failures of minutes ago after a pause") {
  const auto breaker = make_breaker(
      "cockatiel,breaker.type=SamplingBreaker,breaker.threshold=0.2,breaker.duration=5s,"
      "breaker.minimumRps=1");
  for (const int t : {0, 100, 200, 300}) {
    fail(*breaker, at_ms(t));
  }
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at_ms(300'000));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("cockatiel's CountBreaker multiplies in double, and opens at some equalities") {
  const auto opens_at = [](const std::string& threshold, int failures, int calls) {
    const auto breaker =
        make_breaker("cockatiel,breaker.type=CountBreaker,breaker.threshold=" + threshold +
                     ",breaker.size=" + std::to_string(calls));
    for (int i = failures; i < calls; ++i) {
      succeed(*breaker, at_ms(0));
    }
    for (int i = 0; i < failures; ++i) {
      fail(*breaker, at_ms(0));
    }
    return breaker->state() == State::open;
  };
  CHECK(opens_at("0.58", 29, 50));
  CHECK_FALSE(opens_at("0.5", 25, 50));
  CHECK(opens_at("0.5", 26, 50));
}

TEST_CASE("cockatiel refuses what its constructors refuse, and keys of what is not chosen") {
  const auto message = [](const std::string& settings) {
    const auto parsed = breaker::parse_choice("cockatiel," + settings);
    return parsed.ok() ? "accepted" : parsed.error().message;
  };
  CHECK(message("breaker.type=CountBreaker,breaker.size=10") ==
        "breaker.threshold: breaker.type=CountBreaker needs it");
  CHECK(message("breaker.type=CountBreaker,breaker.threshold=1,breaker.size=10") ==
        "breaker.threshold: 1 is not a valid share of calls");
  CHECK(message("breaker.type=CountBreaker,breaker.threshold=0.5,breaker.size=10,"
                "breaker.minimumNumberOfCalls=11") ==
        "breaker.minimumNumberOfCalls: 11 is more than breaker.size=10");
  CHECK(message("breaker.size=10") ==
        "breaker.size: belongs to breaker.type=CountBreaker, which is not chosen");
  CHECK(
      message("halfOpenAfter.interval=1s") ==
      "halfOpenAfter.interval: belongs to halfOpenAfter.type=ConstantBackoff, which is not chosen");
  CHECK(message("halfOpenAfter=1s,halfOpenAfter.type=ConstantBackoff,halfOpenAfter.interval=1s") ==
        "halfOpenAfter: it is given both as a duration and as halfOpenAfter.type");
  CHECK(message("halfOpenSampling.threshold=1") ==
        "halfOpenSampling.threshold: no share of failed trials can be above 1");
  CHECK(message("breaker.threshold=-3") == "accepted");
  CHECK_FALSE(breaker::parse_choice("cockatiel3,halfOpenSampling.calls=2").ok());
}

TEST_CASE("cockatiel warns of numbers that are not what they seem") {
  const auto warned = [](const std::string& settings) {
    const auto warnings = choice("cockatiel" + settings).warnings({});
    return warnings.empty() ? "" : warnings.front().key + " " + warnings.front().reason;
  };
  CHECK(warned("").empty());
  CHECK(warned(",breaker.threshold=2.5") ==
        "breaker.threshold 2.5 is used as it is, and opens on failure 3 in a row");
  CHECK(warned(",breaker.type=SamplingBreaker,breaker.threshold=0.2,breaker.duration=30s") ==
        "breaker.minimumRps without a value, or with 0, it becomes 5/threshold = 25 calls per "
        "second: 750 in 30s");
  const std::string exponential = ",halfOpenAfter.type=ExponentialBackoff,halfOpenAfter.exponent=3";
  CHECK(warned(exponential).empty());
  CHECK_THAT(warned(exponential + ",halfOpenAfter.generator=noJitterGenerator"),
             StartsWith("halfOpenAfter.exponent has no effect"));
}

TEST_CASE("cockatiel with an empty IterableBackoff is half-open at the next call") {
  const auto breaker = make_breaker(
      "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,"
      "halfOpenAfter.type=IterableBackoff,halfOpenAfter.durations=/");
  fail(*breaker, at(std::chrono::seconds(1)));
  CHECK(breaker->state() == State::open);
  acquire(*breaker, at(std::chrono::seconds(1)));
  CHECK(breaker->state() == State::half_open);
}
