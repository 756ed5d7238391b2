// tripcurve's own: a map with a `dialect` and that dialect's settings, for libraries whose settings
// live in code. Nested keys are written with dots, "breaker.type", and lists are joined by '/'. It
// is also what `tripcurve import` prints.
#include <fmt/format.h>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

Result<std::string> as_setting(const Node& node) {
  if (!node.is_list()) {
    return as_text(node);
  }
  std::string text;
  for (const auto& part : node.children) {
    const auto item = as_text(part);
    if (!item) {
      return item;
    }
    text += (text.empty() ? "" : "/") + *item;
  }
  return text;
}

std::optional<Error> flatten(const Node& map, const std::string& prefix, Draft& draft) {
  for (const auto& child : map.children) {
    const auto name = prefix + child.key;
    if (child.is_map()) {
      if (auto error = flatten(child, name + ".", draft)) {
        return error;
      }
      continue;
    }
    if (name == "dialect") {
      continue;
    }
    if (draft.value_of(name)) {
      return child.key_at.error(quoted(name) + " is given twice", "keep one of them");
    }
    const auto value = as_setting(child);
    if (!value) {
      return value.error();
    }
    draft.set(name, *value, child.at);
  }
  return std::nullopt;
}

}  // namespace

Result<Draft> read_plain(const Node& map) {
  Draft draft{.dialect = std::string(word_of(map, "dialect"))};
  if (auto error = flatten(map, "", draft)) {
    return *error;
  }
  return draft;
}

namespace {

// What stands beside the breaker in a client, and in what `tripcurve import` prints.
constexpr std::string_view counts_key = "breaker_counts";

// A text, or a map from ends to outcomes.
Result<OutcomeChanges> read_counts(const Node& counts) {
  if (!counts.is_map()) {
    const auto text = as_text(counts);
    return text ? parse_outcome_changes(*text) : Result<OutcomeChanges>(text.error());
  }
  OutcomeChanges changes;
  for (const auto& item : counts.children) {
    const auto change = parse_outcome_changes(item.key + "=" + item.text);
    if (!change) {
      return change.error();
    }
    changes.push_back(change->front());
  }
  return changes;
}

// load: {timeout: 2s}, beside the breaker or around the client that has it.
const Node* timeout_beside(const Visit& breaker) {
  for (const auto* around = breaker.around; around != nullptr; around = around->around) {
    if (const auto* timeout = find_path(*around->map, {"load", "timeout"})) {
      return timeout;
    }
  }
  return nullptr;
}

// Hystrix ends calls after a time that is one of its settings.
std::optional<Timeout> own_timeout(const Draft& draft) {
  const auto dialect = breaker::find_dialect(draft.dialect);
  if (!dialect || !(*dialect)->name.starts_with("hystrix")) {
    return std::nullopt;
  }
  std::optional<Timeout> timeout;
  for (const auto& setting : draft.settings) {
    const auto* key = breaker::find_key(**dialect, setting.key);
    const auto name = key == nullptr ? std::string_view{} : key->name;
    if (name == "execution.timeout.enabled" && same_word(setting.value, "false")) {
      return std::nullopt;
    }
    if (name == "timeout" || name == "execution.isolation.thread.timeoutInMilliseconds") {
      const bool bare = setting.value.find_first_not_of("0123456789") == std::string::npos;
      const auto length = parse_duration(setting.value + (bare ? "ms" : ""));
      timeout = length ? std::optional(Timeout{setting.at, *length}) : timeout;
    }
  }
  return timeout;
}

Result<Draft> read_with_timeout(const Node& map, const Node* timeout) {
  auto plain = read_plain(map);
  if (!plain) {
    return plain;
  }
  Draft draft = *std::move(plain);
  if (timeout == nullptr) {
    draft.timeout = own_timeout(draft);
    return draft;
  }
  const auto text = as_text(*timeout);
  const auto length = text ? parse_duration(*text) : Result<Duration>(text.error());
  if (!length) {
    return text ? timeout->at.error(length.error().message, length.error().hint) : text.error();
  }
  draft.timeout = Timeout{timeout->at, *length};
  return draft;
}

Result<Draft> read_with_counts(const Node& map, const Node* counts, const Node* timeout) {
  auto draft = read_with_timeout(map, timeout);
  const auto dialect = breaker::find_dialect(word_of(map, "dialect"));
  if (!draft || counts == nullptr || !dialect) {
    return draft;
  }
  const auto changes = read_counts(*counts);
  if (!changes) {
    return counts->at.error(std::string(counts_key) + ": " + changes.error().message,
                            changes.error().hint);
  }
  Draft with_counts = *std::move(draft);
  with_counts.counts = ImportedCounts{
      .at = counts->key_at,
      .changes = difference(breaker::usual_rules(**dialect).with(*changes), OutcomeRules()),
      .why = "as " + std::string(counts_key) + " says"};
  return with_counts;
}

}  // namespace

Result<std::vector<Found>> find_plain(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* dialect = visit.map->find("dialect");
    if (dialect == nullptr || !dialect->is_scalar()) {
      continue;
    }
    // Deep in somebody's file a dialect may be that of a database; at the top it is ours.
    const bool ours = visit.around == nullptr || visit.map->key == "breaker";
    if (ours || breaker::find_dialect(dialect->text)) {
      const auto* counts = visit.around == nullptr ? nullptr : visit.around->map->find(counts_key);
      found.push_back(
          {path_of(visit), dialect->at, [map = visit.map, counts, timeout = timeout_beside(visit)] {
             return read_with_counts(*map, counts, timeout);
           }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
