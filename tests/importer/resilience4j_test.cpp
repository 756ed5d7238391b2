#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "importer/notes_text.hpp"
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// The only instance of a circuitbreaker block, whose text is indented by four.
std::string flag_of(const std::string& block) {
  return read_as("a.yml", "resilience4j:\n  circuitbreaker:\n" + block).choice.text();
}

// The settings of an instance `a` that has just these.
std::string settings(const std::string& flow_map) {
  return read_as("a.yml", "resilience4j.circuitbreaker.instances.a: {" + flow_map + "}")
      .choice.text();
}

Error refused(const std::string& flow_map) {
  return refused_as("a.yml", "resilience4j.circuitbreaker.instances.a: {" + flow_map + "}");
}

}  // namespace

TEST_CASE("a resilience4j instance is read in every spelling that Spring binds") {
  const std::string expected =
      "resilience4j,slidingWindowType=TIME_BASED,slidingWindowSize=30,failureRateThreshold=25";
  CHECK(flag_of("    instances:\n      a:\n        slidingWindowType: TIME_BASED\n"
                "        slidingWindowSize: 30\n        failureRateThreshold: 25\n") == expected);
  CHECK(flag_of("    instances:\n      a:\n        sliding-window-type: time-based\n"
                "        sliding-window-size: 30\n        failure-rate-threshold: 25.0\n") ==
        expected);
  CHECK(flag_of("    backends.a:\n        sliding_window_type: timeBased\n"
                "        sliding_window_size: '30'\n        FAILURERATETHRESHOLD: 25\n") ==
        expected);
  CHECK(read_as("a.properties",
                "resilience4j.circuitbreaker.instances.a.slidingWindowType=TIME_BASED\n"
                "resilience4j.circuitbreaker.instances.a.sliding-window-size = 30\n"
                "resilience4j.circuit-breaker.instances.a.failureRateThreshold: 25\n")
            .choice.text() == expected);
}

TEST_CASE("an instance's name may be in brackets, with dots in it") {
  const auto imported = read_as(
      "a.properties", "resilience4j.circuitbreaker.instances[pay.ments].slidingWindowSize=7\n");
  CHECK(imported.instance == "pay.ments");
  CHECK(imported.choice.text() == "resilience4j,slidingWindowSize=7");
  CHECK(read_as("a.yml",
                "resilience4j.circuitbreaker.instances:\n  '[pay.ments]': {slidingWindowSize: 7}")
            .instance == "pay.ments");
}

TEST_CASE("every setting that decides is taken") {
  CHECK(settings("slidingWindowType: COUNT_BASED, slidingWindowSize: 20, minimumNumberOfCalls: 5, "
                 "failureRateThreshold: 33.3, slowCallRateThreshold: 80, "
                 "slowCallDurationThreshold: 2s, permittedNumberOfCallsInHalfOpenState: 3, "
                 "maxWaitDurationInHalfOpenState: 10s, transitionToStateAfterWaitDuration: closed, "
                 "automaticTransitionFromOpenToHalfOpenEnabled: true, initialState: half-open, "
                 "waitDurationInOpenState: 1m, enableExponentialBackoff: true, "
                 "exponentialBackoffMultiplier: 2, exponentialMaxWaitDurationInOpenState: 5m") ==
        "resilience4j,slidingWindowType=COUNT_BASED,slidingWindowSize=20,minimumNumberOfCalls=5,"
        "failureRateThreshold=33.3,slowCallRateThreshold=80,slowCallDurationThreshold=2s,"
        "waitDurationInOpenState=1m,automaticTransitionFromOpenToHalfOpenEnabled=true,"
        "permittedNumberOfCallsInHalfOpenState=3,maxWaitDurationInHalfOpenState=10s,"
        "transitionToStateAfterWaitDuration=CLOSED,enableExponentialBackoff=true,"
        "exponentialBackoffMultiplier=2,exponentialMaxWaitDurationInOpenState=5m,"
        "initialState=HALF_OPEN");
  CHECK(settings(
            "waitDurationInOpenState: 1s, enableRandomizedWait: yes, randomizedWaitFactor: 0.25") ==
        "resilience4j,waitDurationInOpenState=1s,enableRandomizedWait=true,randomizedWaitFactor=0."
        "25");
}

TEST_CASE("a bare number of a duration is milliseconds") {
  for (const auto& [written, meant] :
       std::vector<std::pair<std::string, std::string>>{{"5000", "5s"},
                                                        {"500ms", "500ms"},
                                                        {"10S", "10s"},
                                                        {"1d", "24h"},
                                                        {"2h", "2h"},
                                                        {"PT10S", "10s"},
                                                        {"pt1m30.5s", "1m30.5s"},
                                                        {"P1DT2H", "26h"},
                                                        {"1500us", "1.5ms"}}) {
    CAPTURE(written);
    CHECK(settings("slowCallDurationThreshold: " + written) ==
          "resilience4j,slowCallDurationThreshold=" + meant);
  }
  for (const auto* wrong : {"10 s", "ten", "1.5s", "1m30s", "-1s", "PT", "P1S", "PTS", "PT1S1M",
                            "P1.5D", "PT5", "99999999d", "10x"}) {
    CAPTURE(wrong);
    CHECK_THAT(refused("slowCallDurationThreshold: " + std::string(wrong)).message,
               StartsWith("a.yml:1:70: "));
  }
}

TEST_CASE("without a baseConfig, configs.default is the base") {
  CHECK(flag_of("    configs:\n      default: {slidingWindowSize: 50, failureRateThreshold: 60}\n"
                "    instances:\n      a: {slidingWindowSize: 5}\n") ==
        "resilience4j,slidingWindowSize=5,failureRateThreshold=60");
}

TEST_CASE("with a baseConfig, its bases are followed and configs.default is not consulted") {
  CHECK(flag_of("    configs:\n      default: {failureRateThreshold: 60}\n"
                "      one: {baseConfig: two, slidingWindowSize: 1, minimumNumberOfCalls: 1}\n"
                "      two: {slidingWindowSize: 2, permittedNumberOfCallsInHalfOpenState: 2}\n"
                "    instances:\n      a: {base-config: one, minimumNumberOfCalls: 9}\n") ==
        "resilience4j,slidingWindowSize=1,minimumNumberOfCalls=9,"
        "permittedNumberOfCallsInHalfOpenState=2");
}

TEST_CASE("a config of the instance's own name is its base, before configs.default") {
  CHECK(flag_of("    configs:\n      default: {failureRateThreshold: 60}\n"
                "      a: {baseConfig: default, slidingWindowSize: 3}\n"
                "    instances:\n      a: {minimumNumberOfCalls: 2}\n") ==
        "resilience4j,slidingWindowSize=3,minimumNumberOfCalls=2");
}

TEST_CASE("configs.default may have a base, and is itself what an unnamed instance gets") {
  const std::string configs =
      "    configs:\n      default: {baseConfig: far, slidingWindowSize: 3}\n"
      "      far: {failureRateThreshold: 30}\n";
  CHECK(flag_of(configs) == "resilience4j,slidingWindowSize=3,failureRateThreshold=30");
  CHECK(flag_of(configs + "    instances:\n      a: {}\n") ==
        "resilience4j,slidingWindowSize=3,failureRateThreshold=30");
  CHECK(flag_of(configs + "    instances:\n      a:\n") ==
        "resilience4j,slidingWindowSize=3,failureRateThreshold=30");
}

TEST_CASE("a base that is not there, or leads back to itself, is refused as by resilience4j") {
  const auto refused_in = [](const std::string& block) {
    return refused_as("a.yml", "resilience4j.circuitbreaker:\n" + block);
  };
  const auto unknown =
      refused_in("  configs: {shared: {}}\n  instances:\n    a: {baseConfig: sharde}\n");
  CHECK(unknown.message ==
        "a.yml:4:5: 'a' has the baseConfig 'sharde', but configs has no entry of that name");
  CHECK(unknown.hint == "did you mean 'shared'?");
  CHECK_THAT(refused_in("  configs: {a: {}}\n  instances: {a: {baseConfig: a}}\n").message,
             ContainsSubstring("the baseConfig of 'a' leads back to itself"));
  CHECK_THAT(refused_in("  configs: {b: {baseConfig: c}, c: {baseConfig: b}}\n"
                        "  instances: {a: {baseConfig: b}}\n")
                 .message,
             ContainsSubstring("leads back to itself"));
}

TEST_CASE(
    "backoff flags without waitDurationInOpenState in the same block are not read, and told") {
  const auto imported = read_as("a.yml",
                                "resilience4j.circuitbreaker:\n"
                                "  configs:\n"
                                "    default:\n"
                                "      waitDurationInOpenState: 10s\n"
                                "  instances:\n"
                                "    a:\n"
                                "      enableExponentialBackoff: true\n"
                                "      exponentialBackoffMultiplier: 2\n");
  CHECK(imported.choice.text() == "resilience4j,waitDurationInOpenState=10s");
  CHECK(tells(imported.warnings, 7, "enableExponentialBackoff",
              "in a block that sets waitDurationInOpenState itself"));
  CHECK(tells(imported.warnings, 8, "exponentialBackoffMultiplier",
              "is only used in a block that sets"));
}

TEST_CASE("an instance that sets only the wait loses the backoff of its base") {
  const auto imported =
      read_as("a.yml",
              "resilience4j.circuitbreaker:\n"
              "  configs:\n"
              "    default: {waitDurationInOpenState: 10s, enableExponentialBackoff: true}\n"
              "  instances:\n"
              "    a: {waitDurationInOpenState: 5s}\n");
  CHECK(imported.choice.text() == "resilience4j,waitDurationInOpenState=5s");
  CHECK(tells(imported.warnings, 3, "enableExponentialBackoff", "a block that overrides"));
  CHECK_FALSE(tells(imported.warnings, 3, "waitDurationInOpenState", ""));
}

TEST_CASE("parts of a backoff that is not built are told") {
  const auto no_multiplier =
      read_as("a.yml",
              "resilience4j.circuitbreaker.instances.a:\n  waitDurationInOpenState: 1s\n"
              "  enableExponentialBackoff: true\n  exponentialMaxWaitDurationInOpenState: 5s\n");
  CHECK(no_multiplier.choice.text() ==
        "resilience4j,waitDurationInOpenState=1s,enableExponentialBackoff=true");
  CHECK(tells(no_multiplier.warnings, 4, "exponentialMaxWaitDurationInOpenState",
              "together with exponentialBackoffMultiplier"));
  const auto no_flag =
      read_as("a.yml",
              "resilience4j.circuitbreaker.instances.a:\n  waitDurationInOpenState: 1s\n"
              "  randomizedWaitFactor: 0.1\n  exponentialBackoffMultiplier: 3\n");
  CHECK(no_flag.choice.text() == "resilience4j,waitDurationInOpenState=1s");
  CHECK(tells(no_flag.warnings, 3, "randomizedWaitFactor", "if enableRandomizedWait is true"));
  CHECK(
      tells(no_flag.warnings, 4, "exponentialBackoffMultiplier", "if enableExponentialBackoff is"));
  CHECK_THAT(refused("waitDurationInOpenState: 1s, enableExponentialBackoff: true, "
                     "enableRandomizedWait: true")
                 .message,
             ContainsSubstring("are both true"));
}

TEST_CASE("names of resilience4j 0.x mean what version 1 took them for") {
  const auto imported = read_as("a.yml",
                                "resilience4j.circuitbreaker.backends.a:\n"
                                "  ringBufferSizeInClosedState: 8\n"
                                "  ringBufferSizeInHalfOpenState: 2\n"
                                "  waitInterval: 5000\n");
  CHECK(imported.choice.text() ==
        "resilience4j,slidingWindowType=COUNT_BASED,slidingWindowSize=8,minimumNumberOfCalls=8,"
        "waitDurationInOpenState=5s,permittedNumberOfCallsInHalfOpenState=2");
  CHECK(tells(imported.warnings, 2, "ringBufferSizeInClosedState", "resilience4j 0.x"));
  CHECK(tells(imported.warnings, 4, "waitInterval", "resilience4j 0.x"));
}

namespace {

importer::Imported with_lists(const std::string& lists) {
  return read_as("a.yml", "resilience4j.circuitbreaker.instances:\n  a:\n" + lists);
}

Outcome of(const importer::Imported& imported, CallEnd end) {
  REQUIRE(imported.counts);
  return OutcomeRules().with(imported.counts->changes).of(end);
}

Outcome of(const importer::Imported& imported, int status) {
  return of(imported, {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)});
}

constexpr CallEnd timeout{CallEnd::Kind::timeout, 0};

}  // namespace

TEST_CASE("what has no effect is ignored with the reason") {
  const auto imported =
      read_as("a.properties",
              "resilience4j.circuitbreaker.circuitBreakerAspectOrder=400\n"
              "resilience4j.circuitbreaker.instances.a.slidingWindowSize=5\n"
              "resilience4j.circuitbreaker.instances.a.registerHealthIndicator=true\n");
  CHECK(imported.choice.text() == "resilience4j,slidingWindowSize=5");
  CHECK(tells(imported.ignored, 3, "registerHealthIndicator", "no effect"));
  CHECK_FALSE(imported.counts);  // as the dialect
}

TEST_CASE("where some exceptions are recorded, all others are successes") {
  const auto imported = with_lists(
      "    recordExceptions: [java.io.IOException, java.util.concurrent.TimeoutException]\n");
  CHECK(of(imported, timeout) == Outcome::failure);
  CHECK(of(imported, {CallEnd::Kind::reset, 0}) == Outcome::failure);
  CHECK(of(imported, 503) == Outcome::success);
  CHECK(of(imported, 404) == Outcome::success);
  CHECK(imported.warnings.empty());
  CHECK(imported.counts->at.line == 3);

  const auto server =
      with_lists("    recordExceptions: org.springframework.web.client.HttpServerErrorException\n");
  CHECK(of(server, 503) == Outcome::failure);
  CHECK(of(server, 404) == Outcome::success);
  CHECK(of(server, timeout) == Outcome::success);
}

TEST_CASE("an ignored exception counts for nothing, also when it is recorded") {
  const auto imported = with_lists(
      "    ignoreExceptions:\n"
      "      - org.springframework.web.client.HttpClientErrorException$NotFound\n"
      "      - feign.FeignException$FeignServerException\n");
  CHECK(of(imported, 404) == Outcome::ignored);
  CHECK(of(imported, 503) == Outcome::ignored);
  CHECK(of(imported, 400) == Outcome::failure);
  CHECK(of(imported, timeout) == Outcome::failure);
  const auto both = with_lists(
      "    recordExceptions: [java.lang.Exception]\n"
      "    ignoreExceptions: [org.springframework.web.client.HttpClientErrorException]\n");
  CHECK(of(both, 404) == Outcome::ignored);
  CHECK(of(both, 503) == Outcome::failure);
}

TEST_CASE("of classes that nobody can know it is said that nobody can tell") {
  const auto imported = with_lists(
      "    recordExceptions: [java.io.IOException, x.Y]\n"
      "    ignoreExceptions: a.B, feign.FeignException$Odd\n");
  CHECK(of(imported, 503) == Outcome::success);
  CHECK(tells(imported.warnings, 3, "recordExceptions", "cannot tell which HTTP calls end in x.Y"));
  CHECK(tells(imported.warnings, 4, "ignoreExceptions", "end in a.B, feign.FeignException$Odd"));
  const auto none_known = with_lists("    recordExceptions: [x.Y]\n");
  CHECK_FALSE(none_known.counts);
  CHECK(tells(none_known.warnings, 3, "recordExceptions", "counts as a success"));
}

TEST_CASE("of lists that are inherited the instance's own is the one") {
  const auto imported = read_as("a.yml",
                                "resilience4j.circuitbreaker:\n"
                                "  configs:\n    default:\n"
                                "      recordExceptions: [java.io.IOException]\n"
                                "  instances:\n    a:\n"
                                "      recordExceptions: [feign.FeignException]\n");
  CHECK(of(imported, 503) == Outcome::failure);
  CHECK(imported.counts->at.line == 7);
}

TEST_CASE("an unknown key of resilience4j is refused with a suggestion and its place") {
  const auto error = refused_as("a.yml",
                                "resilience4j:\n  circuitbreaker:\n    instances:\n      a:\n"
                                "        slidingWindowSize: 5\n        failureRateTreshold: 50\n");
  CHECK(error.message ==
        "a.yml:6:9: an instance of resilience4j.circuitbreaker has no key 'failureRateTreshold'");
  CHECK(error.hint == "did you mean 'failureRateThreshold'?");
  CHECK_THAT(
      refused_as("a.yml", "resilience4j.circuitbreaker:\n  instances: {a: {}}\n  instance: {}\n")
          .message,
      StartsWith("a.yml:3:3: resilience4j.circuitbreaker has no key 'instance'"));
}

TEST_CASE("a value that resilience4j would refuse is refused where it stands") {
  CHECK_THAT(refused("failureRateThreshold: 0").message,
             StartsWith("a.yml:1:65: failureRateThreshold"));
  CHECK_THAT(refused("failureRateThreshold: 50%").message,
             ContainsSubstring("'50%' is not a number"));
  CHECK_THAT(refused("slidingWindowSize: 1.5").message,
             StartsWith("a.yml:1:62: slidingWindowSize"));
  CHECK_THAT(
      refused("slidingWindowSize: [1]").message,
      StartsWith("a.yml:1:62: 'slidingWindowSize' takes a single value, but this is a list"));
  CHECK_THAT(refused("slidingWindowType: COUNT").message,
             StartsWith("a.yml:1:62: slidingWindowType"));
  CHECK_THAT(refused("automaticTransitionFromOpenToHalfOpenEnabled: maybe").message,
             ContainsSubstring("'maybe' is not true or false"));
  CHECK_THAT(refused("waitDurationInOpenState: 0").message,
             StartsWith("a.yml:1:68: waitDurationInOpenState"));
}

TEST_CASE("a key in two spellings is given twice, and a name cannot be value and block") {
  CHECK_THAT(refused("slidingWindowSize: 1, sliding-window-size: 2").message,
             StartsWith("a.yml:1:65: 'sliding-window-size' is given twice"));
  CHECK_THAT(
      refused_as("a.yml",
                 "resilience4j.circuitbreaker.instances.a.slidingWindowSize: 1\n"
                 "resilience4j:\n  circuitbreaker.instances.a:\n    sliding-window-size: 2\n")
          .message,
      StartsWith("a.yml:4:5: 'sliding-window-size' is given twice"));
  CHECK_THAT(refused_as("a.properties",
                        "resilience4j.circuitbreaker.instances.a=1\n"
                        "resilience4j.circuitbreaker.instances.a.slidingWindowSize=1\n")
                 .message,
             ContainsSubstring("'a' has a value, but there are also keys below it"));
}

TEST_CASE("a placeholder is its value in the file, else its default, else a mistake") {
  const auto imported = read_as("a.yml",
                                "app: {window: 12, rate: '${RATE:40}'}\n"
                                "resilience4j.circuitbreaker.instances.a:\n"
                                "  slidingWindowSize: ${app.window}\n"
                                "  failureRateThreshold: ${app.rate}\n"
                                "  waitDurationInOpenState: ${WAIT:${OTHER:7}}s\n");
  CHECK(imported.choice.text() ==
        "resilience4j,slidingWindowSize=12,failureRateThreshold=40,waitDurationInOpenState=7s");
  CHECK_FALSE(tells(imported.warnings, 3, "slidingWindowSize", ""));
  CHECK(tells(imported.warnings, 4, "failureRateThreshold",
              "RATE is not in this file, so its default"));
  CHECK(tells(imported.warnings, 5, "waitDurationInOpenState", "WAIT, OTHER is not in this file"));
  CHECK_THAT(refused("slidingWindowSize: '${SIZE}'").message,
             ContainsSubstring("'${SIZE}' stands for a value that is not in this file"));
  CHECK_THAT(refused_as("a.yml",
                        "a: ${b}\nb: ${a}\n"
                        "resilience4j.circuitbreaker.instances.a.slidingWindowSize: ${a}\n")
                 .message,
             ContainsSubstring("stands for a value"));
}

TEST_CASE("a later document overrides an earlier one, unless it is for a profile") {
  const auto imported = read_as("a.yml",
                                "resilience4j.circuitbreaker.instances.a:\n"
                                "  slidingWindowSize: 10\n"
                                "  failureRateThreshold: 50\n"
                                "---\n"
                                "spring.config.activate.on-profile: prod\n"
                                "resilience4j.circuitbreaker.instances.a.slidingWindowSize: 99\n"
                                "---\n"
                                "resilience4j.circuitbreaker.instances.a.sliding-window-size: 20\n"
                                "---\n"
                                "spring: {profiles: [test, dev]}\n"
                                "resilience4j.circuitbreaker.instances.b.slidingWindowSize: 1\n");
  CHECK(imported.choice.text() == "resilience4j,slidingWindowSize=20,failureRateThreshold=50");
  CHECK(tells(imported.ignored, 5, "", "only for the profile 'prod'"));
  CHECK(tells(imported.ignored, 10, "", "only for the profile 'test'"));
  CHECK(read_as("a.properties",
                "spring.profiles.active=dev\n"
                "resilience4j.circuitbreaker.instances.a.slidingWindowSize=1\n#---\n"
                "spring.config.activate.on-profile=dev\n"
                "resilience4j.circuitbreaker.instances.a.slidingWindowSize=2\n")
            .choice.text() == "resilience4j,slidingWindowSize=2");
}

TEST_CASE("time limiter, bulkhead and retry of the same name come along") {
  const auto imported = read_as("a.yml",
                                "resilience4j:\n"
                                "  circuitbreaker: {instances: {a: {slidingWindowSize: 5}}}\n"
                                "  timelimiter:\n"
                                "    configs: {default: {timeoutDuration: 3s}}\n"
                                "    instances: {a: {cancelRunningFuture: true}}\n"
                                "  bulkhead:\n"
                                "    instances: {a: {maxConcurrentCalls: 8}}\n"
                                "  retry:\n"
                                "    instances: {a: {maxAttempts: 5, waitDuration: 100ms}}\n"
                                "  ratelimiter:\n"
                                "    instances: {a: {limitForPeriod: 8}, b: {}}\n");
  REQUIRE(imported.timeout);
  CHECK(imported.timeout->length == 3s);
  CHECK(imported.timeout->at.line == 5);
  REQUIRE(imported.bulkhead);
  CHECK(imported.bulkhead->concurrent == 8);
  CHECK(imported.bulkhead->queue == 0U);
  REQUIRE(imported.retry);
  CHECK(imported.retry->attempts == 5);
  CHECK(imported.retry->wait == 100ms);
  CHECK(imported.retry->multiplier == 1);
  CHECK(tells(imported.ignored, 11, "resilience4j.ratelimiter", "tripcurve leaves it out"));
}

TEST_CASE("a thread pool of the same name is a bulkhead that grows when its queue is full") {
  const auto with = [](const std::string& pool, const std::string& more = "") {
    return "resilience4j:\n"
           "  circuitbreaker: {instances: {a: {slidingWindowSize: 5}}}\n"
           "  thread-pool-bulkhead:\n"
           "    configs: {default: {queueCapacity: 7}}\n"
           "    instances: {a: {" +
           pool + "}}\n" + more;
  };
  const auto imported =
      read_as("a.yml", with("coreThreadPoolSize: 2, maxThreadPoolSize: 5, keepAliveDuration: 30ms, "
                            "contextPropagators: [x.Y], size: 3"));
  CHECK(imported.client.back() ==
        client::PolicyConfig(
            client::BulkheadConfig{.places = 2, .queue = 7, .max_places = 5, .keep_alive = 30ms}));
  CHECK(imported.bulkhead->concurrent == 5);
  CHECK(imported.bulkhead->queue == 7U);
  CHECK(tells(imported.ignored, 5, "size", "has no such key, and Spring ignores it"));
  CHECK(imported.warnings.empty());

  const auto of_machine = read_as("a.yml", with("maxThreadPoolSize: 2, queueCapacity: 0"));
  CHECK(of_machine.client.back() ==
        client::PolicyConfig(client::BulkheadConfig{.places = 2, .max_places = 2}));
  CHECK(tells(of_machine.warnings, 5, "resilience4j.thread-pool-bulkhead",
              "without coreThreadPoolSize, the number of processors"));
  const auto both = read_as(
      "a.yml",
      with("coreThreadPoolSize: 2", "  bulkhead: {instances: {a: {maxConcurrentCalls: 8}}}\n"));
  CHECK(both.bulkhead->concurrent == 8);
  CHECK(tells(both.ignored, 5, "resilience4j.thread-pool-bulkhead", "the type of @Bulkhead"));
  CHECK(refused_as("a.yml", with("coreThreadPoolSize: 6, maxThreadPoolSize: 5")).message ==
        "a.yml:5:41: maxThreadPoolSize is less than coreThreadPoolSize");
}

TEST_CASE("modules of other instances stay where they are") {
  const auto imported = read_as("a.yml",
                                "resilience4j:\n"
                                "  circuitbreaker: {instances: {a: {slidingWindowSize: 5}}}\n"
                                "  timelimiter: {instances: {b: {timeoutDuration: 3s}}}\n"
                                "  retry: {instances: {b: {maxAttempts: 5}}}\n");
  CHECK_FALSE(imported.timeout);
  CHECK_FALSE(imported.retry);
  CHECK_FALSE(imported.bulkhead);
}

TEST_CASE("the retry's wait is built by the block that sets it, with the flags of its bases") {
  const auto retry_of = [](const std::string& configs, const std::string& instance) {
    const auto imported = read_as(
        "a.yml",
        "resilience4j:\n  circuitbreaker: {instances: {a: {}}}\n  retry: {configs: {default: {" +
            configs + "}}, instances: {a: {" + instance + "}}}\n");
    REQUIRE(imported.retry);
    return *imported.retry;
  };
  const auto inherited = retry_of(
      "enableExponentialBackoff: true, exponentialBackoffMultiplier: 3, "
      "exponentialMaxWaitDuration: 9s",
      "waitDuration: 1s");
  CHECK(inherited.wait == 1s);
  CHECK(inherited.multiplier == 3);
  CHECK(inherited.longest == 9s);
  const auto late = retry_of("waitDuration: 1s", "enableExponentialBackoff: true, maxAttempts: 2");
  CHECK(late.multiplier == 1);
  CHECK(late.attempts == 2);
  const auto standard = retry_of("", "");
  CHECK(standard.attempts == 3);
  CHECK(standard.wait == 500ms);
  const auto random = retry_of("",
                               "waitDuration: 1s, enableRandomizedWait: true, "
                               "enableExponentialBackoff: true");
  CHECK(random.jitter == 0.5);
  CHECK(random.multiplier == 1.5);
  CHECK_FALSE(random.longest);
}

TEST_CASE("the default config of the time limiter counts for every instance, with its base") {
  const auto timeout_of = [](const std::string& limiter) {
    const auto imported =
        read_as("a.yml", "resilience4j:\n  circuitbreaker: {instances: {a: {}}}\n  timelimiter:\n" +
                             limiter);
    return imported.timeout ? imported.timeout->length : Duration{};
  };
  CHECK(timeout_of("    configs: {default: {timeoutDuration: 3s}}\n") == 3s);
  CHECK(timeout_of("    configs: {default: {timeoutDuration: 3s}}\n    instances: {b: {}}\n") ==
        3s);
  CHECK(timeout_of("    configs: {default: {baseConfig: far}, far: {timeoutDuration: 4s}}\n") ==
        4s);
  CHECK(timeout_of("    configs: {default: {timeoutDuration: 3s}, far: {timeoutDuration: 4s}}\n"
                   "    instances: {a: {baseConfig: far}}\n") == 4s);
  CHECK(timeout_of("    configs: {far: {timeoutDuration: 4s}}\n") == 0s);
  const auto retry = read_as("a.yml",
                             "resilience4j:\n  circuitbreaker: {instances: {a: {}}}\n"
                             "  retry: {configs: {default: {maxAttempts: 4}}}\n");
  CHECK_FALSE(retry.retry);
  CHECK(tells(retry.ignored, 3, "resilience4j.retry.configs.default", "the file has no retry"));
}

TEST_CASE("a mistake in a module beside the breaker is one, too, and a stranger is told") {
  CHECK_THAT(
      refused_as("a.yml",
                 "resilience4j:\n  circuitbreaker.instances.a: {}\n"
                 "  timelimiter.instances.a: {timeoutDuraton: 3s}\n")
          .message,
      StartsWith(
          "a.yml:3:29: an instance of resilience4j.timelimiter has no key 'timeoutDuraton'"));
  const auto told = read_as("a.yml",
                            "resilience4j:\n  circuitbreaker.instances.a: {}\n"
                            "  timelimiter.instances.a: {timeout: 3s}\n"
                            "  retry.instances.a: {maxWaitDuration: 3s, backoff: 2}\n"
                            "  bulkhead.instances.a: {color: red}\n");
  CHECK(tells(told.ignored, 3, "timeout", "has no such key, and Spring ignores it"));
  CHECK(tells(told.ignored, 4, "maxWaitDuration", "has no such key, and Spring ignores it"));
  CHECK(tells(told.ignored, 4, "backoff", "an instance of resilience4j.retry has no such key"));
  CHECK(tells(told.ignored, 5, "color", "has no such key, and Spring ignores it"));
  CHECK(told.timeout->length == 1s);
}

namespace {

// The policies around a call of instance a, the outermost first, as flags say them.
std::string policies_around(const std::string& modules) {
  const auto imported = read_as(
      "a.yml",
      "resilience4j:\n  circuitbreaker: {instances: {a: {slidingWindowSize: 5}}}\n" + modules);
  std::string all;
  for (const auto& choice : importer::policies_of(imported)) {
    all += (all.empty() ? "" : " ") + choice.text();
  }
  return all;
}

}  // namespace

TEST_CASE("retry, time limiter and bulkhead nest around the call as Spring's aspects do") {
  CHECK(
      policies_around("  retry: {instances: {a: {}}}\n"
                      "  timelimiter: {instances: {a: {timeoutDuration: 2s}}}\n"
                      "  bulkhead: {instances: {a: {}}}\n") ==
      "retry,attempts=3,delay=500ms,backoff=constant,multiplier=1,jitter=none,spread=0.5,grain=1ms,"
      "retry_after=false,on_open=retry,on_full=retry,counts=4xx=failure "
      "breaker,on_full=failure,on_cancel=failure timeout,after=2s,cancels=false "
      "bulkhead,places=25,queue=0");
  CHECK(policies_around(
            "  bulkhead: {instances: {a: {maxConcurrentCalls: 3, maxWaitDuration: 50ms}}}\n") ==
        "breaker,on_full=failure,on_cancel=failure bulkhead,places=3,queue=2147483647,"
        "max_wait=50ms");
}

TEST_CASE("a breaker with a time limiter inside is the usual client, and has no policies") {
  CHECK(policies_around("") == "");
  CHECK(policies_around("  retry: {instances: {a: {maxAttempts: 1}}}\n") ==
        "");  // which is no retry
  CHECK(policies_around("  timelimiter: {instances: {a: {timeoutDuration: 2s}}}\n") == "");
}

TEST_CASE("the orders of the aspects put the lower one further out") {
  const auto first_two = [](const std::string& text) {
    return text.substr(0, text.find(',')) + " " + text.substr(text.find(' ') + 1, 5);
  };
  CHECK(first_two(policies_around("  retry: {instances: {a: {}}}\n")) == "retry break");
  CHECK(first_two(policies_around("  circuitbreaker.circuitBreakerAspectOrder: 1\n"
                                  "  retry: {retryAspectOrder: 2, instances: {a: {}}}\n")) ==
        "breaker retry");
  CHECK(first_two(policies_around("  circuitbreaker.circuit-breaker-aspect-order: 2\n"
                                  "  retry: {retry-aspect-order: -1, instances: {a: {}}}\n")) ==
        "retry break");
  const auto same = read_as("a.yml",
                            "resilience4j:\n"
                            "  circuitbreaker: {circuitBreakerAspectOrder: 7, instances: {a: {}}}\n"
                            "  retry: {retryAspectOrder: 7, instances: {a: {}}}\n");
  CHECK(std::ranges::any_of(same.warnings, [](const importer::Note& note) {
    return note.why.find("the same order") != std::string::npos;
  }));
  CHECK_THAT(refused_as("a.yml",
                        "resilience4j:\n"
                        "  circuitbreaker: {instances: {a: {}}}\n"
                        "  retry: {retryAspectOrder: first, instances: {a: {}}}\n")
                 .message,
             ContainsSubstring("a.yml:3:29: retryAspectOrder is 'first'"));
}

TEST_CASE("a retry leaves out what its lists leave out, the open breaker among it") {
  const auto rules = [](const std::string& lists) {
    const auto imported = read_as("a.yml",
                                  "resilience4j:\n  circuitbreaker: {instances: {a: {}}}\n"
                                  "  retry: {instances: {a: {" +
                                      lists + "}}}\n");
    return std::get<client::RetryConfig>(imported.client.front()).rules;
  };
  const client::Ending open{.kind = client::Ending::Kind::open};
  const client::Ending full{.kind = client::Ending::Kind::full};
  const client::Ending not_found{.end = {CallEnd::Kind::answer, 404}};
  const client::Ending broken{.end = {CallEnd::Kind::answer, 503}};
  for (const auto& ending : {open, full, not_found, broken}) {
    CHECK(rules("").fails(ending));
  }
  const auto without_open =
      rules("ignoreExceptions: [io.github.resilience4j.circuitbreaker.CallNotPermittedException]");
  CHECK(!without_open.fails(open));
  CHECK(without_open.fails(full));
  CHECK(without_open.fails(not_found));
  const auto only_5xx =
      rules("retryExceptions: [org.springframework.web.client.HttpServerErrorException]");
  CHECK(only_5xx.fails(broken));
  for (const auto& ending : {open, full, not_found}) {
    CHECK(!only_5xx.fails(ending));
  }
}

TEST_CASE("what resilience4j's setters refuse is refused at its place") {
  const auto refused_in = [](const std::string& retry) {
    return refused_as("a.yml",
                      "resilience4j:\n  circuitbreaker: {instances: {a: {}}}\n"
                      "  retry: {instances: {a: {" +
                          retry + "}}}\n")
        .message;
  };
  CHECK_THAT(refused_in("maxAttempts: 0"), ContainsSubstring("a.yml:3:40: maxAttempts must be"));
  CHECK_THAT(refused_in("exponentialBackoffMultiplier: 0"), ContainsSubstring("from 0.001"));
  CHECK_THAT(refused_in("randomizedWaitFactor: 1"), ContainsSubstring("from 0 to less than 1"));
  CHECK_THAT(refused_in("waitDuration: 0, enableRandomizedWait: true"),
             ContainsSubstring("at least 1ms"));
}
