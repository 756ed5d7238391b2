#include "curve/axis.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "curve/closed_form.hpp"
#include "curve/protection.hpp"
#include "curve/words.hpp"
#include "tests/curve/plans.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

constexpr auto row_of_three = "classic,failures=3,timeout=1h";
constexpr auto slow_window =
    "resilience4j,slidingWindowSize=100,minimumNumberOfCalls=20,slowCallDurationThreshold=1s,"
    "slowCallRateThreshold=30";

curve::Plan plan_over(const std::string& what, const std::string& breaker, double severity) {
  auto plan = plan_of({breaker}, {severity}, 200);
  plan.axis = axis(what);
  plan.world.loop = load::OpenLoop{.rate = Rate{100}, .arrival = load::Arrival::poisson};
  plan.world.timeout = 5s;
  plan.within = 1h;
  plan.warm_up = 1500ms;
  return plan;
}

std::optional<Duration> form_of(const curve::Plan& plan) {
  return curve::closed_form(plan, plan.breakers.front(), plan.severities.front());
}

}  // namespace

TEST_CASE("every axis is read back from its text, and has a fault at each of its severities") {
  for (const auto example : curve::axis_examples()) {
    INFO(example);
    const auto read = axis(std::string(example));
    CHECK(read->text() == example);
    const auto world = plan_over("errors", row_of_three, 0).world;
    const auto severities = read->usual();
    CHECK(severities.size() >= 10);
    CHECK(std::ranges::is_sorted(severities));
    for (const auto severity : severities) {
      INFO(severity);
      CHECK(read->parse(read->show(severity)).value() == Approx(severity));
      CHECK(read->fault(world, severity));
    }
    const auto two = read->example();
    CHECK(read->parse(two.substr(0, two.find(','))).value() <
          read->parse(two.substr(two.find(',') + 1)).value());
  }
}

TEST_CASE("an axis that is no axis is refused with one that is") {
  for (const auto& [text, message, hint] :
       {std::tuple("latencey", "there is no 'latencey' to become worse", "did you mean 'latency'?"),
        std::tuple("errors=5%", "'errors=5%': errors has no value", "write errors"),
        std::tuple("slow", "'slow' does not say how much longer slow calls take", "write slow=2s"),
        std::tuple("slow=2", "slow: '2' has no unit", "write 2ms or 2s"),
        std::tuple("slow=0s", "slow: '0s' longer is no slow call", "write slow=2s"),
        std::tuple("bursts", "'bursts' does not say which share", "write bursts=10%"),
        std::tuple("bursts=100%", "bursts: '100%' of errors leaves no bursts", "to 95%")}) {
    const auto read = curve::parse_axis(text);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, ContainsSubstring(message));
    CHECK_THAT(read.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("severities are read in the unit of their axis") {
  CHECK(axis("slow=2s")->parse("30%").value() == Approx(0.3));
  CHECK(axis("slowdown")->parse("2.5x").value() == Approx(2.5));
  CHECK(axis("bursts=10%")->parse("20").value() == Approx(20));
  for (const auto* text : {"2", "x", "0x", "-1x", "nanx", "infx", "2 x", "2000000x", ""}) {
    INFO(text);
    const auto read = axis("slowdown")->parse(text);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().hint, ContainsSubstring("10x"));
  }
  CHECK_FALSE(axis("bursts=10%")->parse("0"));
  CHECK_FALSE(axis("bursts=10%")->parse("2.5"));
  CHECK_FALSE(axis("slow=2s")->parse("30"));
}

TEST_CASE("faults are what the grammar of faults says") {
  const auto world = plan_over("errors", row_of_three, 0).world;
  CHECK(axis("bursts=10%")->fault(world, 20)->errors == *faults::parse_errors("10%,burst=20"));
  CHECK(axis("slow=2s")->fault(world, 0.1)->latency == *faults::parse_latency("10ms + 2s:10%"));
  CHECK(axis("slowdown")->fault(world, 3)->latency->mean() == 30ms);
  CHECK(axis("slowdown")->fault(world, 3)->latency->share_above(29ms) == 1);
  CHECK(axis("slowdown")->fault(world, 3)->latency->share_above(30ms) == 0);
}

TEST_CASE("bursts that the share of errors leaves no room for are refused, and never measured") {
  const auto steep = axis("bursts=60%");
  const auto world = plan_over("errors", row_of_three, 0).world;
  const auto refused = steep->fault(world, 1);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, ContainsSubstring("bursts of 1"));
  CHECK(steep->usual().front() == 2);
}

TEST_CASE("over every axis the mean time to open is what its closed form says") {
  const auto check = [](const std::string& what, const std::string& breaker, double severity) {
    const auto plan = plan_over(what, breaker, severity);
    const auto point = measured(plan).front().points.front();
    REQUIRE(point.opened.size() == 200);
    double mean = 0;
    for (const auto time : point.opened) {
      mean += to_seconds(time) / 200;
    }
    double squares = 0;
    for (const auto time : point.opened) {
      squares += std::pow(to_seconds(time) - mean, 2);
    }
    const double error = std::sqrt(squares / 199 / 200);
    const auto form = form_of(plan);
    INFO(what << " at " << severity << ": " << mean << " +- " << error);
    REQUIRE(form);
    INFO(to_seconds(*form));
    CHECK(std::abs(mean - to_seconds(*form)) < 4 * error + 1e-6);
  };
  check("bursts=10%", row_of_three, 2);
  check("bursts=10%", row_of_three, 20);
  check("bursts=40%", "classic,failures=8,timeout=1h", 5);
  check("slow=10s", row_of_three, 0.4);  // given up after 5 s
  check("slow=2s", slow_window, 0.6);
  check("slow=2s", slow_window, 1);
  check("latency", row_of_three, 10);
  check("latency", slow_window, 2);
  check("slowdown", row_of_three, 1000);
}

TEST_CASE("of errors that are independent bursts have the mean length that independence brings") {
  const auto independent = plan_over("errors", row_of_three, 0.5);
  const auto bursts = plan_over("bursts=50%", row_of_three, 2);  // 1 / (1 - 50 %)
  CHECK(to_seconds(*form_of(independent)) == Approx(to_seconds(*form_of(bursts))));
}

TEST_CASE("no form is told where the fault does not reach the rule, or none is known") {
  CHECK_FALSE(form_of(plan_over("slow=2s", row_of_three, 1)));     // within the timeout of 5 s
  CHECK_FALSE(form_of(plan_over("bursts=10%", row_of_three, 1)));  // never two in a row
  CHECK_FALSE(form_of(plan_over("bursts=60%", "resilience4j,minimumNumberOfCalls=20", 10)));
  CHECK_FALSE(form_of(plan_over("slow=10s", slow_window, 0.8)));  // both of its rules count these
  auto even = plan_over("slow=10s", row_of_three, 0.4);
  even.world.loop = load::OpenLoop{.rate = Rate{100}};
  CHECK_FALSE(form_of(even));
  even.severities = {1};
  CHECK(form_of(even));
}

TEST_CASE("slow calls open a breaker that counts them, and none that does not") {
  const auto opened = [](const std::string& breaker) {
    auto plan = plan_over("slow=2s", breaker, 0.5);
    plan.runs = 5;
    plan.within = 1min;
    return measured(plan).front().points.front().opened.size();
  };
  CHECK(opened(slow_window) == 5);
  CHECK(opened(row_of_three) == 0);
}

TEST_CASE("a breaker that opens for the last slow calls, after the fault, has not opened in time") {
  auto plan = plan_over("slow=2s", slow_window, 0.15);  // 30 % opens it
  plan.runs = 5;
  plan.within = 10s;
  const auto point = measured(plan).front().points.front();
  CHECK(point.opened.empty());
  CHECK(point.judged() == 5);
}

TEST_CASE("a pool fills up later if only a share of the calls is slow") {
  const auto plan = plan_over("slow=2s", row_of_three, 0.5);
  CHECK(curve::exhausted_after(50, plan, 1) == 500ms);
  CHECK(curve::exhausted_after(50, plan, 0.5) == 990ms);  // 10 ms in which all are held
  CHECK_FALSE(curve::exhausted_after(50, plan, 0.1));     // 20 are held in the long run
  CHECK_FALSE(curve::exhausted_after(50, plan, 0));
  auto errors = plan;
  errors.axis = axis("errors");
  CHECK_FALSE(curve::exhausted_after(50, errors, 1));
  errors.world.upstream.normal.latency = faults::Latency::fixed(1s);
  CHECK(curve::exhausted_after(50, errors, 0.5) == 500ms);
}

TEST_CASE("what is said of a curve names what becomes worse") {
  const auto plan = plan_over("bursts=10%", row_of_three, 20);
  CHECK_THAT(curve::heading(plan),
             ContainsSubstring("over the mean burst of 10% errors, 200 runs"));
  const auto table = curve::table(plan, {plan.breakers.front(), {{.severity = 20, .opened = {}}}});
  CHECK(table.at(0).at(0) == "burst");
  CHECK(table.at(1).at(0) == "20");
  CHECK(curve::parse_blip("20 2s", *plan.axis)->severity == 20);
  CHECK_THAT(curve::parse_blip("20", *plan.axis).error().hint, ContainsSubstring("'20 2s'"));
}
