// Envoy's outlier detection: in a cluster, and in a DestinationRule of Istio.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/formats.hpp"
#include "exporter/values.hpp"

namespace tripcurve::exporter {
namespace {

// A cluster has its hosts, and when it panics, elsewhere.
constexpr std::string_view hosts = "hosts";
constexpr std::string_view panic = "healthy_panic_threshold";

constexpr std::array<Name, 8> in_istio{{
    {"consecutive_5xx", "consecutive5xxErrors"},
    {"consecutive_gateway_failure", "consecutiveGatewayErrors"},
    {"consecutive_local_origin_failure", "consecutiveLocalOriginFailures"},
    {"interval", "interval"},
    {"base_ejection_time", "baseEjectionTime"},
    {"max_ejection_percent", "maxEjectionPercent"},
    {"split_external_local_origin_errors", "splitExternalLocalOriginErrors"},
    {panic, "minHealthPercent"},
}};

// What Istio always passes on to Envoy; another value cannot be had there.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> istio_sets{{
    {"enforcing_consecutive_5xx", "100"},
    {"enforcing_consecutive_local_origin_failure", "100"},
    {"enforcing_success_rate", "0"},
}};

std::string proto_value(const Value& value) {
  const auto duration = value.duration();
  return duration ? proto_seconds(*duration) : value.bare();
}

std::string go_value(const Value& value) {
  const auto duration = value.duration();
  return duration ? one_unit(*duration) : value.bare();
}

std::string_view effective(const breaker::Choice& choice, std::string_view key) {
  return std::ranges::find(choice.settings(), key, &breaker::Setting::key)->value;
}

}  // namespace

Exported write_envoy(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  std::string fields;
  std::string balancer;
  for (const auto& value : given_values(choice)) {
    if (value.name() == hosts) {
      exported.left_out.emplace_back(hosts);
    } else if (value.name() == panic) {
      balancer = fmt::format("    common_lb_config: {{healthy_panic_threshold: {{value: {}}}}}\n",
                             value.bare());
    } else {
      fields += fmt::format("      {}: {}\n", value.name(), proto_value(value));
    }
  }
  exported.text = left_out_comment("#", exported.left_out) +
                  fmt::format("clusters:\n  - name: {}\n{}    outlier_detection:{}\n{}", instance,
                              balancer, fields.empty() ? " {}" : "", fields);
  return exported;
}

Exported write_istio(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  auto values = named_values(choice, in_istio, go_value, exported.left_out);
  for (const auto& [key, value] : istio_sets) {
    std::erase(exported.left_out, key);
    if (effective(choice, key) != value) {
      exported.left_out.emplace_back(key);
    }
  }
  // Envoy panics unless it is told not to, Istio unless it is told to.
  if (!breaker::is_given(choice.settings(), panic)) {
    values.emplace_back("minHealthPercent", effective(choice, panic));
  }
  exported.text = left_out_comment("#", exported.left_out) +
                  fmt::format(
                      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                      "metadata:\n  name: {0}\nspec:\n  host: {0}\n  trafficPolicy:\n"
                      "    outlierDetection:{1}\n",
                      instance, values.empty() ? " {}" : "");
  for (const auto& [key, value] : values) {
    exported.text += fmt::format("      {}: {}\n", key, value);
  }
  return exported;
}

}  // namespace tripcurve::exporter
