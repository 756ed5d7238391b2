// How a source is named, and what is wrong with one.
#include "claims/source.hpp"

#include <chrono>

#include "claims/kind.hpp"
#include "claims/log.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::claims {
namespace {

using namespace std::chrono_literals;
using testing::ContainsSubstring;

std::string mistake_in(const std::string& text) {
  const auto source = parse_source(text);
  return source ? "none" : source.error().message + " | " + source.error().hint;
}

TEST_CASE("a source is named by its kind, its URL and settings") {
  const auto source = parse_source(
      "  prometheus  http://127.0.0.1:8080/metrics metric=m values=0:closed,1:half_open/open "
      "breaker=pay every=250ms ");
  REQUIRE(source.ok());
  CHECK(source->kind->name == "prometheus");
  CHECK(source->url == "http://127.0.0.1:8080/metrics");
  CHECK(source->metric == "m");
  CHECK(source->every == 250ms);
  CHECK(source->breaker == "pay");
  CHECK(format_meanings(source->values) == "0:closed,1:open/half_open");
  CHECK(text_of(*source) == "prometheus http://127.0.0.1:8080/metrics, breaker pay");
}

TEST_CASE("what is wrong with a source is told with what would work") {
  CHECK_THAT(mistake_in("promethius http://h/"), ContainsSubstring("did you mean 'prometheus'?"));
  CHECK_THAT(mistake_in("prometheus"), ContainsSubstring("'' is no URL"));
  CHECK_THAT(mistake_in("prometheus h/metrics"), ContainsSubstring("'h/metrics' is no URL"));
  CHECK_THAT(mistake_in("prometheus https://h/metrics"), ContainsSubstring("asks for TLS"));
  CHECK_THAT(mistake_in("envoy http://h/ breaker"), ContainsSubstring("'breaker' has no value"));
  CHECK_THAT(mistake_in("envoy http://h/ braker=x"), ContainsSubstring("did you mean 'breaker'?"));
  CHECK_THAT(mistake_in("envoy http://h/ every=1ms"), ContainsSubstring("write at least 10ms"));
  CHECK_THAT(mistake_in("envoy http://h/ every=100"), ContainsSubstring("has no unit"));
  CHECK_THAT(mistake_in("envoy http://h/ breaker=a breaker=b"), ContainsSubstring("given twice"));
  CHECK_THAT(mistake_in("envoy http://h/ metric=m"), ContainsSubstring("of kind prometheus"));
  CHECK_THAT(mistake_in("prometheus http://h/ metric=m"), ContainsSubstring("what it means"));
  CHECK_THAT(mistake_in("prometheus http://h/ values=0:open"), ContainsSubstring("names none"));
  CHECK_THAT(mistake_in("prometheus http://h/ metric=m values=0:ajar"),
             ContainsSubstring("'ajar' is no state"));
  CHECK_THAT(mistake_in("prometheus http://h/ metric=m values=open"),
             ContainsSubstring("does not say what values mean"));
  CHECK_THAT(mistake_in("prometheus http://h/ metric=m values=0:open,0:closed"),
             ContainsSubstring("0 has two meanings"));
  CHECK_THAT(mistake_in("prometheus http://h/ metric=m values=0:open label=state"),
             ContainsSubstring("both say how"));
}

TEST_CASE("a log has what was said, and why nothing was") {
  Log log(*parse_source("actuator http://h/ breaker=a"));
  log.answered(at(1ms), at(2ms), std::string(R"({"circuitBreakers":{"a":{"state":"OPEN"}}})"));
  log.answered(at(3ms), at(4ms), Error{"Connection refused", {}});
  log.answered(at(5ms), at(6ms), std::string("{}"));
  const auto readings = log.readings();
  REQUIRE(readings.size() == 3);
  CHECK(readings[0].claim == claim_of(breaker::State::open));
  CHECK(readings[0].asked == at(1ms));
  CHECK(readings[0].answered == at(2ms));
  CHECK_FALSE(readings[1].claim);
  CHECK(readings[1].words == "Connection refused");
  CHECK_THAT(readings[2].words, ContainsSubstring("neither"));
}

TEST_CASE("lines of a stream about other breakers are passed over, but not for ever") {
  Log log(*parse_source("hystrix http://h/ breaker=a"));
  for (auto now = 0ms; now < 5s; now += 100ms) {
    log.answered(at(now), at(now + 100ms), std::string("ping:\n"));
  }
  const auto readings = log.readings();
  REQUIRE(readings.size() == 2);
  CHECK(readings.front().words == "it does not name the breaker 'a'");
}

}  // namespace
}  // namespace tripcurve::claims
