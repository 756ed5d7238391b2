// oxy, Traefik's circuitBreaker; the golden traces have its every rule.

#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;

namespace {

std::string refusal(const std::string& expression) {
  const auto parsed = breaker::make_choice("oxy", {{"expression", expression}});
  return parsed ? "" : parsed.error().message;
}

// The state after a call that ended so.
State after(const std::string& expression, Outcome outcome, CallEnd end, Duration took = {}) {
  const auto breaker = make_breaker("oxy,expression=" + expression);
  breaker->record(acquire(*breaker, {}), outcome, end, TimePoint{} + took);
  return breaker->state();
}

}  // namespace

TEST_CASE("oxy comes back by a growing share of calls, and is closed when its time is over") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "999 start B -> reject(Service Unavailable) ; open\n"
      "1000 start C -> reject(Service Unavailable) ; half_open\n"
      "1500 start D -> reject(Service Unavailable) ; half_open\n"
      "1900 start E -> admit ; half_open\n"
      "1900 start F -> reject(Service Unavailable) ; half_open\n"
      "1900 end E ok ; half_open\n"
      "2000 start G -> admit ; half_open\n"
      "2001 start H -> admit ; closed\n";
  CHECK(play(*make_breaker("oxy,fallbackDuration=1s,recoveryDuration=1s"), life) == life);
}

TEST_CASE("oxy's NetworkErrorRatio sees the proxy's own answers alone") {
  const std::string network = "NetworkErrorRatio() > 0.5";
  const auto failed = [&](CallEnd end) { return after(network, Outcome::failure, end); };
  CHECK(failed(error_503) == State::closed);
  CHECK(failed({CallEnd::Kind::answer, 502}) == State::open);
  CHECK(failed({CallEnd::Kind::answer, 504}) == State::open);
  CHECK(failed({CallEnd::Kind::timeout}) == State::open);
  CHECK(failed({CallEnd::Kind::reset}) == State::open);
  CHECK(failed({CallEnd::Kind::closed}) == State::open);
  CHECK(failed({CallEnd::Kind::connect_failed}) == State::open);
  CHECK(failed({CallEnd::Kind::bad_answer}) == State::closed);  // a 500
}

TEST_CASE("oxy is given a status of what a call counts as") {
  const std::string client_errors = "ResponseCodeRatio(400, 500, 0, 600) > 0.5";
  const CallEnd not_found{CallEnd::Kind::answer, 404};
  CHECK(after(client_errors, Outcome::success, not_found) == State::open);
  CHECK(after(client_errors, Outcome::failure, not_found) == State::closed);  // a 500
  const std::string server_errors = "ResponseCodeRatio(500, 600, 0, 600) > 0.5";
  CHECK(after(server_errors, Outcome::failure, not_found) == State::open);
  CHECK(after(server_errors, Outcome::success, error_503) == State::closed);
  CHECK(after(server_errors, Outcome::ignored, error_503) == State::closed);
}

TEST_CASE("oxy's latencies are of two figures, and compared in whole milliseconds") {
  CHECK(after("LatencyAtQuantileMS(50.0) > 300", Outcome::success, ok, 298ms) == State::closed);
  CHECK(after("LatencyAtQuantileMS(50.0) > 300", Outcome::success, ok, 300ms) == State::open);
  CHECK(after("LatencyAtQuantileMS(50.0) >= 0", Outcome::success, ok, 0ms) == State::open);
}

TEST_CASE("oxy's expression joins comparisons as Go does, and refuses what oxy refuses") {
  const auto opens = [](const std::string& expression) {
    return after(expression, Outcome::failure, error_503) == State::open;
  };
  const std::string yes = "RequestThreshold() == 1";
  const std::string no = "RequestThreshold() > 1";
  CHECK(opens(yes + " || " + no + " && " + no));
  CHECK_FALSE(opens("(" + yes + " || " + no + ") && " + no));
  CHECK(opens("((" + yes + "))||" + no));
  CHECK(opens("NetworkErrorRatio() <= 0.0 && ResponseCodeRatio(0, 600, 500, 504) == 1e0"));
  CHECK(refusal("NetworkErrorRatio() > 1") ==
        "expression: 1 has no point, and NetworkErrorRatio needs one with a point");
  CHECK(refusal("RequestThreshold() > 1.0") ==
        "expression: 1.0 is not a whole number, and RequestThreshold needs one without");
  CHECK(refusal("ResponseCodeRatio(500, 600) > 0.5") ==
        "expression: ResponseCodeRatio takes 4 arguments");
  CHECK(refusal("NetworkErrorRatio()") ==
        "expression: NetworkErrorRatio() is not compared with anything");
  for (const char* wrong :
       {"", "0.5 < NetworkErrorRatio()", "!(RequestThreshold() > 1)", "NetworkErrorRatio > 0.5",
        "NetworkErrorRatio() > -0.5", "NetworkErrorRatio() > 0.5 RequestThreshold() > 1",
        "(NetworkErrorRatio() > 0.5", "NetworkErrorRatio() > 0.5 &&", "NetworkErrorRatio() > 0.5)",
        "networkErrorRatio() > 0.5", "ResponseCodeRatio(5.0, 6, 0, 6) > 0.5"}) {
    INFO(wrong);
    CHECK_FALSE(refusal(wrong).empty());
  }
  CHECK_FALSE(refusal(std::string(60, '(') + yes + std::string(60, ')')).empty());
}

TEST_CASE("the commas in an expression's parentheses end no setting") {
  const std::string text =
      "oxy,expression=ResponseCodeRatio(500, 600, 0, 600) > 0.3,checkPeriod=1s";
  CHECK(choice(text).text() == text);
}

TEST_CASE("oxy warns that a 503 is no network error where nothing else counts it") {
  const auto warnings = [](const std::string& expression) {
    return choice("oxy,expression=" + expression).warnings({}).size();
  };
  CHECK(warnings("NetworkErrorRatio() > 0.5") == 1);
  CHECK(warnings("NetworkErrorRatio() > 0.5 || ResponseCodeRatio(500, 600, 0, 600) > 0.5") == 0);
}

TEST_CASE("oxy's rules for lint are the alternatives of its expression") {
  const auto trips = [](const std::string& expression) {
    return choice("oxy,expression=" + expression).facts().trips;
  };
  const auto two = trips("NetworkErrorRatio() > 0.3 || LatencyAtQuantileMS(90.0) > 100");
  REQUIRE(two.size() == 2);
  CHECK(two[0].share == 0.3);
  CHECK(two[0].only_above);
  CHECK(two[1].of_slow_calls);
  CHECK(two[1].slow_from == 100ms);
  CHECK(std::abs(two[1].share - 0.1) < 1e-9);
  const auto least = trips("RequestThreshold() > 9 && NetworkErrorRatio() >= 0.5");
  REQUIRE(least.size() == 1);
  CHECK(least[0].minimum_calls == 10);
  CHECK(trips("(RequestThreshold() > 9 || NetworkErrorRatio() > 0.5) && NetworkErrorRatio() > 0.1")
            .empty());
}
