// Apache APISIX: the plugin api-breaker of a route, a service or a plugin config, in the Admin
// API's JSON, in apisix.yaml or in a resource of Kubernetes.
//
// Defaults and bounds: the schema of apisix/plugins/api-breaker.lua at f519a0f0. A call without an
// answer has the status that nginx gives it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array apisix_taken{
    Taken{"max_breaker_sec", "max_breaker_sec", as_whole_seconds},
};
constexpr std::string_view of_rejection =
    "is what a rejected caller gets; it has no effect on the breaker";
constexpr std::array apisix_ignored{
    Ignored{"break_response_body", of_rejection},
    Ignored{"break_response_headers", of_rejection},
};

struct Statuses {
  std::uint64_t least;
  std::uint64_t most;
  std::uint64_t standard;
};
constexpr Statuses unhealthy_statuses{500, 599, 500};
constexpr Statuses healthy_statuses{200, 499, 200};

Result<std::vector<std::uint64_t>> read_statuses(const Node* node, const Statuses& allowed) {
  if (node == nullptr) {
    return std::vector{allowed.standard};
  }
  std::vector<std::uint64_t> statuses;
  if (!node->is_list() || node->children.empty()) {
    return node->at.error("http_statuses is not a list of statuses", "write it like [500, 503]");
  }
  for (const auto& item : node->children) {
    const auto status = whole_of(item);
    if (!status) {
      return status.error();
    }
    if (*status < allowed.least || *status > allowed.most) {
      return item.at.error(fmt::format("{} is not one of the statuses {} to {}", *status,
                                       allowed.least, allowed.most),
                           "APISIX accepts no other status here");
    }
    statuses.push_back(*status);
  }
  return statuses;
}

// What answers of the statuses count as, and ends that nginx has one of them for.
std::string counts_as(const std::vector<std::uint64_t>& statuses, std::string_view outcome) {
  std::string changes;
  const auto add = [&](std::string_view end) { changes += fmt::format(",{}={}", end, outcome); };
  for (const auto status : statuses) {
    add(std::to_string(status));
    if (status == 502) {
      for (const auto* end : {"connect_failed", "reset", "closed", "bad_answer"}) {
        add(end);
      }
    } else if (status == 504) {
      add("timeout");
    }
  }
  return changes;
}

// One of the two blocks: its count becomes a setting, its statuses are what counts.
Result<std::vector<std::uint64_t>> take_block(Draft& draft, Fields& plugin, std::string_view name,
                                              std::string_view count, const Statuses& allowed) {
  const auto* block = plugin.take(name);
  if (block == nullptr) {
    return std::vector{allowed.standard};
  }
  Fields fields(*block, fmt::format("{} of api-breaker", name));
  const auto setting = fmt::format("{}.{}", name, count);
  const std::array keys{Taken{count, setting, as_number}};
  take(draft, fields, keys);
  auto statuses = read_statuses(fields.take("http_statuses"), allowed);
  if (auto error = fields.error()) {
    return *error;
  }
  return statuses;
}

bool is_disabled(const Node& plugin) {
  const auto* disabled = find_path(plugin, {"_meta", "disable"});
  disabled = disabled == nullptr ? plugin.find("disable") : disabled;
  return disabled != nullptr && disabled->text == "true";
}

std::optional<Error> check_response_code(const Node& plugin, const Node* code) {
  constexpr std::string_view hint = "write it, for example break_response_code: 502";
  if (code == nullptr) {
    return plugin.key_at.error("api-breaker has no break_response_code, so APISIX refuses it",
                               std::string(hint));
  }
  const auto status = whole_of(*code);
  if (!status) {
    return status.error();
  }
  return *status >= 200 && *status <= 599
             ? std::nullopt
             : std::optional(code->at.error(
                   fmt::format("break_response_code: {} is not between 200 and 599", *status),
                   std::string(hint)));
}

Result<Draft> read_plugin(const Node& plugin, bool is_enabled) {
  if (!is_enabled || is_disabled(plugin)) {
    return plugin.key_at.error("this api-breaker is disabled",
                               "name another one, or remove the line");
  }
  Draft draft{.dialect = "apisix"};
  Fields fields(plugin, "api-breaker");
  (void)fields.take("_meta");
  (void)fields.take("disable");
  fields.refuse(check_response_code(plugin, fields.take("break_response_code")));
  take(draft, fields, apisix_taken);
  ignore(draft, fields, apisix_ignored);
  const auto unhealthy = take_block(draft, fields, "unhealthy", "failures", unhealthy_statuses);
  const auto healthy = take_block(draft, fields, "healthy", "successes", healthy_statuses);
  if (auto error = fields.error()) {
    return *error;
  }
  if (!unhealthy || !healthy) {
    return unhealthy ? healthy.error() : unhealthy.error();
  }
  const auto changes = parse_outcome_changes(
      "100-999=ignored,connect_failed=ignored,reset=ignored,closed=ignored,bad_answer=ignored,"
      "timeout=ignored" +
      counts_as(*unhealthy, "failure") + counts_as(*healthy, "success"));
  if (!changes) {
    return changes.error();
  }
  draft.counts =
      ImportedCounts{.at = plugin.key_at,
                     .changes = difference(OutcomeRules().with(*changes), OutcomeRules()),
                     .why =
                         "the statuses under unhealthy are failures, those under healthy are "
                         "successes, and all others are not counted"};
  return draft;
}

// The nearest thing around that has a name: a route by its uri, else by its name or id.
std::string apisix_name_of(const Visit& visit) {
  for (const auto* at = &visit; at != nullptr; at = at->around) {
    if (const auto* name = find_path(*at->map, {"metadata", "name"})) {
      return name->text;
    }
    for (const auto* key : {"uri", "name", "id"}) {
      if (const auto word = word_of(*at->map, key); !word.empty() && word != "api-breaker") {
        return std::string(word);
      }
    }
    if (const auto* uris = at->map->find("uris"); uris != nullptr && !uris->children.empty()) {
      return uris->children.front().text;
    }
  }
  return path_of(visit);
}

}  // namespace

Result<std::vector<Found>> find_apisix(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    // {"api-breaker": {...}}, and in Kubernetes {name: api-breaker, enable: true, config: {...}}.
    const auto* plugin = visit.map->find("api-breaker");
    bool is_enabled = true;
    if (word_of(*visit.map, "name") == "api-breaker") {
      plugin = visit.map->find("config");
      is_enabled = word_of(*visit.map, "enable") != "false";
    }
    if (plugin != nullptr && plugin->kind != Node::Kind::null) {
      found.push_back({apisix_name_of(visit), plugin->key_at,
                       [plugin, is_enabled] { return read_plugin(*plugin, is_enabled); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
