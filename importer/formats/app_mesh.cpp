// AWS App Mesh: the outlierDetection of a listener of a virtual node, in the JSON of its API, a
// VirtualNode of Kubernetes or a CloudFormation template. It is Envoy.
//
// Fields and units: the App Mesh API, OutlierDetection and Duration; examples:
// aws/aws-app-mesh-examples, walkthroughs/howto-outlier-detection. All four are needed. What else
// App Mesh hands to Envoy is not published.
#include <array>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// {"value": 10, "unit": "s"}
Result<std::string> as_value_with_unit(const Node& node) {
  Fields fields(node, node.key, Spelling::any_case);
  const auto value = read_value(fields, "value", whole_of);
  const auto unit = fields.text("unit");
  if (auto error = fields.error()) {
    return *error;
  }
  if (!value || !unit || (*unit != "s" && *unit != "ms")) {
    return node.key_at.error(node.key + " needs a value and the unit s or ms",
                             "write for example {value: 10, unit: s}");
  }
  const auto length = parse_duration(std::to_string(*value) + *unit);
  return length ? Result<std::string>(format_duration(*length)) : length.error().in(node.at.text());
}

constexpr std::array app_mesh_taken{
    Taken{"maxServerErrors", "consecutive_5xx", as_number},
    Taken{"interval", "interval", as_value_with_unit},
    Taken{"baseEjectionDuration", "base_ejection_time", as_value_with_unit},
    Taken{"maxEjectionPercent", "max_ejection_percent", as_number},
};

Result<Draft> read_listener(const Node& listener) {
  Draft draft{.dialect = "envoy"};
  const auto& detection = *find_any_case(listener, "outlierDetection");
  Fields fields(detection, "outlierDetection of App Mesh", Spelling::any_case);
  take(draft, fields, app_mesh_taken);
  if (auto error = fields.error()) {
    return *error;
  }
  for (const auto& one : app_mesh_taken) {
    if (find_any_case(detection, one.key) == nullptr) {
      return detection.key_at.error("outlierDetection of App Mesh needs " + std::string(one.key),
                                    "App Mesh refuses it without this");
    }
  }
  draft.warnings.push_back(
      {detection.key_at, "outlierDetection",
       "what else App Mesh passes to Envoy is not published, so Envoy's defaults are used"});
  tell_of_unknown_hosts(draft, detection.key_at);
  return draft;
}

// The virtual node that a listener is of, by any of the ways to write its name.
std::string virtual_node_of(const Visit& visit) {
  for (const auto* at = &visit; at != nullptr; at = at->around) {
    if (const auto* name = find_any_case(*at->map, "virtualNodeName");
        name != nullptr && name->is_scalar() && !name->text.empty()) {
      return name->text;
    }
    if (word_of(*at->map, "kind") == "VirtualNode") {
      return resource_name(*at->map);
    }
  }
  return path_of(visit);
}

}  // namespace

Result<std::vector<Found>> find_app_mesh(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* detection = find_any_case(*visit.map, "outlierDetection");
    if (detection != nullptr && detection->is_map() &&
        find_any_case(*detection, "maxServerErrors") != nullptr &&
        !find_any_case(*detection, "maxServerErrors")->is_map()) {
      found.push_back({virtual_node_of(visit), detection->key_at,
                       [map = visit.map] { return read_listener(*map); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
