// resilience4j under Spring Boot, as YAML and as properties.
#include <fmt/format.h>

#include <array>

#include "exporter/formats.hpp"
#include "exporter/values.hpp"

namespace tripcurve::exporter {
namespace {

// What CommonCircuitBreakerConfigurationProperties has; the names are the dialect's.
constexpr std::array<std::string_view, 17> in_spring{"slidingWindowType",
                                                     "slidingWindowSize",
                                                     "minimumNumberOfCalls",
                                                     "failureRateThreshold",
                                                     "slowCallRateThreshold",
                                                     "slowCallDurationThreshold",
                                                     "permittedNumberOfCallsInHalfOpenState",
                                                     "maxWaitDurationInHalfOpenState",
                                                     "transitionToStateAfterWaitDuration",
                                                     "automaticTransitionFromOpenToHalfOpenEnabled",
                                                     "initialState",
                                                     "waitDurationInOpenState",
                                                     "enableExponentialBackoff",
                                                     "exponentialBackoffMultiplier",
                                                     "exponentialMaxWaitDurationInOpenState",
                                                     "enableRandomizedWait",
                                                     "randomizedWaitFactor"};

std::string spring_value(const Value& value) {
  const auto duration = value.duration();
  return duration ? one_unit(*duration) : value.bare();
}

Named spring_values(const breaker::Choice& choice, std::vector<std::string>& left_out) {
  std::vector<Name> names;
  for (const auto name : in_spring) {
    names.push_back({name, name});
  }
  return named_values(choice, names, spring_value, left_out);
}

}  // namespace

Exported write_resilience4j_yaml(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  const auto values = spring_values(choice, exported.left_out);
  exported.text = left_out_comment("#", exported.left_out) +
                  fmt::format("resilience4j:\n  circuitbreaker:\n    instances:\n      {}:{}\n",
                              instance, values.empty() ? " {}" : "");
  for (const auto& [key, value] : values) {
    exported.text += fmt::format("        {}: {}\n", key, value);
  }
  return exported;
}

Exported write_resilience4j_properties(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  const auto values = spring_values(choice, exported.left_out);
  exported.text = left_out_comment("#", exported.left_out);
  for (const auto& [key, value] : values) {
    exported.text +=
        fmt::format("resilience4j.circuitbreaker.instances.{}.{}={}\n", instance, key, value);
  }
  return exported;
}

}  // namespace tripcurve::exporter
