// Traefik: the circuitBreaker middleware, in a file of the file provider (YAML), a Middleware of
// Kubernetes, or labels of containers. It is oxy.
//
// Read in pkg/config/dynamic/middlewares.go, pkg/middlewares/circuitbreaker of Traefik 3 and
// traefik/paerser's types/duration.go: a duration without a unit is seconds; one of 0 is not handed
// on; labels are case-insensitive, and so are the keys of files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

Result<std::string> as_traefik_duration(const Node& node) {
  const auto digits = trim(node.text);
  const bool bare = node.is_scalar() && !digits.empty() &&
                    digits.find_first_not_of("0123456789") == std::string_view::npos;
  return bare ? as_whole_seconds(node) : as_go_duration(node);
}

constexpr std::array traefik_durations{
    Taken{"checkPeriod", "checkPeriod", as_traefik_duration},
    Taken{"fallbackDuration", "fallbackDuration", as_traefik_duration},
    Taken{"recoveryDuration", "recoveryDuration", as_traefik_duration},
};
constexpr std::array traefik_expression{Taken{"expression", "expression", as_text}};
constexpr std::array traefik_ignored{
    Ignored{"responseCode", "is the status of a rejected call; it has no effect on the breaker"}};

Result<Draft> read_traefik(const Node& map) {
  Draft draft{.dialect = "oxy"};
  Fields fields(map, "a circuitBreaker of Traefik", Spelling::any_case);
  take(draft, fields, traefik_expression);
  take(draft, fields, traefik_durations);
  ignore(draft, fields, traefik_ignored);
  std::erase_if(draft.settings, [&](const DraftSetting& setting) {
    const bool off = setting.key != "expression" && setting.value.starts_with('0') &&
                     setting.value.find_first_of("123456789") == std::string::npos;
    if (off) {
      draft.ignored.push_back({setting.at, setting.key, "is 0, so Traefik's default applies"});
    }
    return off;
  });
  if (auto error = fields.error()) {
    return *error;
  }
  if (!draft.value_of("expression")) {
    return map.at.error("this circuitBreaker of Traefik has no expression",
                        "write for example expression: NetworkErrorRatio() > 0.30");
  }
  return draft;
}

// In a file by the key around it, in Kubernetes by its metadata.
std::string middleware_name(const Visit& middleware) {
  const auto* document = middleware.around == nullptr ? nullptr : middleware.around->map;
  if (document != nullptr && word_of(*document, "kind") == "Middleware") {
    if (const auto* name = find_path(*document, {"metadata", "name"})) {
      return name->text;
    }
  }
  return middleware.map->key;
}

// traefik.http.middlewares.NAME.circuitbreaker.KEY=VALUE
struct Label {
  std::string name;
  std::string key;
  std::string value;
};

std::optional<Label> label_of(std::string_view key, std::string_view value) {
  constexpr std::string_view before = "traefik.http.middlewares.";
  constexpr std::string_view between = ".circuitbreaker.";
  if (key.size() < before.size() || !same_word(key.substr(0, before.size()), before)) {
    return std::nullopt;
  }
  key.remove_prefix(before.size());
  const auto dot = key.find('.');
  if (dot == std::string_view::npos || key.size() <= dot + between.size() ||
      !same_word(key.substr(dot, between.size()), between)) {
    return std::nullopt;
  }
  return Label{std::string(key.substr(0, dot)), std::string(key.substr(dot + between.size())),
               std::string(value)};
}

// A list of texts, "key=value", or a map.
std::optional<Label> label_of(const Node& node) {
  if (!node.is_scalar()) {
    return std::nullopt;
  }
  const auto equals = node.text.find('=');
  return !node.key.empty() ? label_of(node.key, node.text)
         : equals == std::string::npos
             ? std::nullopt
             : label_of(trim(std::string_view(node.text).substr(0, equals)),
                        std::string_view(node.text).substr(equals + 1));
}

// The labels of one container as the blocks that they stand for.
std::vector<std::shared_ptr<Node>> blocks_of(const Node& labels) {
  std::vector<std::shared_ptr<Node>> blocks;
  for (const auto& node : labels.children) {
    if (auto label = label_of(node)) {
      auto block =
          std::ranges::find(blocks, label->name, [](const auto& known) { return known->key; });
      if (block == blocks.end()) {
        blocks.push_back(std::make_shared<Node>(Node{
            .kind = Node::Kind::map, .at = node.at, .key = label->name, .key_at = node.key_at}));
        block = std::prev(blocks.end());
      }
      (*block)->children.push_back({.kind = Node::Kind::scalar,
                                    .text = label->value,
                                    .at = node.at,
                                    .key = label->key,
                                    .key_at = node.key_at});
    }
  }
  return blocks;
}

}  // namespace

Result<std::vector<Found>> find_traefik(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* breaker = find_any_case(*visit.map, "circuitBreaker");
    if (breaker != nullptr && breaker->is_map() && find_any_case(*breaker, "expression")) {
      found.push_back(
          {middleware_name(visit), breaker->key_at, [breaker] { return read_traefik(*breaker); }});
    }
    if (const auto* labels = visit.map->find("labels")) {
      for (const auto& block : blocks_of(*labels)) {
        found.push_back({block->key, block->at, [block] { return read_traefik(*block); }});
      }
    }
  }
  return found;
}

}  // namespace tripcurve::importer
