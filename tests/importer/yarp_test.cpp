// Clusters of YARP with passive health checks, in appsettings.json.
#include <fmt/format.h>

#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

const std::string passive = R"("Passive": {"Enabled": true})";
const std::string two_destinations =
    R"("Destinations": {"a": {"Address": "x"}, "b": {"Address": "y"}})";

std::string file_of(const std::string& cluster) {
  return R"({"ReverseProxy": {"Clusters": {"shop": {)" + cluster + "}}}}";
}
importer::Imported yarp(const std::string& cluster) {
  return read_as("appsettings.json", file_of(cluster));
}
Error yarp_refused(const std::string& cluster) {
  return refused_as("appsettings.json", file_of(cluster));
}
std::string health(const std::string& content) { return R"("HealthCheck": {)" + content + "}"; }

}  // namespace

TEST_CASE("a cluster of YARP is its health check, its metadata, its balancing and destinations") {
  const auto imported = yarp(
      R"("LoadBalancingPolicy": "roundrobin", "Metadata":
         {"transportfailureratehealthpolicy.ratelimit": "0.5"}, )" +
      two_destinations + "," +
      health(R"("AvailableDestinationsPolicy": "healthyandunknown", "Passive": {"Enabled": "True",
                "Policy": "transportFailureRate", "ReactivationPeriod": "0.00:01:30"})"));
  CHECK(imported.format == "YARP cluster");
  CHECK(imported.instance == "ReverseProxy:Clusters:shop");
  CHECK(imported.choice.text() ==
        "yarp,destinations=2,LoadBalancingPolicy=RoundRobin,AvailableDestinationsPolicy="
        "HealthyAndUnknown,ReactivationPeriod=1m30s,"
        "TransportFailureRateHealthPolicy.RateLimit=0.5");
  CHECK(imported.timeout->length == 100s);
  CHECK_FALSE(imported.counts);  // the dialect counts as YARP does
  CHECK(tells(imported.warnings, 1, "TransportFailureRateHealthPolicyOptions",
              "can be set only in code; tripcurve uses the defaults, DetectionWindowSize=60s and "
              "MinimalTotalCountThreshold=10"));
}

TEST_CASE("keys with colons are sections of a cluster, and its own name is enough to name it") {
  const auto imported = read_as("appsettings.json",
                                R"({"ReverseProxy:Clusters:shop:HealthCheck:Passive:Enabled": true,
      "ReverseProxy:Clusters:other:HealthCheck:Passive:Enabled": true,
      "ReverseProxy:Clusters:shop:HttpRequest:ActivityTimeout": "00:00:05"})",
                                "shop");
  CHECK(imported.choice.text() == "yarp");
  CHECK(imported.timeout->length == 5s);
  CHECK(tells(imported.warnings, 1, "Destinations", "the file does not say how many destinations"));
}

TEST_CASE("one file holds a YARP cluster beside the handlers of HttpClients") {
  const std::string text =
      R"({"Http": {"CircuitBreaker": {"FailureRatio": 0.3}}, "ReverseProxy": {"Clusters": {"shop": {)" +
      two_destinations + "," + health(passive) + "}}}}";
  CHECK(read_as("appsettings.json", text, "shop").choice.dialect().name == "yarp");
  CHECK(read_as("appsettings.json", text, "Http").choice.dialect().name == "polly");
  CHECK_THAT(refused_as("appsettings.json", text).message,
             ContainsSubstring("2 circuit breakers are in the file: Http (line 1), "
                               "ReverseProxy:Clusters:shop (line 1)"));
}

TEST_CASE("a passive health check of YARP is off unless Enabled is true") {
  for (const auto* check : {R"("Passive": {})", R"("Passive": {"Enabled": false})"}) {
    const auto error = yarp_refused(health(check));
    CHECK_THAT(error.message, StartsWith("appsettings.json:1:"));
    CHECK_THAT(error.message, ContainsSubstring("the passive health check is off"));
  }
  CHECK_THAT(
      refused_as("appsettings.json", file_of(health(R"("Active": {"Enabled": true})"))).message,
      ContainsSubstring("no circuit breaker that tripcurve can read"));
}

TEST_CASE("policies that YARP does not ship are refused, and a balancing that it does not, told") {
  CHECK_THAT(yarp_refused(health(R"("Passive": {"Enabled": true, "Policy": "Mine"})")).message,
             ContainsSubstring("Policy is not one of YARP's policies: 'Mine'"));
  CHECK_THAT(yarp_refused(health(passive + R"(, "AvailableDestinationsPolicy": "Half")")).hint,
             ContainsSubstring("use HealthyOrPanic, HealthyAndUnknown"));
  const auto imported =
      yarp(R"("LoadBalancingPolicy": "Weighted", )" + two_destinations + "," + health(passive));
  CHECK(imported.choice.text() == "yarp,destinations=2");
  CHECK(tells(imported.warnings, 1, "LoadBalancingPolicy",
              "Weighted is a policy from your own code; tripcurve uses PowerOfTwoChoices"));
}

TEST_CASE("an empty policy is YARP's default") {
  CHECK(yarp(R"("LoadBalancingPolicy": "", )" + two_destinations + "," +
             health(R"("AvailableDestinationsPolicy": "", "Passive": {"Enabled": true,
                       "Policy": ""})"))
            .choice.text() == "yarp,destinations=2");
}

TEST_CASE("options of YARP's code that stand in the file are told") {
  for (const auto* key :
       {"DetectionWindowSize", "MinimalTotalCountThreshold", "DefaultFailureRateLimit"}) {
    CAPTURE(key);
    for (const auto& cluster :
         {health(fmt::format(R"("Passive": {{"Enabled": true, "{}": "1"}})", key)),
          health(fmt::format(R"({}, "{}": "1")", passive, key)),
          health(passive) + fmt::format(R"(, "Metadata": {{"{}": "1"}})", key)}) {
      CHECK(tells(yarp(cluster).warnings, 1, key, "YARP does not read it here"));
    }
  }
}

TEST_CASE("a limit that is not a number is YARP's default, and that is told") {
  const auto imported = yarp(
      two_destinations +
      R"(, "Metadata": {"TransportFailureRateHealthPolicy.RateLimit": "30%"}, )" + health(passive));
  CHECK(imported.choice.text() == "yarp,destinations=2");
  CHECK(tells(imported.warnings, 1, "TransportFailureRateHealthPolicy.RateLimit",
              "'30%' is not a number, so YARP uses DefaultFailureRateLimit instead, which is 0.3"));
  CHECK(tells(imported.warnings, 1, "TransportFailureRateHealthPolicyOptions",
              "and DefaultFailureRateLimit=0.3"));
}

TEST_CASE("times of YARP are TimeSpans above zero") {
  for (const auto* period : {"0", "00:00:00", "60s", "49.17:02:47.295"}) {
    CAPTURE(period);
    const auto error = yarp_refused(health(
        fmt::format(R"("Passive": {{"Enabled": true, "ReactivationPeriod": "{}"}})", period)));
    CHECK_THAT(error.message, StartsWith("appsettings.json:1:"));
  }
  CHECK_THAT(
      yarp_refused(health(passive) + R"(, "HttpRequest": {"ActivityTimeout": "-1"})").message,
      ContainsSubstring("'-1'"));
}

TEST_CASE("a key that the passive health check of YARP does not have is an error") {
  const auto error =
      yarp_refused(health(R"("Passive": {"Enabled": true, "ReactivationPeriode": "00:01:00"})"));
  CHECK_THAT(error.message, ContainsSubstring("Passive has no key 'ReactivationPeriode'"));
  CHECK_THAT(error.hint, ContainsSubstring("ReactivationPeriod"));
}

TEST_CASE("what acts beside YARP's passive health check is told") {
  const auto imported =
      yarp(R"("SessionAffinity": {"Enabled": true}, "HttpClient": {}, "Nonsense": 1,
"HttpRequest": {"Version": "2"}, "Metadata": {"Team": "shop"},)" +
           two_destinations + "," + health(passive + R"(, "Active": {"Enabled": true})"));
  CHECK(tells(imported.ignored, 1, "SessionAffinity",
              "keeps a client's calls at one destination; tripcurve"));
  CHECK(tells(imported.ignored, 1, "Nonsense", "is not one of YARP's keys"));
  CHECK(tells(imported.ignored, 2, "Version", "how calls are sent"));
  CHECK(tells(imported.ignored, 2, "Team", "of the health policy's"));
  CHECK(tells(imported.warnings, 2, "Active",
              "an active health check also makes destinations unhealthy"));
}

TEST_CASE("a route's timeout that is shorter than ActivityTimeout is told, of the cluster's own") {
  const auto read = [](const std::string& timeout, const std::string& cluster) {
    return read_as("appsettings.json",
                   fmt::format(R"({{"ReverseProxy": {{"Routes": {{"r": {{"ClusterId": "{}",
"Timeout": "{}"}}}}, "Clusters": {{"shop": {{"HttpRequest": {{"ActivityTimeout": "00:00:10"}}, {}}}}}}}}})",
                               cluster, timeout, health(passive)))
        .warnings;
  };
  CHECK(tells(read("00:00:05", "Shop"), 2, "Timeout",
              "the route ends calls after 5s, before the ActivityTimeout of 10s, and YARP counts a "
              "call that it ends this way as a success"));
  CHECK_FALSE(tells(read("00:00:10", "shop"), 2, "Timeout", ""));
  CHECK_FALSE(tells(read("00:00:05", "other"), 2, "Timeout", ""));
}
