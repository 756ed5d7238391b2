// A replay that compares too little would call everything equal: each thing that a step records is
// wrong here once.

#include "conform/replay.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tripcurve;

namespace {

std::string trace_of(const std::string& dialect, const std::string& config,
                     const std::string& steps) {
  return R"({"id":"t","dialect":")" + dialect + R"(","config":{)" + config + R"(},"steps":[)" +
         steps + "]}";
}

// What was got instead at the first step that differs, with its number from 0; "" when all is
// equal.
std::string difference(const std::string& trace) {
  const auto parsed = conform::parse_trace(trace);
  REQUIRE(parsed.ok());
  const auto found = conform::replay(*parsed);
  return found ? std::to_string(found->step) + " " + found->got : "";
}

std::string classic(const std::string& steps) {
  return trace_of("classic", R"("FailureThreshold":1)", steps);
}

// One call runs under the library's lock and one waits for it.
std::string pybreaker(const std::string& end, const std::string& after) {
  return trace_of(
      "pybreaker", R"("fail_max":1,"reset_timeout":"1s")",
      R"([0,"start","A","admitted","closed"],[1,"start","B","waiting","closed"],)" + end + after);
}
const std::string trips = R"([5,"end","A","failure","open","CircuitBreakerError"])";
const std::string wakes = R"(,[5,"resume","B","rejected","open","CircuitBreakerError"])";

}  // namespace

TEST_CASE("a trace of what the dialect does is equal") {
  CHECK(difference(classic(R"([0,"start",1,"admitted","closed"],[5,"end",1,"failure","open"],)"
                           R"([6,"start",2,"rejected","open","ErrCircuitOpen"])")) == "");
  CHECK(difference(pybreaker(trips, wakes)) == "");
}

TEST_CASE("a state that the library did not tell is not compared, but all else is") {
  CHECK(difference(classic(R"([0,"start",1,"admitted",null],[5,"end",1,"failure",null],)"
                           R"([6,"start",2,"rejected",null,"ErrCircuitOpen"])")) == "");
  CHECK(difference(classic(R"([0,"start",1,"admitted",null],[5,"end",1,"failure",null],)"
                           R"([6,"start",2,"admitted",null])")) ==
        "2 rejected (ErrCircuitOpen), state open");
}

TEST_CASE("a library that draws is replayed with the chance of its trace") {
  const auto kratos = [](const std::string& chance) {
    return R"({"id":"t","dialect":"kratos","config":{"request":1},)" + chance +
           R"("steps":[[0,"start",1,"admitted","closed"],[0,"end",1,"failure","closed"],)"
           R"([0,"start",2,"rejected","open","ErrNotAllowed"]]})";
  };
  // It rejects a second call with a chance of a half: Random(1) draws 0.37 first, Random(0) 0.89.
  CHECK(difference(kratos(R"("chance":1,)")) == "");
  CHECK(difference(kratos(R"("chance":0,)")) == "2 admitted, state open");
  CHECK(difference(kratos("")) == difference(kratos(R"("chance":0,)")));
  CHECK(conform::parse_trace(kratos(R"("chance":18446744073709551615,)")));
  for (const char* wrong : {"-1", "1.5", "\"1\"", "18446744073709551616", "null"}) {
    const auto parsed = conform::parse_trace(kratos(R"("chance":)" + std::string(wrong) + ","));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.starts_with("t: chance is "));
  }
}

TEST_CASE("a trace says how its calls fail, for a library that looks") {
  const auto oxy = [](const std::string& failure) {
    return R"({"id":"t","dialect":"oxy","config":{"expression":"NetworkErrorRatio() > 0.5"},)" +
           failure + R"("steps":[[0,"start",1,"admitted","closed"],[0,"end",1,"failure","open"]]})";
  };
  CHECK(difference(oxy(R"("failure":"502",)")) == "");
  CHECK(difference(oxy(R"("failure":"reset",)")) == "");
  CHECK(difference(oxy(R"("failure":"503",)")) == "1 state closed");
  CHECK(difference(oxy("")) == "1 state closed");
  for (const char* wrong : {"502", "\"5xx\"", "\"502-504\"", "\"never\"", "null"}) {
    const auto parsed = conform::parse_trace(oxy(R"("failure":)" + std::string(wrong) + ","));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message == "t: failure is " + std::string(wrong));
  }
}

TEST_CASE("another answer, error name or state is a difference, at the step where it stands") {
  const std::string opened = R"([0,"start",1,"admitted","closed"],[5,"end",1,"failure","open"],)";
  CHECK(difference(classic(opened + R"([6,"start",2,"admitted","half_open"])")) ==
        "2 rejected (ErrCircuitOpen), state open");
  CHECK(difference(classic(opened + R"([6,"start",2,"rejected","open","ErrOpen"])")) ==
        "2 rejected (ErrCircuitOpen), state open");
  CHECK(
      difference(classic(R"([0,"start",1,"admitted","closed"],[5,"end",1,"failure","closed"])")) ==
      "1 state open");
  CHECK(difference(classic(R"([0,"start",1,"admitted","open"])")) == "0 admitted, state closed");
  CHECK(difference(classic(R"([0,"read","open"])")) == "0 state closed");
}

TEST_CASE("another error in the caller's hands is a difference") {
  CHECK(difference(pybreaker(R"([5,"end","A","failure","open"])", wakes)) ==
        "2 the caller sees CircuitBreakerError, state open");
  CHECK(difference(pybreaker(R"([5,"end","A","success","closed","CircuitBreakerError"])", "")) ==
        "2 the caller sees its own end, state closed");
}

TEST_CASE(
    "a caller that wakes without its step, or has a step and does not wake, is a difference") {
  CHECK(difference(pybreaker(trips, "")) == "2 \"B\" resumes: rejected (CircuitBreakerError)");
  CHECK(difference(pybreaker(trips, R"(,[5,"resume","B","admitted","open"])")) ==
        "3 rejected (CircuitBreakerError), state open");
  CHECK(difference(trace_of(
            "pybreaker", "",
            R"([0,"start","A","admitted","closed"],[1,"start","B","waiting","closed"],)"
            R"([2,"resume","B","admitted","closed"])")) == "2 \"B\" keeps waiting, state closed");
}

TEST_CASE("a timer that is due fires before a step of its instant") {
  const std::string config =
      R"("timeout":false,"resetTimeout":"100ms","errorThresholdPercentage":50)";
  const std::string opened = R"([0,"start",1,"admitted","closed"],[0,"end",1,"failure","open"],)";
  CHECK(difference(trace_of("opossum", config,
                            opened + R"([99,"read","open"],)" + R"([100,"read","half_open"])")) ==
        "");
  CHECK(difference(trace_of("opossum", config, opened + R"([100,"read","open"])")) ==
        "2 state half_open");
}
