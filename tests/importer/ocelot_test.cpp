// Ocelot's QoSOptions, as Ocelot.Provider.Polly 24.1.0 reads them.
#include <map>
#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

std::string route(const std::string& options, const std::string& global = "{}") {
  return "{\"Routes\": [{\"UpstreamPathTemplate\": \"/orders/{all}\",\n\"QoSOptions\": {" +
         options + "}}],\n\"GlobalConfiguration\": " + global + "}\n";
}

}  // namespace

TEST_CASE("Ocelot's old names are Polly 8's settings, and the other releases are told") {
  const auto imported =
      read_as("ocelot.json", route("\n\"ExceptionsAllowedBeforeBreaking\": 3,\n"
                                   "\"DurationOfBreak\": 1500,\n\"TimeoutValue\": 5000\n"));
  CHECK(imported.format == "Ocelot QoSOptions");
  CHECK(imported.instance == "/orders/{all}");
  CHECK(imported.choice.text() ==
        "polly,FailureRatio=0.1,MinimumThroughput=3,SamplingDuration=30s,BreakDuration=1.5s");
  REQUIRE(imported.timeout);
  CHECK(imported.timeout->length == 5s);
  CHECK(imported.timeout->at.line == 5);
  CHECK(tells(imported.warnings, 3, "ExceptionsAllowedBeforeBreaking",
              "for versions before 23.2 use --breaker "
              "polly7,exceptionsAllowedBeforeBreaking=3,durationOfBreak=1500ms"));
  CHECK(tells(imported.warnings, 3, "ExceptionsAllowedBeforeBreaking", "FailureRatio=0.8"));
}

TEST_CASE("Ocelot counts 500 to 508 and its own timeout, and no call without an answer") {
  const auto with = *read_as("o.json", route("\"MinimumThroughput\": 3, \"Timeout\": 100")).counts;
  CHECK(format_outcome_changes(with.changes) ==
        "509-999=success,connect_failed=ignored,reset=ignored,closed=ignored,bad_answer=ignored,"
        "timeout=failure");
  const auto without = *read_as("o.json", route("\"MinimumThroughput\": 3, \"Timeout\": 0")).counts;
  CHECK_THAT(format_outcome_changes(without.changes), ContainsSubstring("timeout=ignored"));
  CHECK_FALSE(read_as("o.json", route("\"MinimumThroughput\": 3, \"Timeout\": 0")).timeout);
}

TEST_CASE("Ocelot takes its default for what is out of range, which is told") {
  const auto imported = read_as(
      "o.json", route("\"minimumthroughput\": 1,\n\"BreakDuration\": 500,\n"
                      "\"FailureRatio\": 1.0,\n\"SamplingDuration\": 86400000,\n\"Timeout\": 10"));
  CHECK(imported.choice.text() ==
        "polly,FailureRatio=0.1,MinimumThroughput=100,SamplingDuration=30s,BreakDuration=5s");
  CHECK(imported.timeout->length == 30s);
  CHECK(tells(imported.warnings, 2, "minimumthroughput", "uses 100 instead"));
  CHECK(tells(imported.warnings, 3, "BreakDuration", "uses 5000ms instead"));
  CHECK(tells(imported.warnings, 4, "FailureRatio", "uses 0.1 instead"));
  CHECK(tells(imported.warnings, 5, "SamplingDuration", "uses 30000ms instead"));
  CHECK(tells(imported.warnings, 6, "Timeout", "uses 30000ms instead"));
  const auto least = read_as("o.json", route("\"MinimumThroughput\": 2, \"BreakDuration\": 501, "
                                             "\"FailureRatio\": 0.99, \"SamplingDuration\": 501"));
  CHECK(least.choice.text() ==
        "polly,FailureRatio=0.99,MinimumThroughput=2,SamplingDuration=501ms,BreakDuration=501ms");
  CHECK(least.warnings.empty());
}

TEST_CASE("an Ocelot route takes from GlobalConfiguration what it does not say itself") {
  const auto text = route("\"MinimumThroughput\": 7, \"Other\": 1",
                          "{\"QoSOptions\": {\"BreakDuration\": 900, \"MinimumThroughput\": 3}}");
  const auto imported = read_as("o.json", text, "/orders/{all}");
  CHECK(imported.choice.text() ==
        "polly,FailureRatio=0.1,MinimumThroughput=7,SamplingDuration=30s,BreakDuration=900ms");
  CHECK(tells(imported.ignored, 2, "Other", "is not one of Ocelot's QoSOptions"));
  CHECK_THAT(read_as("o.json", text, "GlobalConfiguration").choice.text(),
             ContainsSubstring("MinimumThroughput=3"));
  // An old name is stronger than a new one, wherever it stands.
  CHECK_THAT(read_as("o.json",
                     route("\"MinimumThroughput\": 7",
                           "{\"QoSOptions\": {\"ExceptionsAllowedBeforeBreaking\": 4}}"),
                     "/orders/{all}")
                 .choice.text(),
             ContainsSubstring("MinimumThroughput=4"));
  CHECK_THAT(read_as("o.json",
                     route("\"MinimumThroughput\": 7",
                           "{\"QoSOptions\": {\"RouteKeys\": [\"r1\"], \"BreakDuration\": 900}}"),
                     "/orders/{all}")
                 .choice.text(),
             ContainsSubstring("BreakDuration=5s"));
}

TEST_CASE("Ocelot's routes of one path are told apart by their methods, keys and services") {
  const std::string text =
      "{\"ReRoutes\": [\n"
      "{\"UpstreamPathTemplate\": \"/a\", \"UpstreamHttpMethod\": [\"Get\"], \"Key\": \"r1\",\n"
      " \"QoSOptions\": {\"ExceptionsAllowedBeforeBreaking\": 3}},\n"
      "{\"UpstreamPathTemplate\": \"/a\", \"UpstreamHttpMethod\": [\"Post\"],\n"
      " \"QoSOptions\": {\"ExceptionsAllowedBeforeBreaking\": 4}},\n"
      "{\"UpstreamPathTemplate\": \"/b\", \"QoSOptions\": {\"TimeoutValue\": 4}}]}\n";
  CHECK_THAT(read_as("o.json", text, "Post /a").choice.text(),
             ContainsSubstring("MinimumThroughput=4"));
  CHECK_THAT(read_as("o.json", text, "r1").choice.text(), ContainsSubstring("MinimumThroughput=3"));
  CHECK(refused_as("o.json", text).message ==
        "o.json: 2 circuit breakers are in the file: /a (line 3), /a (line 5)");
}

TEST_CASE("QoSOptions that switch no breaker on are refused") {
  for (const auto& [options, why] : std::map<std::string, std::string>{
           {"\"BreakDuration\": 1000", "o.json:2:1: without MinimumThroughput in its QoSOptions"},
           {"\"ExceptionsAllowedBeforeBreaking\": 0",
            "o.json:2:51: with "
            "ExceptionsAllowedBeforeBreaking 0"},
           {"\"MinimumThroughput\": 2.5", "'2.5' is not a whole number"},
           {"\"MinimumThroughput\": \"many\"", "'many' is not a number"},
           {"\"MinimumThroughput\": 3, \"BreakDurations\": 9", "has no key 'BreakDurations'"}}) {
    INFO(options);
    CHECK_THAT(refused_as("o.json", route(options)).message, ContainsSubstring(why));
  }
}
