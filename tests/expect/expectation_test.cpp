#include "expect/expectation.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include "tests/support/catch.hpp"

namespace tripcurve::expect {
namespace {

Expectation parsed(const std::string& text) {
  auto expectation = parse_expectation(text);
  INFO(text);
  REQUIRE(expectation.ok());
  return *std::move(expectation);
}

Error refused(const std::string& text) {
  const auto expectation = parse_expectation(text);
  INFO(text);
  REQUIRE_FALSE(expectation.ok());
  return expectation.error();
}

double bound_of(const std::string& text) {
  return std::get<FixedBound>(parsed(text).terms[0].bound).value;
}

TEST_CASE("a bound is read in the metric's own unit") {
  CHECK(bound_of("time_to_open < 1s") == 1000);
  CHECK(bound_of("p99 <= 250us") == 0.25);
  CHECK(bound_of("availability > 99.5%") == 0.995);
  CHECK(bound_of("opens == 0") == 0);
  CHECK(bound_of("goodput >= 150/s") == 150);
  CHECK(bound_of("amplification < 1.2") == 1.2);
  CHECK(bound_of("flaps_per_min < 2") == 2);
  CHECK(bound_of("flaps_per_min < 2/m") == 2);
}

TEST_CASE("every comparison is told apart") {
  const auto comparison = [](const std::string& sign) {
    return parsed("opens " + sign + " 3").terms[0].comparison;
  };
  CHECK(comparison("<") == Relation::less);
  CHECK(comparison("<=") == Relation::at_most);
  CHECK(comparison(">") == Relation::greater);
  CHECK(comparison(">=") == Relation::at_least);
  CHECK(comparison("==") == Relation::equal);
  CHECK(comparison("!=") == Relation::different);
  for (const auto* sign : {"<", "<=", ">", ">=", "==", "!="}) {
    CHECK(symbol(comparison(sign)) == sign);
  }
}

TEST_CASE("spaces around the parts of an expectation do not matter") {
  CHECK(parsed("  opens==0 ").terms[0].text == "opens==0");
  CHECK(parsed("time_to_open   <  1s").terms[0].text == "time_to_open < 1s");
}

TEST_CASE("a bound can be a share of another metric") {
  const auto expectation = parsed("upstream_requests < 5% of calls");
  const auto& relative = std::get<RelativeBound>(expectation.terms[0].bound);
  CHECK(relative.share == 0.05);
  CHECK(relative.of->name == "calls");
  CHECK(refused("p99 < 5% of calls").message == "p99 cannot be a part of calls");
  CHECK(refused("sent < 5 of calls").message.find("5") != std::string::npos);
}

TEST_CASE("time_in takes a state, and nothing else does") {
  CHECK(parsed("time_in(open) < 10% of duration").terms[0].state == breaker::State::open);
  CHECK(refused("time_in < 5s").hint == "write time_in(open)");
  CHECK(refused("time_in(opn) < 5s").hint == "did you mean 'open'?");
  CHECK(refused("opens(open) < 5").message == "'opens(open)' is not a metric");
  CHECK(refused("time_in(open < 5s").hint == "close the bracket");
}

TEST_CASE("transitions are compared with a list of states") {
  using breaker::State;
  const auto expectation = parsed("transitions == [closed, open,half_open , closed]");
  CHECK(std::get<std::vector<State>>(expectation.terms[0].bound) ==
        std::vector{State::closed, State::open, State::half_open, State::closed});
  CHECK(refused("transitions < [closed]").hint == "write == or !=");
  CHECK(refused("transitions == closed").message == "'closed' is not a list of states");
  CHECK(refused("transitions == []").message == "'[]' has no state");
  CHECK(refused("transitions == [closed, opened]").hint == "did you mean 'open'?");
}

TEST_CASE("several comparisons are joined by and") {
  const auto expectation = parsed("p99 < 50ms and availability > 99%");
  REQUIRE(expectation.terms.size() == 2);
  CHECK(expectation.terms[1].metric->name == "availability");
  CHECK(expectation.text() == "p99 < 50ms and availability > 99%");
  CHECK(refused("p99 < 50ms and ").message == "an expectation is missing");
}

TEST_CASE("what is wrong with an expectation is said with what would work") {
  CHECK(refused("").message == "an expectation is missing");
  CHECK(refused("time_to_opne < 1s").hint == "did you mean 'time_to_open'?");
  CHECK(refused("speed < 1s").hint == "see tripcurve list metrics");
  CHECK(refused("opens").message == "'opens' has no comparison");
  CHECK(refused("opens = 0").message == "'=' is not a comparison");
  CHECK(refused("opens = 0").hint == "write ==");
  CHECK(refused("opens ! 0").hint == "write !=");
  CHECK(refused("opens ==").message == "'opens ==' has no bound");
  CHECK(refused("opens == 1.5").hint == "write 3");
  CHECK(refused("opens == -1").message == "'-1' is not a bound for opens");
  CHECK_FALSE(refused("p99 < 50").hint.empty());
  CHECK_FALSE(refused("availability > 0.99").hint.empty());
  CHECK(refused("availability > 99% of calls").message == "availability cannot be a part of calls");
  CHECK(refused("opens == 0 extra").message == "'0 extra' is not a bound for opens");
}

TEST_CASE("an expectation that every run passes or none can is refused") {
  CHECK(refused("opens < 0").message == "'opens < 0' can never hold");
  CHECK(refused("opens >= 0").message == "'opens >= 0' always holds");
  CHECK(refused("availability > 100%").message == "'availability > 100%' can never hold");
  CHECK(refused("availability <= 100%").message == "'availability <= 100%' always holds");
  CHECK(parse_expectation("availability >= 100%").ok());
  CHECK(parse_expectation("opens > 0").ok());
  for (const auto* text :
       {"failed <= 100% of calls", "timeouts <= 100% of calls", "time_in(open) <= 100% of duration",
        "p50 <= 100% of max", "fail_fast >= 0% of calls"}) {
    CHECK(refused(text).message == "'" + std::string(text) + "' always holds");
  }
  CHECK(refused("failed > 100% of calls").message == "'failed > 100% of calls' can never hold");
  CHECK(parse_expectation("upstream_requests <= 100% of calls").ok());  // more with attempts
  CHECK(parse_expectation("calls <= 100% of sent").ok());
  CHECK(parse_expectation("failed < 100% of calls").ok());
  CHECK(parse_expectation("sent <= 100% of calls").ok());  // a retry sends more
}

TEST_CASE("a bound is a finite number") {
  for (const auto* bound : {"inf", "nan", "infinity", "1e400"}) {
    for (const auto* metric :
         {"opens", "amplification", "flaps_per_min", "goodput", "availability", "p99"}) {
      const auto text = fmt::format("{} < {}", metric, bound);
      INFO(text);
      CHECK_FALSE(parse_expectation(text).ok());
    }
  }
}

TEST_CASE("a scope names what the experiment has, and what the metric is counted by") {
  const Names names{{"healthy", "outage"}, {"/payments"}, {"client"}};
  auto expectation = parsed("opens == 0");
  CHECK_FALSE(mistake(expectation, names));
  expectation.scope.phase = "outrage";
  CHECK(mistake(expectation, names)->message == "there is no phase 'outrage'");
  CHECK(mistake(expectation, names)->hint == "did you mean 'outage'?");
  expectation.scope = {.phase = "outage", .endpoint = "/payments", .breaker = "client"};
  CHECK_FALSE(mistake(expectation, names));
  auto calls = parsed("availability > 99%");
  calls.scope.breaker = "client";
  CHECK(mistake(calls, names)->message == "availability is not counted by breaker");
  auto forecast = parsed("false_trips_per_month <= 1");
  CHECK_FALSE(mistake(forecast, names));
  forecast.scope.phase = "outage";
  CHECK(mistake(forecast, names)->message == "false_trips_per_month is about the whole experiment");
  auto upstream = parsed("upstream_requests < 5% of calls");
  upstream.scope.endpoint = "/payments";
  CHECK(mistake(upstream, names)->message == "upstream_requests is not counted by endpoint");
}

TEST_CASE("every metric has a name of its own, a unit and words that explain it") {
  std::set<std::string_view> names;
  for (const auto& metric : metrics()) {
    INFO(metric.name);
    CHECK(names.insert(metric.name).second);
    CHECK_FALSE(metric.summary.empty());
    CHECK_FALSE(metric.definition.empty());
    CHECK(metric.observe != nullptr);
    CHECK(*find_metric(metric.name) == &metric);
    CHECK_FALSE(name(metric.unit).empty());
  }
}

}  // namespace
}  // namespace tripcurve::expect
