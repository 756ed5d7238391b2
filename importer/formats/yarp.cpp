// YARP: clusters with a passive health check in appsettings.json, below ReverseProxy:Clusters or
// wherever the code says that they stand.
//
// What is read of a cluster, and how: ConfigurationConfigProvider.cs and HealthCheckValidator.cs of
// YARP 2.3.0. Keys are in any case, and YARP passes over those that it does not have. The rest of
// the policy is TransportFailureRateHealthPolicyOptions, which no section is bound to: it is told.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/formats/dotnet_sections.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view yarp_rate_limit = "TransportFailureRateHealthPolicy.RateLimit";
constexpr std::array<std::string_view, 3> options_in_code{
    "DetectionWindowSize", "MinimalTotalCountThreshold", "DefaultFailureRateLimit"};

constexpr std::array yarp_cluster_ignored{
    Ignored{"SessionAffinity",
            "keeps a client's calls at one destination; tripcurve plays only the balancing"},
    Ignored{"HttpClient", "says how connections are made, not what counts"},
};
constexpr std::array yarp_request_ignored{
    Ignored{"Version", "says how calls are sent, not what counts"},
    Ignored{"VersionPolicy", "says how calls are sent, not what counts"},
    Ignored{"AllowResponseBuffering", "says how answers are passed on, not what counts"},
};
constexpr std::array yarp_metadata_ignored{
    Ignored{"ConsecutiveFailuresHealthPolicy.Threshold", "concerns active health checks"},
};

const Node* passive_of(const Node& cluster) {
  const auto* health = find_any_case(cluster, "HealthCheck");
  const auto* passive = health == nullptr ? nullptr : find_any_case(*health, "Passive");
  return passive != nullptr && passive->is_map() ? passive : nullptr;
}

// A block that may be missing.
template <typename Read>
void read_block(Fields& around, std::string_view key, Read read) {
  const auto* node = around.take(key);
  if (node == nullptr || node->kind == Node::Kind::null) {
    return;
  }
  Fields fields(*node, std::string(key), Spelling::any_case);
  read(fields, *node);
  around.refuse(fields.error());
}

// Options that people look for in the file, and that YARP does not look for there.
void tell_misplaced(Draft& draft, Fields& fields) {
  for (const auto key : options_in_code) {
    if (const auto* node = fields.take(key)) {
      draft.warnings.push_back({node->key_at, node->key,
                                "YARP does not read it here; it is an option of "
                                "TransportFailureRateHealthPolicyOptions, in code"});
    }
  }
}

void tell_strangers(Draft& draft, Fields& fields, std::string_view why) {
  for (const auto* node : fields.take_strangers()) {
    draft.ignored.push_back({node->key_at, node->key, std::string(why)});
  }
}

// The text of a key that names a policy; an empty one is the default, as a missing one is.
const Node* policy_node(Fields& fields, std::string_view key) {
  const auto* node = fields.take(key);
  return node == nullptr || !node->is_scalar() || node->text.empty() ? nullptr : node;
}

// YARP's own spelling of a policy, or nothing when it is one of the user's code.
std::optional<std::string_view> known_policy(const Node& node,
                                             std::span<const std::string_view> known) {
  const auto found = std::ranges::find_if(
      known, [&](std::string_view word) { return same_word(word, node.text); });
  return found == known.end() ? std::nullopt : std::optional(*found);
}

Error foreign_policy(const Node& node, std::span<const std::string_view> known) {
  return node.at.error(
      fmt::format("{} is not one of YARP's policies: {}", node.key, quoted(node.text)),
      fmt::format("use {}; a policy from your own code cannot be imported",
                  fmt::join(known, ", ")));
}

void read_passive(Draft& draft, Fields& fields, const Node& passive) {
  constexpr std::array<std::string_view, 1> policies{"TransportFailureRate"};
  const auto* enabled = fields.take("Enabled");
  if (!read_value(fields, "Enabled", dotnet_flag_of).value_or(false)) {
    fields.refuse(
        (enabled == nullptr ? passive.key_at : enabled->at)
            .error("the passive health check is off, because YARP needs Enabled to be true",
                   "write \"Enabled\": true, or choose a cluster that has it"));
  }
  if (const auto* policy = policy_node(fields, "Policy");
      policy != nullptr && !known_policy(*policy, policies)) {
    fields.refuse(foreign_policy(*policy, policies));
  }
  constexpr milliseconds longest_timer{4'294'967'294};
  if (const auto period =
          read_timespan(fields, "ReactivationPeriod", milliseconds(1), longest_timer)) {
    draft.set("ReactivationPeriod", format_duration(*period),
              fields.take("ReactivationPeriod")->at);
  }
  tell_misplaced(draft, fields);
}

void tell_active(Draft& draft, Fields& health) {
  const auto* active = health.take("Active");
  if (active == nullptr || !active->is_map()) {
    return;
  }
  const auto* enabled = find_any_case(*active, "Enabled");
  if (enabled != nullptr && dotnet_flag_of(*enabled).ok() && *dotnet_flag_of(*enabled)) {
    draft.warnings.push_back({active->key_at, active->key,
                              "an active health check also makes destinations unhealthy and "
                              "healthy again; tripcurve does not run one"});
  } else {
    draft.ignored.push_back({active->key_at, active->key, "active health checks are off"});
  }
}

void read_health(Draft& draft, Fields& cluster) {
  read_block(cluster, "HealthCheck", [&](Fields& health, const Node&) {
    read_block(health, "Passive",
               [&](Fields& fields, const Node& passive) { read_passive(draft, fields, passive); });
    tell_active(draft, health);
    constexpr std::array<std::string_view, 2> policies{"HealthyOrPanic", "HealthyAndUnknown"};
    if (const auto* node = policy_node(health, "AvailableDestinationsPolicy")) {
      if (const auto policy = known_policy(*node, policies)) {
        draft.set("AvailableDestinationsPolicy", std::string(*policy), node->at);
      } else {
        health.refuse(foreign_policy(*node, policies));
      }
    }
    tell_misplaced(draft, health);
  });
}

void read_destinations(Draft& draft, Fields& cluster, const Node& map) {
  const auto* destinations = cluster.take("Destinations");
  if (destinations == nullptr || destinations->children.empty()) {
    draft.warnings.push_back(
        {map.key_at, "Destinations",
         "the file does not say how many destinations there are; set destinations=N"});
  } else {
    draft.set("destinations", std::to_string(destinations->children.size()), destinations->key_at);
  }
  constexpr std::array<std::string_view, 5> policies{
      "PowerOfTwoChoices", "RoundRobin", "LeastRequests", "Random", "FirstAlphabetical"};
  if (const auto* node = policy_node(cluster, "LoadBalancingPolicy")) {
    if (const auto policy = known_policy(*node, policies)) {
      draft.set("LoadBalancingPolicy", std::string(*policy), node->at);
    } else {
      draft.warnings.push_back(
          {node->at, node->key,
           fmt::format(
               "{} is a policy from your own code; tripcurve uses PowerOfTwoChoices instead",
               visible(node->text))});
    }
  }
}

// YARP takes a text that is no number for no text.
void read_metadata(Draft& draft, Fields& cluster) {
  read_block(cluster, "Metadata", [&](Fields& metadata, const Node&) {
    if (const auto* node = metadata.take(yarp_rate_limit)) {
      if (const auto limit = as_number(*node)) {
        draft.set(yarp_rate_limit, *limit, node->at);
      } else {
        draft.warnings.push_back(
            {node->at, node->key,
             fmt::format(
                 "{} is not a number, so YARP uses DefaultFailureRateLimit instead, which is 0.3",
                 quoted(node->text))});
      }
    }
    tell_misplaced(draft, metadata);
    ignore(draft, metadata, yarp_metadata_ignored);
    tell_strangers(draft, metadata, "is not a key of the health policy's metadata");
  });
}

void read_activity_timeout(Draft& draft, Fields& cluster, const Node& map) {
  draft.timeout = Timeout{map.key_at, std::chrono::seconds(100)};
  read_block(cluster, "HttpRequest", [&](Fields& request, const Node&) {
    constexpr milliseconds longest{2'147'483'647};
    if (const auto length = read_timespan(request, "ActivityTimeout", milliseconds(1), longest)) {
      draft.timeout = Timeout{request.take("ActivityTimeout")->at, *length};
    }
    ignore(draft, request, yarp_request_ignored);
    tell_strangers(draft, request, "is not one of YARP's keys here, so YARP ignores it");
  });
}

void tell_options_in_code(Draft& draft, const Node& map) {
  draft.warnings.push_back(
      {map.key_at, "TransportFailureRateHealthPolicyOptions",
       fmt::format(
           "can be set only in code; tripcurve uses the defaults, DetectionWindowSize=60s and "
           "MinimalTotalCountThreshold=10{}; if your code sets other values, add them as settings",
           draft.value_of(yarp_rate_limit) ? "" : " and DefaultFailureRateLimit=0.3")});
}

// Timeouts of routes end a call as if the client had gone away, which counts as a success.
void tell_route_timeouts(Draft& draft, const Node& section, const std::string& cluster) {
  const auto* routes = find_any_case(section, "Routes");
  if (routes == nullptr || !routes->is_map()) {
    return;
  }
  for (const auto& route : routes->children) {
    const auto* id = find_any_case(route, "ClusterId");
    const auto* timeout = find_any_case(route, "Timeout");
    if (id == nullptr || timeout == nullptr || !same_word(id->text, cluster)) {
      continue;
    }
    const auto length = timespan_of(*timeout);
    if (length && *length < draft.timeout->length) {
      draft.warnings.push_back(
          {timeout->at, "Timeout",
           fmt::format(
               "the route ends calls after {}, before the ActivityTimeout of {}, and YARP counts a "
               "call that it ends this way as a success, so a destination that hangs stays healthy",
               format_duration(*length), format_duration(draft.timeout->length))});
    }
  }
}

Result<Draft> read_cluster(const Node& map, const Node* section) {
  Draft draft{.dialect = "yarp"};
  Fields cluster(map, "a cluster", Spelling::any_case);
  read_health(draft, cluster);
  read_destinations(draft, cluster, map);
  read_metadata(draft, cluster);
  read_activity_timeout(draft, cluster, map);
  ignore(draft, cluster, yarp_cluster_ignored);
  tell_strangers(draft, cluster, "is not one of YARP's keys here, so YARP ignores it");
  if (auto error = cluster.error()) {
    return *error;
  }
  tell_options_in_code(draft, map);
  if (section != nullptr) {
    tell_route_timeouts(draft, *section, map.key);
  }
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_yarp(const document::Documents& documents) {
  std::vector<Found> found;
  const auto read = std::make_shared<document::Documents>(dotnet_sections(documents));
  for (const auto& visit : all_maps(*read)) {
    const auto& map = *visit.map;
    const auto* clusters = visit.around;
    if (clusters == nullptr || !same_word(clusters->map->key, "Clusters") ||
        passive_of(map) == nullptr) {
      continue;
    }
    const auto* section = clusters->around == nullptr ? nullptr : clusters->around->map;
    found.push_back({path_of(visit, ':'),
                     map.key_at,
                     [read, &map, section] { return read_cluster(map, section); },
                     {map.key}});
  }
  return found;
}

}  // namespace tripcurve::importer
