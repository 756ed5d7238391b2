#include <fstream>
#include <sstream>

#include "document/limits.hpp"
#include "test_data.hpp"
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

const std::string two =
    "resilience4j.circuitbreaker.instances:\n  payments: {slidingWindowSize: 5}\n"
    "  inventory: {slidingWindowSize: 6}\n";

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE(file);
  return text.str();
}

}  // namespace

TEST_CASE("of several breakers one must be named") {
  const auto error = refused_as("a.yml", two);
  CHECK(error.message ==
        "a.yml: 2 circuit breakers are in the file: payments (line 2), inventory (line 3)");
  CHECK(error.hint == "name the one that you mean: --instance payments");
  const auto imported = read_as("a.yml", two, "inventory");
  CHECK(imported.instance == "inventory");
  CHECK(imported.at.text() == "a.yml:3:3");
  CHECK(imported.format == "resilience4j in Spring Boot");
}

TEST_CASE("a name that no breaker has is refused with one that is meant") {
  const auto error = refused_as("a.yml", two, "invetory");
  CHECK(error.message == "a.yml: no circuit breaker 'invetory' is in the file");
  CHECK(error.hint == "did you mean 'inventory'?");
  CHECK_THAT(refused_as("a.yml", two, "x").hint, ContainsSubstring("known: payments, inventory"));
}

TEST_CASE("a file may hold breakers of several libraries") {
  const auto both = two + "hystrix.command.old.circuitBreaker.requestVolumeThreshold: 9\n";
  CHECK(read_as("a.yml", both, "old").choice.dialect().name == "hystrix-1.5.18");
  CHECK(read_as("a.yml", both, "payments").choice.dialect().name == "resilience4j");
}

TEST_CASE("a file without a breaker says what could be read") {
  const auto error = refused_as("a.yml", "server: {port: 8080}\n");
  CHECK(error.message == "a.yml: no circuit breaker that tripcurve can read is in the file");
  CHECK_THAT(error.hint, ContainsSubstring("Istio DestinationRule"));
  for (const auto* text : {"", "[]", "just words", "resilience4j:\n", "kind: DestinationRule\n"}) {
    CAPTURE(text);
    CHECK_THAT(refused_as("a.yml", text).message,
               ContainsSubstring("no circuit breaker that tripcurve can read"));
  }
}

TEST_CASE("settings without their dialect are recognised by their keys") {
  CHECK(refused_as("a.json", "{\"errorThresholdPercentage\": 50, \"resetTimeout\": 30000}").hint ==
        "these look like settings of opossum: add \"dialect\": \"opossum\"");
}

TEST_CASE("mistakes of the document come with their place") {
  CHECK_THAT(refused_as("a.json", "{\"a\": }").message, StartsWith("a.json:1:7: not JSON"));
  CHECK_THAT(refused_as("a.yml", std::string(document::most_bytes + 1, ' ')).message,
             StartsWith("a.yml: larger than"));
}

TEST_CASE("files in the style of real projects import") {
  struct Sample {
    std::string file, instance, expected;
  };
  const std::string folder = std::string(TRIPCURVE_TEST_DATA) + "/../importer/files/";
  for (const auto& [file, instance, expected] : std::vector<Sample>{
           {"spring-boot-2.yml", "catalogService",
            "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5,failureRateThreshold=50,"
            "waitDurationInOpenState=10s,automaticTransitionFromOpenToHalfOpenEnabled=true,"
            "permittedNumberOfCallsInHalfOpenState=3"},
           {"gateway.properties", "userService",
            "resilience4j,slidingWindowType=TIME_BASED,slidingWindowSize=120,minimumNumberOfCalls="
            "5,"
            "slowCallDurationThreshold=5s,waitDurationInOpenState=5m"},
           {"zuul.yml", "OrderClient#place(Order)",
            "hystrix-1.5.18,circuitBreaker.requestVolumeThreshold=4,"
            "circuitBreaker.errorThresholdPercentage=60,circuitBreaker.sleepWindowInMilliseconds="
            "10000,"
            "execution.isolation.strategy=SEMAPHORE,"
            "execution.isolation.semaphore.maxConcurrentRequests=40,"
            "execution.isolation.thread.timeoutInMilliseconds=60000"},
           {"appsettings.Production.json", "Resilience:Slow",
            "polly,MinimumThroughput=4,SamplingDuration=10m"},
           {"yarp-gateway.json", "catalog",
            "yarp,destinations=3,LoadBalancingPolicy=LeastRequests,"
            "AvailableDestinationsPolicy=HealthyOrPanic,"
            "TransportFailureRateHealthPolicy.RateLimit=0.1"},
           {"shop-mesh.yaml", "ratings/v2",
            "envoy,consecutive_gateway_failure=3,interval=1m,max_ejection_percent=100,"
            "enforcing_consecutive_gateway_failure=100,enforcing_success_rate=0,"
            "healthy_panic_threshold=0"},
           {"envoy-bootstrap.yaml", "backend",
            "envoy,hosts=3,consecutive_5xx=3,base_ejection_time=15s,max_ejection_percent=34,"
            "healthy_panic_threshold=20"},
           {"resiliency.yaml", "pubsub",
            "gobreaker,MaxRequests=5,Interval=8s,Timeout=45s,"
            "ReadyToTrip=Requests >= 20 && TotalFailures / Requests >= 0.5"},
           {"krakend.json", "/users/{id}",
            "gobreaker,Interval=60s,Timeout=10s,ReadyToTrip=ConsecutiveFailures > 3"},
           {"degrade-rules.json", "GET:/items",
            "sentinel,grade=0,count=200,timeWindow=10,slowRatioThreshold=0.5"},
           {"hystrix-go.json", "charge",
            "hystrix-go,error_percent_threshold=25,"
            "max_concurrent_requests=100,timeout=3000"},
           {"breakers.yaml", "breakers.search",
            "cockatiel,breaker.type=SamplingBreaker,breaker.threshold=0.2,breaker.duration=30000,"
            "halfOpenAfter.type=IterableBackoff,halfOpenAfter.durations=100/300/1000"}}) {
    CAPTURE(file);
    CHECK(read_as(file, contents(folder + file), instance).choice.text() == expected);
  }
}

TEST_CASE("the examples that the documents speak of import") {
  const std::string folder = std::string(TRIPCURVE_TEST_DATA) + "/../../examples/";
  CHECK(read_as("application.yml", contents(folder + "application.yml"), "payments")
            .choice.dialect()
            .name == "resilience4j");
  CHECK(read_as("destination-rule.yaml", contents(folder + "destination-rule.yaml"))
            .choice.dialect()
            .name == "envoy");
  CHECK(read_as("appsettings.json", contents(folder + "appsettings.json")).choice.dialect().name ==
        "polly");
  CHECK(read_as("yarp.json", contents(folder + "yarp.json")).choice.dialect().name == "yarp");
  CHECK(read_as("opossum.json", contents(folder + "opossum.json")).choice.dialect().name ==
        "opossum");
}

TEST_CASE("wrong types anywhere end in a message and not in a crash") {
  const std::string folder = std::string(TRIPCURVE_TEST_DATA) + "/../importer/files/";
  for (const auto* file :
       {"spring-boot-2.yml", "zuul.yml", "appsettings.Production.json", "yarp-gateway.json",
        "shop-mesh.yaml", "envoy-bootstrap.yaml", "resiliency.yaml", "krakend.json",
        "degrade-rules.json", "hystrix-go.json", "breakers.yaml"}) {
    const auto text = contents(folder + file);
    // Each value in turn becomes a list, a map, nothing and a word; each line in turn is left out.
    std::vector<std::string> lines;
    std::stringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(line);
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto colon = lines[i].find(": ");
      for (const auto* value : {"[1]", "{\"a\": {\"b\": 1}}", "null", "\"word\"", "-1", "1e400"}) {
        auto changed = lines;
        if (colon == std::string::npos) {
          changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
          const bool comma = lines[i].ends_with(',');
          changed[i] = lines[i].substr(0, colon + 2) + value + (comma ? "," : "");
        }
        std::string whole;
        for (const auto& line : changed) {
          whole += line + "\n";
        }
        for (const auto& instance :
             {std::optional<std::string>{}, std::optional<std::string>("ratings")}) {
          const auto imported = importer::import_breaker(file, whole, {.instance = instance});
          if (!imported) {
            CHECK_FALSE(imported.error().message.empty());
          }
        }
      }
    }
  }
}
