#include "exporter/exporter.hpp"

#include <string>
#include <vector>

#include "importer/import.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

const exporter::Format& format_named(const std::string& name) {
  for (const auto& format : exporter::formats()) {
    if (format.name == name) {
      return format;
    }
  }
  FAIL("no format " << name);
  return exporter::formats().front();
}

std::string written(const std::string& format, const std::string& breaker) {
  return format_named(format).write(choice(breaker), "payments").text;
}

// Of all settings, given or not.
std::vector<std::string> effective(const breaker::Choice& breaker) {
  std::vector<std::string> all{std::string(breaker.dialect().name)};
  for (const auto& setting : breaker.settings()) {
    all.push_back(setting.key + "=" + setting.value);
  }
  return all;
}

}  // namespace

TEST_CASE("what is exported is imported as the same breaker") {
  const std::vector<std::string> breakers{
      "resilience4j,failureRateThreshold=30,slidingWindowSize=20,waitDurationInOpenState=1m30s",
      "resilience4j,slowCallRateThreshold=12.5,slowCallDurationThreshold=1.5s",
      "resilience4j,waitDurationInOpenState=2h,enableExponentialBackoff=true",
      "resilience4j,slidingWindowType=TIME_BASED,slidingWindowSize=10,minimumNumberOfCalls=7,"
      "automaticTransitionFromOpenToHalfOpenEnabled=true",
      "hystrix,requestVolumeThreshold=5,sleepWindowInMilliseconds=1500,"
      "errorThresholdPercentage=33",
      "hystrix,circuitBreaker.forceClosed=true",
      "polly,FailureRatio=0.25,MinimumThroughput=20,SamplingDuration=1m30s,BreakDuration=1.5s",
      "envoy,consecutive_5xx=7,interval=2.5s,base_ejection_time=45s,max_ejection_percent=50,"
      "enforcing_success_rate=0",
      "envoy,split_external_local_origin_errors=true,consecutive_local_origin_failure=3,"
      "enforcing_success_rate=0,healthy_panic_threshold=20",
      "hystrix-go,error_percent_threshold=25,sleep_window=2500",
      "classic,failures=3,timeout=1m30s",
      "gobreaker,ReadyToTrip=Requests >= 10 && TotalFailures / Requests >= 0.5",
      "opossum,errorThresholdPercentage=40,resetTimeout=15000"};
  for (const auto& text : breakers) {
    const auto breaker = choice(text);
    for (const auto* format : exporter::formats_of(breaker)) {
      if (!format->can_be_imported) {
        continue;
      }
      const auto exported = format->write(breaker, "payments");
      INFO(text << " as " << format->name << "\n" << exported.text);
      CHECK(exported.left_out.empty());
      const auto read = importer::import_breaker("settings" + std::string(format->endings.front()),
                                                 exported.text);
      INFO((read ? "" : read.error().message));
      REQUIRE(read.ok());
      CHECK(effective(read->choice) == effective(breaker));
    }
  }
}

TEST_CASE(
    "every dialect can be exported in tripcurve's own form, and the library's form comes first") {
  for (const auto& dialect : breaker::dialects()) {
    CHECK(exporter::formats_of(choice(std::string(dialect.name))).back()->name == "tripcurve");
  }
  CHECK(exporter::formats_of(choice("resilience4j")).front()->name == "resilience4j-yaml");
  CHECK(exporter::formats_of(choice("gobreaker")).front()->name == "gobreaker");
}

TEST_CASE("code has the names and the types of its library") {
  CHECK(written("gobreaker", "gobreaker,Timeout=10s,Interval=1500ms,MaxRequests=3") ==
        "gobreaker.Settings{\n\tName: \"payments\",\n\tMaxRequests: 3,\n"
        "\tInterval: 1500 * time.Millisecond,\n\tTimeout: 10 * time.Second,\n}\n");
  CHECK_THAT(written("gobreaker", "gobreaker,ReadyToTrip=ConsecutiveFailures > 3"),
             ContainsSubstring("return counts.ConsecutiveFailures > 3\n"));
  CHECK_THAT(written("gobreaker", "gobreaker,ReadyToTrip=TotalFailures / Requests >= 0.5"),
             ContainsSubstring(
                 "return float64(counts.TotalFailures) / float64(counts.Requests) >= 0.5\n"));
  CHECK(written("opossum", "opossum,resetTimeout=15s,timeout=false") ==
        "const breaker = new CircuitBreaker(action, {\n  name: 'payments',\n  timeout: false,\n"
        "  resetTimeout: 15000,\n});\n");
}

TEST_CASE("what a format cannot hold is told in it") {
  const auto exported = format_named("istio").write(
      choice("envoy,consecutive_5xx=3,enforcing_success_rate=50"), "pay");
  CHECK(exported.left_out == std::vector<std::string>{"enforcing_success_rate"});
  CHECK_THAT(exported.text, StartsWith("# this format cannot hold: enforcing_success_rate\n"));
}

TEST_CASE("the ending of a file's name chooses the format") {
  const auto resilience4j = choice("resilience4j");
  CHECK((*exporter::format_for(resilience4j, "a/application.properties"))->name ==
        "resilience4j-properties");
  CHECK((*exporter::format_for(resilience4j, "application.yml"))->name == "resilience4j-yaml");
  const auto wrong = exporter::format_for(resilience4j, "settings.toml");
  REQUIRE_FALSE(wrong.ok());
  CHECK_THAT(wrong.error().hint, ContainsSubstring(".properties"));
}
