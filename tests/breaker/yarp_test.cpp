// YARP's passive health check; the rules of one destination are recorded in
// tests/golden/traces/yarp.ndjson.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;
using breaker::Traffic;

namespace {

// Half of two or more calls within 2 s shut it off.
const std::string lone_destination =
    "yarp,DetectionWindowSize=2s,MinimalTotalCountThreshold=2,DefaultFailureRateLimit=0.5,"
    "ReactivationPeriod=3s,AvailableDestinationsPolicy=HealthyAndUnknown";

// The same of three destinations, of which the first failure shuts one off.
std::string three(const std::string& more) {
  return "yarp,destinations=3,MinimalTotalCountThreshold=1,DefaultFailureRateLimit=0.5," + more;
}

// The destinations of so many calls that all stay under way.
std::vector<std::uint32_t> destinations(breaker::Breaker& breaker, int calls) {
  std::vector<std::uint32_t> found;
  for (int i = 0; i < calls; ++i) {
    found.push_back(acquire(breaker, {}).note);
  }
  return found;
}

std::vector<int> calls_of_each(const std::vector<std::uint32_t>& destinations, std::size_t n) {
  std::vector<int> calls(n);
  for (const auto destination : destinations) {
    ++calls[destination];
  }
  return calls;
}

constexpr CallEnd reset{CallEnd::Kind::reset, 0};

// Makes a destination unhealthy.
void shut_off(breaker::Breaker& breaker, std::uint32_t destination) {
  for (;;) {
    const auto permit = acquire(breaker, {});
    const bool meant = permit.note == destination;
    breaker.record(permit, meant ? Outcome::failure : Outcome::success, meant ? reset : ok, {});
    if (meant) {
      return;
    }
  }
}

std::string warnings_of(const std::string& text, const Traffic& traffic = {}) {
  std::string all;
  for (const auto& warning : choice(text).warnings(traffic)) {
    all += fmt::format("{}|{}|{}\n", warning.key, warning.reason, warning.remedy);
  }
  return all;
}

}  // namespace

TEST_CASE("yarp lets everybody in when its reactivation ends, and knows no half-open") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "5 end A fail ; closed\n"
      "5 end B fail ; open\n"
      "6 start C -> reject(NoAvailableDestinations) ; open\n"
      "3004 read ; open\n"
      "3005 start D -> admit ; closed\n"
      "3005 start E -> admit ; closed\n";
  CHECK(play(*make_breaker(lone_destination), life) == life);
}

TEST_CASE("yarp lengthens a reactivation that is shorter than its window") {
  const auto breaker = make_breaker(
      "yarp,DetectionWindowSize=4s,MinimalTotalCountThreshold=1,ReactivationPeriod=1s,"
      "AvailableDestinationsPolicy=HealthyAndUnknown");
  fail(*breaker, {});
  CHECK(breaker->next_tick() == at(4s));
}

TEST_CASE("yarp's lone destination gets all calls by default, however unhealthy it is") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "1 start B -> admit ; open\n"
      "1 end B fail ; open\n"
      "2 start C -> admit ; open\n";
  const auto breaker = make_breaker("yarp,MinimalTotalCountThreshold=1");
  CHECK(play(*breaker, life) == life);
  CHECK(breaker->take_transitions().front().cause ==
        "destination 1 of 1 is unhealthy: 1 of 1 call failed (100%), the last a 503; none is "
        "healthy, so calls go to all of them (HealthyOrPanic)");
}

TEST_CASE("yarp judges at every result, in whatever state it comes") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 start D -> admit ; closed\n"
      "1 end A fail ; closed\n"
      "2 end B ok ; open\n"
      "3 end C ok ; closed\n"
      "4 end D fail ; open\n";
  CHECK(play(*make_breaker(lone_destination), life) == life);
}

TEST_CASE("yarp's first timer ends a later unhealthy spell, too, and none is set beside it") {
  const auto breaker = make_breaker(lone_destination);
  const std::vector late{acquire(*breaker, {}), acquire(*breaker, {}), acquire(*breaker, {})};
  fail(*breaker, {});
  fail(*breaker, {});
  CHECK(breaker->next_tick() == at(3s));
  for (const auto& permit : late) {
    breaker->record(permit, Outcome::success, ok, at(1s));
  }
  CHECK(breaker->state() == State::closed);  // 2 of 5
  fail(*breaker, at(2s));
  CHECK(breaker->state() == State::open);
  CHECK(breaker->next_tick() == at(3s));
  breaker->tick(at(3s));
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->next_tick() == never);
}

TEST_CASE("yarp counts a result up to a second longer than the window says") {
  const auto opens_at = [](const std::string& window, int last_ms) {
    const auto breaker = make_breaker(
        "yarp,MinimalTotalCountThreshold=2,AvailableDestinationsPolicy=HealthyAndUnknown,"
        "DetectionWindowSize=" +
        window);
    fail(*breaker, at_ms(10));  // in a record of which the stamp is 1010
    fail(*breaker, at_ms(last_ms));
    return breaker->state() == State::open;
  };
  CHECK(opens_at("2s", 3010));
  CHECK_FALSE(opens_at("2s", 3011));
  // 2.002 * 1000 is a little less than 2002 in double.
  CHECK(opens_at("2002ms", 3011));
  CHECK_FALSE(opens_at("2002ms", 3012));
  CHECK(opens_at("2001ms", 3011));
}

TEST_CASE("a result at the very end of yarp's record is the first of the next one") {
  const auto breaker = make_breaker(
      "yarp,MinimalTotalCountThreshold=2,AvailableDestinationsPolicy=HealthyAndUnknown,"
      "DetectionWindowSize=2s");
  succeed(*breaker, at_ms(10));
  succeed(*breaker, at_ms(1010));  // stays until 4010, as the record's stamp is 2010
  fail(*breaker, at_ms(4010));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("yarp opens at its limit and not below it, once there are enough calls") {
  const auto opened_by = [](int successes, int failures) {
    const auto breaker = make_breaker(
        "yarp,MinimalTotalCountThreshold=4,TransportFailureRateHealthPolicy.RateLimit=0.25,"
        "DefaultFailureRateLimit=0.9,AvailableDestinationsPolicy=HealthyAndUnknown");
    for (int i = 0; i < successes; ++i) {
      succeed(*breaker, {});
    }
    for (int i = 0; i < failures; ++i) {
      fail(*breaker, {});
    }
    return breaker->state() == State::open;
  };
  CHECK(opened_by(3, 1));
  CHECK_FALSE(opened_by(4, 1));
  CHECK_FALSE(opened_by(0, 3));
  CHECK(opened_by(0, 4));
}

TEST_CASE("a limit of 0 shuts off at a success, and one above 1 never does") {
  const auto opened = [](const std::string& limit) {
    const auto breaker = make_breaker(
        "yarp,MinimalTotalCountThreshold=1,AvailableDestinationsPolicy=HealthyAndUnknown,"
        "DefaultFailureRateLimit=" +
        limit);
    succeed(*breaker, {});
    const bool at_a_success = breaker->state() == State::open;
    if (!at_a_success) {
      fail(*breaker, {});
    }
    return std::pair(at_a_success, breaker->state() == State::open);
  };
  CHECK(opened("0") == std::pair(true, true));
  CHECK(opened("-1") == std::pair(true, true));
  CHECK(opened("0.5") == std::pair(false, true));
  CHECK(opened("1.01") == std::pair(false, false));
}

TEST_CASE("to yarp a timeout fails before the head of the answer and succeeds after it") {
  const auto opened = [](Outcome outcome, CallEnd end) {
    const auto breaker = make_breaker(
        "yarp,MinimalTotalCountThreshold=1,AvailableDestinationsPolicy=HealthyAndUnknown");
    breaker->record(acquire(*breaker, {}), outcome, end, {});
    return breaker->state() == State::open;
  };
  CHECK(opened(Outcome::failure, {CallEnd::Kind::timeout, 0}));
  CHECK(opened(Outcome::failure, {CallEnd::Kind::timeout, 0, true}));
  CHECK_FALSE(opened(Outcome::failure, {CallEnd::Kind::timeout, 200}));
  CHECK(opened(Outcome::failure, {CallEnd::Kind::reset, 200}));
  CHECK(opened(Outcome::failure, {CallEnd::Kind::connect_failed, 0}));
  CHECK_FALSE(opened(Outcome::ignored, {CallEnd::Kind::timeout, 0}));
}

TEST_CASE("what the client gives up is a success to yarp") {
  const auto breaker = make_breaker(lone_destination);
  for (int i = 0; i < 3; ++i) {
    breaker->record(acquire(*breaker, {}), Outcome::ignored, ok, {});
  }
  fail(*breaker, {});
  fail(*breaker, {});
  CHECK(breaker->state() == State::closed);  // 2 of 5
  fail(*breaker, {});
  CHECK(breaker->state() == State::open);
}

TEST_CASE("yarp counts 5xx as a success and every call without an answer as a failure") {
  const auto rules = breaker::usual_rules(**breaker::find_dialect("yarp"));
  CHECK(rules.of({CallEnd::Kind::answer, 503}) == Outcome::success);
  CHECK(rules.of({CallEnd::Kind::answer, 999}) == Outcome::success);
  CHECK(rules.of({CallEnd::Kind::timeout, 0}) == Outcome::failure);
  CHECK(rules.of({CallEnd::Kind::closed, 200}) == Outcome::failure);
}

TEST_CASE("each destination of yarp has its own health, and it is open when none is healthy") {
  const auto breaker =
      make_breaker(three("LoadBalancingPolicy=RoundRobin,AvailableDestinationsPolicy="
                         "HealthyAndUnknown,ReactivationPeriod=90s"));
  CHECK(destinations(*breaker, 4) == std::vector<std::uint32_t>{0, 1, 2, 0});
  shut_off(*breaker, 1);
  CHECK(breaker->state() == State::closed);
  CHECK(calls_of_each(destinations(*breaker, 8), 3) == std::vector{4, 0, 4});
  shut_off(*breaker, 0);
  shut_off(*breaker, 2);
  CHECK(breaker->state() == State::open);
  CHECK(rejects(*breaker, {}));
  breaker->tick(at(90s));
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->take_transitions().size() == 6);
  CHECK(calls_of_each(destinations(*breaker, 9), 3) == std::vector{3, 3, 3});
}

TEST_CASE("with HealthyOrPanic calls go to all destinations when none is healthy") {
  const auto breaker = make_breaker(three("LoadBalancingPolicy=RoundRobin"));
  shut_off(*breaker, 0);
  shut_off(*breaker, 1);
  CHECK(calls_of_each(destinations(*breaker, 3), 3) == std::vector{0, 0, 3});
  shut_off(*breaker, 2);
  CHECK(breaker->state() == State::open);
  CHECK(calls_of_each(destinations(*breaker, 6), 3) == std::vector{2, 2, 2});
}

TEST_CASE("yarp balances by calls under way, in turn, by chance or by name") {
  const auto of = [](const std::string& policy, int calls) {
    const auto breaker = make_breaker(three("LoadBalancingPolicy=" + policy));
    return calls_of_each(destinations(*breaker, calls), 3);
  };
  CHECK(of("FirstAlphabetical", 9) == std::vector{9, 0, 0});
  CHECK(of("LeastRequests", 9) == std::vector{3, 3, 3});
  CHECK(of("RoundRobin", 9) == std::vector{3, 3, 3});
  for (const auto calls : of("Random", 3000)) {
    CHECK(calls > 900);
    CHECK(calls < 1100);
  }
  // Of two the less busy one: they stay close together.
  const auto by_two = of("PowerOfTwoChoices", 3000);
  CHECK(*std::ranges::max_element(by_two) - *std::ranges::min_element(by_two) < 10);
}

TEST_CASE("a call that has ended is no longer under way at its destination") {
  const auto breaker = make_breaker(three("LoadBalancingPolicy=LeastRequests"));
  const auto first = acquire(*breaker, {});
  CHECK(destinations(*breaker, 2) == std::vector<std::uint32_t>{1, 2});
  breaker->record(first, Outcome::success, ok, {});
  CHECK(destinations(*breaker, 2) == std::vector<std::uint32_t>{0, 0});
}

TEST_CASE("yarp's timers take no time that .NET's do not") {
  CHECK(breaker::parse_choice("yarp,ReactivationPeriod=4294967294ms").ok());
  CHECK_FALSE(breaker::parse_choice("yarp,ReactivationPeriod=4294967295ms").ok());
  CHECK_FALSE(breaker::parse_choice("yarp,ReactivationPeriod=0").ok());
  CHECK(breaker::parse_choice("yarp,DetectionWindowSize=0").ok());
}

TEST_CASE("a lone destination with yarp's default policy is told, and no other") {
  CHECK(warnings_of("yarp") ==
        "AvailableDestinationsPolicy|the only destination is never shut off: with HealthyOrPanic, "
        "calls go to all destinations if none is "
        "healthy|AvailableDestinationsPolicy=HealthyAndUnknown\n");
  CHECK(warnings_of("yarp,destinations=2").empty());
  CHECK(warnings_of("yarp,AvailableDestinationsPolicy=HealthyAndUnknown").empty());
}

TEST_CASE("what yarp makes of short and long times is told") {
  CHECK_THAT(warnings_of("yarp,destinations=2,ReactivationPeriod=20s"),
             ContainsSubstring("20s is shorter than DetectionWindowSize and is lengthened to it, "
                               "1m"));
  CHECK_THAT(warnings_of("yarp,destinations=2,DetectionWindowSize=2s"),
             ContainsSubstring("DetectionWindowSize|results count for up to 3s"));
  CHECK(warnings_of("yarp,destinations=2,DetectionWindowSize=10s").empty());
}

TEST_CASE("a reactivation while the last failures still count is told where they are enough") {
  const Traffic busy{.calls_per_second = 20};
  const std::string told = "ReactivationPeriod|a destination that is let in again after 1m can be";
  CHECK_THAT(warnings_of("yarp,destinations=2", busy), ContainsSubstring(told));
  CHECK_THAT(warnings_of("yarp,destinations=2,ReactivationPeriod=61s", busy),
             ContainsSubstring("let in again after 1m1s can be"));
  CHECK(warnings_of("yarp,destinations=3", busy).empty());
  CHECK(warnings_of("yarp,destinations=2,ReactivationPeriod=61001ms", busy).empty());
  CHECK(warnings_of("yarp,destinations=2", {.calls_per_second = 20, .outage_errors = 0.2}).empty());
}

TEST_CASE("limits of yarp that no share of failures meets are told") {
  CHECK_THAT(warnings_of("yarp,destinations=2,DefaultFailureRateLimit=0"),
             ContainsSubstring("every result makes its destination unhealthy,"));
  CHECK_THAT(warnings_of("yarp,destinations=2,TransportFailureRateHealthPolicy.RateLimit=30"),
             ContainsSubstring("RateLimit|no destination ever becomes unhealthy, because a share "
                               "of failures never reaches 30"));
  CHECK_THAT(warnings_of("yarp,destinations=2,TransportFailureRateHealthPolicy.RateLimit=0.3,"
                         "DefaultFailureRateLimit=0.5"),
             ContainsSubstring("DefaultFailureRateLimit|is not used"));
}

TEST_CASE("a minimum that is enough for the cluster and not for each destination is told") {
  CHECK_THAT(warnings_of("yarp,destinations=10", {.calls_per_second = 1}),
             ContainsSubstring("MinimalTotalCountThreshold|applies to each destination: 1/s bring "
                               "each of 10 only 6 calls in 1m|set it to at most 6"));
  CHECK(warnings_of("yarp,destinations=5", {.calls_per_second = 1}).empty());
}

TEST_CASE("error answers that yarp does not count are told") {
  Traffic traffic;
  traffic.uncounted = {{{CallEnd::Kind::answer, 503}, Outcome::success, 1.0}};
  CHECK_THAT(warnings_of("yarp,destinations=2", traffic),
             ContainsSubstring("no status counts as a failure"));
}
