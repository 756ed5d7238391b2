// Replays traces that were recorded by running the real libraries: every answer and every state.

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "conform/line.hpp"
#include "test_data.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;

namespace {

// The steps that were recorded, by file.
const std::map<std::string, std::size_t> recorded{
    {"classic", 16069},
    {"cockatiel", 16325},
    {"cockatiel-named", 333},
    {"cockatiel3", 16416},
    {"cockatiel3-named", 62},
    {"envoy-1.40-named", 160},
    {"envoy-1.40-named-window", 160},
    {"envoy-1.40-one-host", 1450},
    {"envoy-1.40-one-host-window", 1189},
    {"envoy-1.40-recorder-one-host", 525},
    {"envoy-1.40-several-hosts", 1918},
    {"envoy-1.40-several-hosts-window", 1344},
    {"extra-opossum-timeout", 39},
    {"failsafe", 16486},
    {"failsafe-go", 16795},
    {"go-resiliency", 16141},
    {"gobreaker", 16385},
    {"haproxy", 2097},
    {"haproxy-2.6", 2226},
    {"hystrix-1.5.12", 15877},
    {"hystrix-1.5.13", 15896},
    {"hystrix-1.5.18", 15865},
    {"hystrix-go", 16240},
    {"opossum", 16034},
    {"opossum-named", 199},
    {"pybreaker", 15854},
    {"pybreaker-named", 70},
    {"pybreaker_calling", 15623},
    {"pybreaker_calling-named", 71},
    {"resilience4j", 15741},
    {"resilience4j-lockfree", 16231},
    {"sentinel", 4568},
    {"sentinel-golang", 15055},
    {"go-zero", 17388},
    {"kratos", 17692},
    {"oxy", 15025},
    {"smallrye", 14516},
    {"vertx", 14087},
    {"nginx", 1526},
    {"polly", 15148},
    {"polly7", 15345},
    {"extra-polly-generator", 4535},
    {"yarp", 8995},
};

const std::map<std::string, std::size_t> recorded_calls{
    {"dotnet-hedging", 4251},    {"dotnet-jitter", 144},     {"dotnet-named", 329},
    {"dotnet-policies", 12693},  {"dotnet-standard", 13572}, {"failsafe-go-calls", 7347},
    {"resilience4j-calls", 7452}};

// The steps of those traces of a folder of which every step is equal, by file.
std::map<std::string, std::size_t> equal_steps(const std::string& name) {
  const std::filesystem::path folder = TRIPCURVE_TEST_DATA "/" + name;
  std::map<std::string, std::size_t> steps;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    auto& equal = steps[entry.path().stem()];
    for (std::string line; std::getline(file, line);) {
      const auto replayed = conform::replay_line(line);
      if (!replayed) {
        FAIL(entry.path() << ": " << replayed.error().message);
      }
      if (replayed->difference) {
        FAIL_CHECK(*replayed->difference);
      } else {
        equal += replayed->steps;
      }
    }
  }
  return steps;
}

}  // namespace

TEST_CASE("every step of every recorded trace is reproduced") {
  CHECK(equal_steps("traces") == recorded);
}

TEST_CASE("every step of every recorded call is taken by the client") {
  CHECK(equal_steps("calls") == recorded_calls);
}
