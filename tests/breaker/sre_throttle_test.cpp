#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// The share of 10,000 calls at one instant that is rejected, each of which fails.
double rejected_share(breaker::Breaker& breaker, TimePoint now) {
  int rejected = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto admission = breaker.try_acquire(now);
    if (admission.answer == breaker::Admission::Answer::rejected) {
      ++rejected;
    } else {
      breaker.record(admission.permit, breaker::Outcome::failure, error_503, now);
    }
  }
  return rejected / 10'000.0;
}

}  // namespace

TEST_CASE("sre-throttle rejects nothing while at least every K-th call is taken") {
  const auto breaker = make_breaker("sre-throttle,K=2");
  for (int i = 0; i < 1000; ++i) {
    succeed(*breaker, at(1s));
    fail(*breaker, at(1s));
  }
}

TEST_CASE("sre-throttle lets ever fewer calls out as the backend takes none") {
  const auto breaker = make_breaker("sre-throttle");
  for (int i = 0; i < 1000; ++i) {
    succeed(*breaker, at(1s));
  }
  CHECK(rejected_share(*breaker, at(2s)) > 0.5);   // 2000 accepts' worth against up to 11,000
  CHECK(rejected_share(*breaker, at(3s)) > 0.85);  // against up to 21,000
  CHECK(rejected_share(*breaker, at(3s)) < 1);
}

TEST_CASE("sre-throttle forgets an outage one window later") {
  const auto breaker = make_breaker("sre-throttle,window=2m");
  CHECK(rejected_share(*breaker, at(1s)) > 0.9);
  CHECK(rejects(*breaker, at(1min)));
  acquire(*breaker, at(1s + 3min));
}

TEST_CASE("no breaker never rejects") {
  const auto breaker = make_breaker("none");
  for (int i = 0; i < 1000; ++i) {
    fail(*breaker, at(1s));
  }
  CHECK_FALSE(breaker->has_transitions());
}
