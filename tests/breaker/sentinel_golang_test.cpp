// sentinel-golang; the golden traces have its every rule, here stand those that people stumble
// over.

#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE(
    "sentinel-golang reaches a share at equality, on a good result too, to a hundred-millionth") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; closed\n"
      "1 start B -> admit ; closed\n"
      "1 end B ok ; open\n"
      "1000 start C -> reject(BlockTypeCircuitBreaking) ; open\n"
      "1001 start D -> admit ; half_open\n"
      "1002 end D ok ; closed\n";
  CHECK(play(*make_breaker("sentinel-golang,strategy=1,threshold=0.5,minRequestAmount=2,"
                           "retryTimeoutMs=1000"),
             life) == life);
  const auto opens_at_a_third = [](const std::string& threshold) {
    const auto breaker =
        make_breaker("sentinel-golang,strategy=1,minRequestAmount=3,threshold=" + threshold);
    succeed(*breaker, {});
    succeed(*breaker, {});
    fail(*breaker, {});
    return breaker->state() == breaker::State::open;
  };
  CHECK(opens_at_a_third("0.33333334"));
  CHECK_FALSE(opens_at_a_third("0.33333335"));
}

TEST_CASE("sentinel-golang opens on the first result when nothing but its strategy is set") {
  for (const char* strategy : {"0", "1", "2", "SlowRequestRatio", "ErrorRatio", "ErrorCount"}) {
    const auto breaker = make_breaker(std::string("sentinel-golang,strategy=") + strategy);
    succeed(*breaker, {});
    CHECK(breaker->state() == breaker::State::open);
  }
}

TEST_CASE("sentinel-golang lets everybody out half-open with probeNum, and one without") {
  const std::string all =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "50 start C -> admit ; half_open\n"
      "50 start D -> admit ; half_open\n"
      "50 start E -> admit ; half_open\n"
      "51 end B ok ; half_open\n"
      "52 end C ok ; closed\n"
      "53 end D fail ; open\n";
  CHECK(play(*make_breaker("sentinel-golang,strategy=2,threshold=1,retryTimeoutMs=50,probeNum=2"),
             all) == all);
  const std::string one =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "50 start C -> admit ; half_open\n"
      "50 start D -> reject(BlockTypeCircuitBreaking) ; half_open\n"
      "51 end B ok ; closed\n";
  CHECK(play(*make_breaker("sentinel-golang,strategy=2,threshold=1,retryTimeoutMs=50"), one) ==
        one);
}

TEST_CASE("sentinel-golang slides its window by buckets that divide it, and tumbles without") {
  const std::string slides =
      "950 start A -> admit ; closed\n"
      "950 end A fail ; closed\n"
      "1000 start B -> admit ; closed\n"
      "1000 end B fail ; open\n";
  const std::string tumbles =
      "950 start A -> admit ; closed\n"
      "950 end A fail ; closed\n"
      "1000 start B -> admit ; closed\n"
      "1000 end B fail ; closed\n"
      "1001 start C -> admit ; closed\n"
      "1001 end C fail ; open\n";
  const std::string rule = "sentinel-golang,strategy=2,threshold=2,statIntervalMs=1000";
  CHECK(play(*make_breaker(rule + ",statSlidingWindowBucketCount=10"), slides) == slides);
  CHECK(play(*make_breaker(rule), tumbles) == tumbles);
  CHECK(play(*make_breaker(rule + ",statSlidingWindowBucketCount=7"), tumbles) == tumbles);
}

TEST_CASE("sentinel-golang refuses what its library would skip, and warns of what it would not") {
  CHECK_FALSE(breaker::parse_choice("sentinel-golang,strategy=1,threshold=1.1"));
  CHECK_FALSE(breaker::parse_choice("sentinel-golang,strategy=SlowRequestRatio,threshold=2"));
  CHECK_FALSE(breaker::parse_choice("sentinel-golang,retryTimeoutMs=0"));
  CHECK_FALSE(breaker::parse_choice("sentinel-golang,statIntervalMs=0"));
  CHECK_FALSE(breaker::parse_choice("sentinel-golang,retryTimeoutMs=1.5"));
  CHECK(choice("sentinel-golang,strategy=2,threshold=2.5").warnings({}).empty());
  const auto warned = [](const std::string& text) {
    const auto found = choice("sentinel-golang," + text).warnings({});
    REQUIRE(found.size() == 1);
    return found[0].key + ": " + found[0].reason;
  };
  CHECK(warned("strategy=1") ==
        "threshold: 0 is reached by every result, even a good one, so the first opens the breaker");
  CHECK(warned("strategy=2,threshold=0.9,minRequestAmount=5") ==
        "threshold: 0.9 is reached by every result, even a good one, so number 5 of the window "
        "opens the breaker");
  CHECK(warned("threshold=0.5,statIntervalMs=1000,statSlidingWindowBucketCount=7") ==
        "statSlidingWindowBucketCount: 7 does not divide statIntervalMs, 1s, so the library uses "
        "one bucket");
  CHECK(warned("strategy=1,threshold=0.5,maxAllowedRtMs=9") ==
        "maxAllowedRtMs: has no effect: only strategy 0 looks at slow calls");
}
