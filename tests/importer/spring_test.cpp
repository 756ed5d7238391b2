// How Spring Boot reads a file: profiles, numbers, names.
#include "importer/numbers.hpp"
#include "importer/spring_profiles.hpp"
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// Documents of YAML for profiles, each of which sets a window of its own.
std::string windows(const std::string& before, const std::vector<std::string>& conditions) {
  std::string text = before + "resilience4j.circuitbreaker.instances.a.slidingWindowSize: 10\n";
  int window = 10;
  for (const auto& condition : conditions) {
    text += "---\n" + condition + "\nresilience4j.circuitbreaker.instances.a.slidingWindowSize: " +
            std::to_string(++window) + "\n";
  }
  return text;
}

importer::Imported with_profiles(const std::string& text,
                                 const std::vector<std::string>& profiles) {
  auto imported = importer::import_breaker("a.yml", text, {.profiles = profiles});
  INFO((imported ? "" : imported.error().message));
  REQUIRE(imported);
  return *std::move(imported);
}

// The window that counts, 10 for that of the file without a profile.
std::string window(const std::string& text, const std::vector<std::string>& profiles = {}) {
  const auto flag = with_profiles(text, profiles).choice.text();
  return flag.substr(flag.rfind('=') + 1);
}

std::string on(const std::string& expression) {
  return "spring.config.activate.on-profile: \"" + expression + "\"";
}

}  // namespace

TEST_CASE("the profiles that the file makes active count, and the last document wins") {
  const std::vector<std::string> both{on("dev"), on("prod")};
  CHECK(window(windows("", both)) == "10");
  CHECK(window(windows("spring.profiles.active: dev\n", both)) == "11");
  CHECK(window(windows("spring: {profiles: {active: [prod, dev]}}\n", both)) == "12");
  CHECK(window(windows("spring.profiles.active: 'prod, dev'\n", both)) == "12");
  CHECK(window(windows("spring.profiles.include: dev\n", both)) == "11");
  CHECK(window(windows("spring.profiles: {active: all, group: {all: [dev]}}\n", both)) == "11");
  CHECK(window(windows("spring.profiles.active: ${PROFILE:dev}\n", both)) == "11");
}

TEST_CASE("without an active profile the one called default is") {
  CHECK(window(windows("", {on("default")})) == "11");
  CHECK(window(windows("spring.profiles.active: dev\n", {on("default")})) == "10");
  CHECK(window(windows("spring.profiles.default: dev\n", {on("dev")})) == "11");
}

TEST_CASE("a profile that is named takes the place of what the file makes active") {
  const auto text = windows("spring.profiles.active: dev\n", {on("dev"), on("prod"), on("!ci")});
  CHECK(window(text) == "13");
  CHECK(window(text, {"ci"}) == "10");
  CHECK(window(windows("spring.profiles.active: dev\n", {on("dev"), on("prod")}), {"prod"}) ==
        "12");
  CHECK(window(windows("spring.profiles.group.all: dev\n", {on("dev")}), {"all"}) == "11");
  CHECK(window("spring.profiles: dev\nresilience4j.circuitbreaker.instances.a.slidingWindowSize: 3",
               {"dev"}) == "3");
}

TEST_CASE("a profile that the file does not speak of is refused with those that it does") {
  const auto refused = [](const std::string& text) {
    const auto imported = importer::import_breaker("a.yml", text, {.profiles = {"prdo"}});
    REQUIRE_FALSE(imported);
    return imported.error();
  };
  const auto error = refused(windows("", {on("prod | eu")}));
  CHECK(error.message == "a.yml: nothing in the file concerns the profile 'prdo'");
  CHECK(error.hint == "did you mean 'prod'?");
  CHECK_THAT(refused(windows("", {})).hint, ContainsSubstring("leave out the profile"));
  CHECK(importer::import_breaker("application-prdo.yml", windows("", {}), {.profiles = {"prdo"}}));
}

TEST_CASE("a condition is an expression of profiles, or a list of which one is enough") {
  const std::vector<std::string> active{"prod", "eu"};
  for (const auto* holds : {"prod", "!dev", "prod & eu", "prod | dev", "prod & (dev | eu)", "!!eu",
                            " prod&!dev ", "!(dev | us)", "(prod)"}) {
    CAPTURE(holds);
    CHECK(*importer::profile_holds(holds, active));
  }
  for (const auto* fails : {"dev", "!prod", "prod & dev", "dev | us", "Prod"}) {
    CAPTURE(fails);
    CHECK_FALSE(*importer::profile_holds(fails, active));
  }
  for (const auto* wrong : {"", "!", "prod &", "prod & eu | dev", "(prod", "prod)", "prod (eu)"}) {
    CAPTURE(wrong);
    CHECK_FALSE(importer::profile_holds(wrong, active));
  }
  CHECK(window(windows("", {"spring.config.activate.on-profile: [dev, prod]"}), {"prod"}) == "11");
  CHECK(window(windows("", {"spring.profiles: dev, prod"}), {"prod"}) == "11");
  CHECK_THAT(refused_as("a.yml", windows("", {on("a & b | c")})).message,
             StartsWith("a.yml:3:1: 'a & b | c' is not a profile expression"));
}

TEST_CASE("documents for profiles are told, taken or not") {
  const auto imported =
      with_profiles(windows("spring.profiles.active: dev\n", {on("dev"), on("prod")}), {});
  REQUIRE(imported.profiles.size() == 1);
  CHECK(imported.profiles.front().at.line == 4);
  CHECK(imported.profiles.front().why ==
        "the document for the profile 'dev' is used, because the active profile is 'dev'");
  CHECK(tells(imported.ignored, 7, "", "only for the profile 'prod'"));
  CHECK(tells(imported.ignored, 7, "", "--profile"));
  const auto unknown =
      with_profiles(windows("spring.profiles.active: '@activatedProperties@'\n", {on("dev")}), {});
  CHECK(unknown.choice.text() == "resilience4j,slidingWindowSize=10");
  CHECK(tells(unknown.warnings, 1, "spring.profiles.active", "--profile NAME"));
}

TEST_CASE("a document for a cloud platform counts where the file says which it is") {
  const std::string cloud = "spring.config.activate.on-cloud-platform: kubernetes";
  const auto left_out = with_profiles(windows("", {cloud}), {});
  CHECK(left_out.choice.text() == "resilience4j,slidingWindowSize=10");
  CHECK(tells(left_out.ignored, 3, "", "only for the cloud platform 'kubernetes'"));
  CHECK(window(windows("spring.main.cloud-platform: kubernetes\n", {cloud})) == "11");
}

TEST_CASE("Hystrix in a file of Spring goes by profiles, too") {
  const std::string text =
      "hystrix.command.a.circuitBreaker.requestVolumeThreshold=1\n#---\n"
      "spring.config.activate.on-profile=prod\n"
      "hystrix.command.a.circuitBreaker.requestVolumeThreshold=2\n";
  const auto imported = importer::import_breaker("a.properties", text, {.profiles = {"prod"}});
  REQUIRE(imported);
  CHECK_THAT(imported->choice.text(), ContainsSubstring("requestVolumeThreshold=2"));
}

TEST_CASE("a Hystrix command without a timeout of its own ends calls after a second") {
  const auto imported =
      read_as("a.properties", "hystrix.command.pay.circuitBreaker.enabled=true\n");
  REQUIRE(imported.timeout);
  CHECK(imported.timeout->length == 1s);
  const auto off =
      read_as("a.properties",
              "hystrix.command.default.execution.timeout.enabled=false\n"
              "hystrix.command.pay.execution.isolation.thread.timeoutInMilliseconds=50\n",
              "pay");
  CHECK_FALSE(off.timeout);
  CHECK(tells(off.warnings, 1, "execution.timeout.enabled", "--timeout"));
}

TEST_CASE("a Hystrix command may name its pool in the file") {
  const auto imported = read_as("a.yml",
                                "hystrix:\n"
                                "  command.pay.threadPoolKeyOverride: slow\n"
                                "  command.pay.circuitBreaker.enabled: true\n"
                                "  threadpool:\n"
                                "    default: {coreSize: 25, maxQueueSize: 7}\n"
                                "    slow: {coreSize: 5}\n"
                                "    other: {coreSize: 6}\n");
  CHECK_THAT(imported.choice.text(), ContainsSubstring("coreSize=5,maxQueueSize=7"));
  CHECK_FALSE(tells(imported.ignored, 6, "hystrix.threadpool.slow", ""));
  CHECK(tells(imported.ignored, 7, "hystrix.threadpool.other",
              "code decides which commands run in this pool"));
}

TEST_CASE("numbers of YAML are those of YAML 1.1, and text is read as Java reads it") {
  for (const auto& [written, in_yaml, as_text] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"20", "20", "20"},
           {"020", "16", "20"},
           {"0o20", "16", "0o20"},
           {"0x20", "32", "0x20"},
           {"0b101", "5", "0b101"},
           {"1_000", "1000", "1_000"},
           {"1:30", "90", "1:30"},
           {"1:30:00", "5400", "1:30:00"},
           {"-010", "-8", "-10"},
           {"+7", "7", "+7"},
           {"089", "089", "89"},
           {"1_0.5", "10.5", "1_0.5"},
           {"0.5", "0.5", "0.5"},
           {"0", "0", "0"},
           {"00", "0", "0"},
           {"1:75", "1:75", "1:75"},
           {"10s", "10s", "10s"},
           {"0xZZ", "0xZZ", "0xZZ"},
           {"", "", ""}}) {
    CAPTURE(written);
    CHECK(importer::number_in_spring(written, false) == in_yaml);
    CHECK(importer::number_in_spring(written, true) == as_text);
  }
}

TEST_CASE("a window of 020 is 16 in YAML, and 20 in quotes and in properties") {
  const auto flag = [](const std::string& file, const std::string& text) {
    return read_as(file, text).choice.text();
  };
  const std::string key = "resilience4j.circuitbreaker.instances.a.";
  CHECK(flag("a.yml", key + "slidingWindowSize: 020") == "resilience4j,slidingWindowSize=16");
  CHECK(flag("a.yml", key + "slidingWindowSize: '020'") == "resilience4j,slidingWindowSize=20");
  CHECK(flag("a.yml", "n: 020\n" + key + "slidingWindowSize: ${n}") ==
        "resilience4j,slidingWindowSize=16");
  CHECK(flag("a.yml", key + "slidingWindowSize: ${N:020}") == "resilience4j,slidingWindowSize=20");
  CHECK(flag("a.properties", key + "slidingWindowSize=050") == "resilience4j,slidingWindowSize=50");
  CHECK(flag("a.yml", key + "waitDurationInOpenState: 1:30") ==
        "resilience4j,waitDurationInOpenState=90ms");
  CHECK(flag("a.yml", key + "waitDurationInOpenState: 1_000") ==
        "resilience4j,waitDurationInOpenState=1s");
  CHECK_THAT(refused_as("a.properties", key + "slidingWindowSize=1_000").message,
             ContainsSubstring("'1_000' is not a number"));
  CHECK_THAT(flag("d.yaml",
                  "kind: DestinationRule\nspec: {host: h, trafficPolicy: {outlierDetection: "
                  "{consecutive5xxErrors: 010}}}"),
             StartsWith("envoy,consecutive_5xx=8,"));
}

TEST_CASE("dotted and nested names of one document are one tree, and the last value counts") {
  const auto imported =
      read_as("a.yml",
              "resilience4j.circuitbreaker.configs.default.failureRateThreshold: 40\n"
              "resilience4j.circuitbreaker.instances.a.slidingWindowSize: 5\n"
              "resilience4j.circuitbreaker.instances.a.minimumNumberOfCalls: 3\n"
              "resilience4j:\n"
              "  circuitbreaker:\n"
              "    configs.default: {slowCallRateThreshold: 70}\n"
              "    instances:\n"
              "      a:\n"
              "        slidingWindowSize: 6\n"
              "  retry.instances.a.maxAttempts: 2\n"
              "resilience4j.timelimiter.instances.a.timeoutDuration: 2s\n");
  CHECK(imported.choice.text() ==
        "resilience4j,slidingWindowSize=6,minimumNumberOfCalls=3,failureRateThreshold=40,"
        "slowCallRateThreshold=70");
  CHECK(imported.retry->attempts == 2);
  CHECK(imported.timeout->length == 2s);
  CHECK(tells(imported.warnings, 9, "slidingWindowSize", "the last value counts"));
}

TEST_CASE("a name with signs in it binds without them, unless it is in brackets") {
  const auto bare = read_as("a.yml",
                            "resilience4j.circuitbreaker.instances:\n"
                            "  Stock#find(Long): {slidingWindowSize: 5}\n");
  CHECK(bare.instance == "Stock#find(Long)");
  CHECK(tells(bare.warnings, 2, "Stock#find(Long)", "Spring binds this name to 'StockfindLong'"));
  CHECK(tells(bare.warnings, 2, "Stock#find(Long)", "\"[Stock#find(Long)]\""));
  CHECK(read_as("a.yml",
                "resilience4j.circuitbreaker.instances:\n  Stock#find(Long): {}\n  other: {}\n",
                "StockfindLong")
            .instance == "Stock#find(Long)");
  for (const auto* fine : {"'[Stock#find(Long)]'", "pay_ments", "pay-ments", "Pay2"}) {
    CAPTURE(fine);
    CHECK(read_as("a.yml", std::string("resilience4j.circuitbreaker.instances:\n  ") + fine +
                               ": {slidingWindowSize: 5}\n")
              .warnings.empty());
  }
  CHECK(tells(
      read_as("a.properties", "resilience4j.circuitbreaker.instances.caf\xe9.slidingWindowSize=5\n")
          .warnings,
      1, "caf\u00e9", "to 'caf'"));
}
