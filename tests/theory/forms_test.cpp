// Numbers that were computed or published elsewhere: detection, recovery, the long run, queues and
// amplification.
#include <chrono>
#include <cmath>

#include "tests/support/catch.hpp"
#include "theory/amplification.hpp"
#include "theory/binomial.hpp"
#include "theory/cycle.hpp"
#include "theory/detection.hpp"
#include "theory/queues.hpp"
#include "theory/recovery.hpp"
#include "theory/runs.hpp"

using namespace tripcurve;
using namespace tripcurve::theory;
using namespace std::chrono_literals;
using breaker::TripRule;
using tripcurve::testing::Approx;

namespace {

double opens_after(const TripRule& rule, const Steady& steady) {
  return to_seconds(mean_time_to_open(rule, steady).value());
}

}  // namespace

TEST_CASE("a hard fault is detected after so many failures, and the last one's time") {
  const TripRule five{.failures = 5};
  CHECK(opens_after(five, {100, 1, 1s}) == Approx(1.05));
  CHECK(wasted_calls(5, {100, 1, 1s}) == Approx(105));
  CHECK(opens_after(five, {10, 1, 50ms}) == Approx(.55));
  CHECK(wasted_calls(5, {10, 1, 50ms}) == Approx(5.5));
  CHECK(opens_after(five, {1, 1, 5s}) == Approx(10));
}

TEST_CASE("a partial fault is detected as late as the theory of runs says") {
  CHECK(opens_after({.failures = 5}, {100, .5, 0s}) == Approx(.62));
  CHECK(opens_after({.failures = 5}, {100, .2, 0s}) == Approx(39.05));
}

TEST_CASE("a window is detected to be full of failures when its share of it has failed") {
  const TripRule calls{.kind = TripRule::Kind::share, .share = .5, .window_calls = 100};
  CHECK(opens_after(calls, {1, 1, 0s}) == Approx(50));
  CHECK(opens_after(calls, {1, .6, 0s}) == Approx(83.33).epsilon(1e-4));
  const TripRule time{.kind = TripRule::Kind::share, .share = .5, .window = 10s};
  CHECK(opens_after(time, {100, 1, 0s}) == Approx(5));
  CHECK(opens_after(time, {100, .6, 0s}) == Approx(8.333).epsilon(1e-3));
}

TEST_CASE("instances with breakers of their own detect a fault one after the other") {
  CHECK(opens_after({.failures = 5}, {100.0 / 100, 1, 0s}) == Approx(5));
  CHECK(seconds_until_last_opens(5, 1, 100) == Approx(.05).epsilon(1e-6));
  CHECK(seconds_until_last_opens(5, 10, 100) == Approx(.887).epsilon(.01));
  CHECK(seconds_until_last_opens(5, 100, 100) == Approx(12.5).epsilon(.01));
}

TEST_CASE("recovery takes what is left of the open time, and the trials") {
  const auto closes_after = [](const Recovery& recovery) {
    return to_seconds(mean_time_to_close(recovery));
  };
  CHECK(closes_after({100, 5s, 1s, 20ms, 1}) == Approx(3.025).epsilon(1e-3));
  CHECK(closes_after({10, 5s, 50ms, 50ms, 2}) == Approx(2.776).epsilon(1e-3));
  CHECK(closes_after({100, 30s, 20ms, 20ms, 3}) == Approx(15.10).epsilon(1e-3));
  CHECK(closes_after({1, 10s, 5s, 100ms, 1}) == Approx(8.13).epsilon(1e-3));
  CHECK(calls_in_outage({100, 5s, 990ms, 20ms, 1}, 105, 61s, 1s, 1) == Approx(115));
}

TEST_CASE("in the long run a breaker rejects what its cycle says") {
  const auto run = [](double rate, std::uint64_t n, double open, std::uint64_t trials, double p) {
    return long_run(calls_until_row(n, p, p), rate, p, open, trials);
  };
  CHECK(run(100, 5, 30, 1, .2).rejected() == Approx(.48980).epsilon(1e-4));
  CHECK(run(100, 5, 30, 1, .2).trips_per_hour() == Approx(47.0).epsilon(1e-3));
  CHECK(run(100, 5, 30, 1, .5).rejected() == Approx(.98945).epsilon(1e-4));
  CHECK(run(100, 5, 30, 3, .3).rejected() == Approx(.93652).epsilon(1e-4));
  CHECK(run(10, 3, 5, 2, .5).rejected() == Approx(.90909).epsilon(1e-4));
  CHECK(run(10, 3, 5, 2, .5).trips_per_hour() == Approx(163.6).epsilon(1e-3));
}

TEST_CASE("queues are as long as Erlang, Pollaczek and Khinchine say") {
  CHECK(wait_in_line(.8, 1) == Approx(4));
  CHECK(length_of_line(.8, 1) == Approx(3.2));
  CHECK(erlang_c(8, 10) == Approx(.40918).epsilon(1e-4));
  CHECK(length_of_line(8, 10) == Approx(1.63672).epsilon(1e-5));
  CHECK(wait_in_line(8, 10) == Approx(.20459).epsilon(1e-4));
  CHECK(erlang_c(16, 20) == Approx(.25608).epsilon(1e-4));
  CHECK(length_of_line(16, 20) == Approx(1.02431).epsilon(1e-5));
  CHECK(length_of_line(45, 50) == Approx(3.27478).epsilon(1e-5));
  CHECK(length_of_line(90, 100) == Approx(1.95246).epsilon(1e-5));
  CHECK(erlang_b(8, 10) == Approx(.12166).epsilon(1e-4));
  CHECK(erlang_b(16, 20) == Approx(.06441).epsilon(1e-4));
  CHECK(erlang_b(90, 100) == Approx(.02696).epsilon(1e-3));
  CHECK(wait_for_one(.8, 0) == Approx(2));
  CHECK(wait_for_one(.8, 1) == Approx(4));
  CHECK(wait_for_one(.8, lognormal_variation(.5)) == Approx(2.5681).epsilon(1e-4));
  CHECK(wait_for_one(.8, lognormal_variation(1)) == Approx(5.4366).epsilon(1e-4));
  CHECK(wait_for_one(.8, lognormal_variation(1.5)) == Approx(18.9755).epsilon(1e-5));
  CHECK(held(100, 2.5) == 250);
}

TEST_CASE("retries multiply calls as geometric sums say") {
  CHECK(amplification(.5, 3, 1) == Approx(1.75));
  CHECK(amplification(.5, 3, 2) == Approx(1.99609).epsilon(1e-5));
  CHECK(amplification(.9, 4, 3) == Approx(9.98821).epsilon(1e-5));
  CHECK(amplification(1, 4, 3) == 64);
  CHECK(amplification(1, 3, 5) == Approx(243));
  CHECK(amplification(.2, 3, 4) == Approx(1.25));
  CHECK(success(.5, 3, 1) == Approx(.875));
  CHECK(amplification_by_budget(.2, 3) == Approx(1.728));
  CHECK(stable_below(amplification_by_budget(.2, 1)) == Approx(.8333).epsilon(1e-3));
  CHECK(success_by_bucket(.3, .1) == Approx(.77));
  CHECK(throttled(1000, 100, 2) == 200);
  CHECK(throttled(1000, 400, 2) == 800);
  CHECK(throttled(100, 400, 2) == 100);
}

TEST_CASE("a client waits as long as its backoff and the failures say") {
  CHECK(waiting(100, 2, .25, 10) == Approx(49.9).epsilon(1e-3));
  CHECK(waiting(100, 2, .5, 10) == Approx(450));
  CHECK(waiting(100, 2, .75, 10) == Approx(5616).epsilon(1e-3));
  CHECK(waiting(50, 1.5, .5, 6) == Approx(76.27).epsilon(1e-4));
}

TEST_CASE("chances of counts add up, from either side and however small they are") {
  CHECK(binomial_at_least(10, 5, .1) == Approx(.0016349).epsilon(1e-4));
  CHECK(binomial_at_least(10, 5, .1) + binomial_at_most(10, 4, .1) == Approx(1));
  CHECK(binomial_at_least(100, 3, .5) + binomial_at_most(100, 2, .5) == Approx(1));
  CHECK(binomial_at_least(3, 3, 1e-100) == Approx(1e-300));
  CHECK(poisson_at_least(10, 5) == Approx(.9707).epsilon(1e-4));
  CHECK(poisson_at_least(10, 10) == Approx(.5421).epsilon(1e-3));
  CHECK(poisson_at_least(20, 20) == Approx(.5297).epsilon(1e-3));
}
