// The breakers that reject by chance as their libraries do; the golden traces have their every
// draw.

#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::State;

namespace {

// The share of 1000 calls at one instant that is rejected, each of which fails.
double share_rejected(breaker::Breaker& breaker, TimePoint now) {
  int rejected = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto admission = breaker.try_acquire(now);
    if (admission.answer == breaker::Admission::Answer::rejected) {
      ++rejected;
    } else {
      breaker.record(admission.permit, breaker::Outcome::failure, error_503, now);
    }
  }
  return rejected / 1000.0;
}

}  // namespace

TEST_CASE("go-zero takes nothing amiss below six results, and a third of failures after") {
  const auto breaker = make_breaker("go-zero");
  for (int i = 0; i < 5; ++i) {
    fail(*breaker, at(1s));
  }
  const auto healthy = make_breaker("go-zero");
  for (int i = 0; i < 999; ++i) {
    (i % 3 == 0 ? fail : succeed)(*healthy, at(1s));
  }
  CHECK(share_rejected(*breaker, at(1s)) > 0.9);
}

TEST_CASE("go-zero lets a call out when none got out for more than a second") {
  const auto breaker = make_breaker("go-zero");
  CHECK(share_rejected(*breaker, at(1s)) > 0.9);
  TimePoint last = at(1s);  // no later than that the last one got out
  for (int i = 0; i < 5; ++i) {
    last += 1s + 1ms;
    CHECK_FALSE(rejects(*breaker, last));
    int rejected = 0;
    for (int n = 0; n < 100; ++n) {
      rejected += rejects(*breaker, last) ? 1 : 0;
    }
    CHECK(rejected > 90);
  }
}

TEST_CASE("go-zero has forgotten an outage ten seconds later") {
  const auto breaker = make_breaker("go-zero");
  CHECK(share_rejected(*breaker, at(1s)) > 0.9);
  CHECK(share_rejected(*breaker, at(10s)) > 0.9);
  for (int i = 0; i < 100; ++i) {
    succeed(*breaker, at(20s));
  }
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("kratos rejects nothing below `request` calls, nor while enough of them succeed") {
  const auto breaker = make_breaker("kratos,success=0.5,request=100,window=3s");
  for (int i = 0; i < 99; ++i) {
    fail(*breaker, at(1s));
  }
  CHECK(breaker->state() == State::closed);
  CHECK(share_rejected(*breaker, at(1s)) > 0.9);
  CHECK(breaker->state() == State::open);
  const auto healthy = make_breaker("kratos,success=0.5,request=100,window=3s");
  for (int i = 0; i < 400; ++i) {
    succeed(*healthy, at(1s));
    fail(*healthy, at(1s));
  }
}

TEST_CASE("kratos counts the calls that it rejects as failed, and closes when the window forgot") {
  const auto breaker = make_breaker("kratos,success=0.5,request=10,window=3s,bucket=3");
  const auto early = share_rejected(*breaker, at(0s));
  const auto later = share_rejected(*breaker, at(1s));
  CHECK(early > 0.9);
  CHECK(later > early);
  CHECK(breaker->state() == State::open);
  (void)breaker->try_acquire(at(3999ms));  // those of 1s are the oldest that are left
  CHECK(breaker->state() == State::open);
  (void)breaker->try_acquire(at(4s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("a breaker that draws takes the same chance for the same seed, and another for another") {
  for (const char* dialect : {"go-zero", "kratos,request=10"}) {
    const auto draws = [&](std::uint64_t seed) {
      const auto breaker = choice(dialect).make(Random(seed));
      std::string answers;
      for (int i = 0; i < 300; ++i) {
        const auto admission = breaker->try_acquire(at(1s));
        const bool out = admission.answer == breaker::Admission::Answer::admitted;
        answers += out ? 'a' : 'r';
        if (out) {
          breaker->record(admission.permit, breaker::Outcome::failure, error_503, at(1s));
        }
      }
      return answers;
    };
    CHECK(draws(1) == draws(1));
    CHECK(draws(1) != draws(2));
  }
}
