// client: its breaker, as text, as a block of settings, or imported from its library's file.
#include <algorithm>
#include <span>

#include "core/text.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"
#include "importer/draft.hpp"
#include "importer/formats.hpp"
#include "importer/import.hpp"
#include "importer/notes_text.hpp"
#include "importer/spring_profiles.hpp"

namespace tripcurve::experiment {
namespace {

using importer::DraftSetting;

// What a setting is called in messages of its dialect.
std::string_view full_name(std::string_view dialect, const std::string& key) {
  const auto found = breaker::find_dialect(dialect);
  const auto* known = found ? breaker::find_key(**found, key) : nullptr;
  return known == nullptr ? std::string_view(key) : known->name;
}

// The setting that the dialect complains of: its message names the key. Of several, the one with
// the longest name; the end when it names none.
std::vector<DraftSetting>::iterator blamed(importer::Draft& draft, const std::string& message) {
  auto blamed = draft.settings.end();
  std::size_t longest = 0;
  for (auto setting = draft.settings.begin(); setting != draft.settings.end(); ++setting) {
    const auto name = full_name(draft.dialect, setting->key);
    const bool named = message.find(name) != std::string::npos ||
                       message.find(quoted(setting->key)) != std::string::npos;
    if (named && name.size() > longest) {
      blamed = setting;
      longest = name.size();
    }
  }
  return blamed;
}

// A block of settings. To find all that is wrong with it, what the dialect complains of is taken
// out until it does not complain.
std::optional<breaker::Choice> read_settings(const Node& map, Mistakes& mistakes) {
  auto draft = importer::read_plain(map);
  if (!draft) {
    mistakes.add_as_is(map.at, draft.error());
    return std::nullopt;
  }
  auto rest = *std::move(draft);
  for (bool sound = true;; sound = false) {
    breaker::Choice::Given given;
    for (const auto& setting : rest.settings) {
      given.emplace_back(setting.key, setting.value);
    }
    auto choice = breaker::make_choice(rest.dialect, given);
    if (choice) {
      return sound ? std::optional(*std::move(choice)) : std::nullopt;
    }
    const auto setting = blamed(rest, choice.error().message);
    if (setting == rest.settings.end()) {
      const auto* dialect = map.find("dialect");
      mistakes.add(dialect == nullptr ? map.at : dialect->at, choice.error());
      return std::nullopt;
    }
    const bool unknown = choice.error().message.starts_with("unknown ");
    const auto* written = map.find(setting->key);
    mistakes.add(unknown && written != nullptr ? written->key_at : setting->at, choice.error());
    rest.settings.erase(setting);
  }
}

// profile: prod, or a list of them.
std::vector<std::string> read_profiles(const Node& node, Mistakes& mistakes) {
  std::vector<std::string> profiles;
  for (const auto& item : node.is_list() ? std::span(node.children) : std::span(&node, 1)) {
    const auto names = read_value(item, importer::parse_profiles, mistakes);
    for (const auto& name : names.value_or(std::vector<std::string>{})) {
      profiles.push_back(name);
    }
  }
  return profiles;
}

std::optional<importer::Imported> read_import(const Node& map, const Surroundings& surroundings,
                                              Mistakes& mistakes) {
  Block block(map, "an imported breaker", mistakes);
  const auto file = block.text("import");
  const auto instance = block.text("instance");
  std::vector<std::string> profiles;
  if (const auto* profile = block.take("profile")) {
    profiles = read_profiles(*profile, mistakes);
  }
  if (!file || !surroundings.file) {
    return std::nullopt;
  }
  const auto& at = map.find("import")->at;
  const auto text = surroundings.file(*file);
  if (!text) {
    mistakes.add(at, text.error());
    return std::nullopt;
  }
  auto imported = importer::import_breaker(
      beside(*at.file, *file), *text,
      {.instance = instance, .profiles = profiles, .naming = "instance: "});
  if (!imported) {
    mistakes.add_as_is(at, imported.error());
    return std::nullopt;
  }
  return *std::move(imported);
}

// A block whose only key is a name that belongs behind another key, and what would work:
// "write {dialect: polly, FailureRatio: 0.5}" for {polly: {FailureRatio: 0.5}}.
std::string hint_for_named(std::string_view key, const Node& named) {
  std::string text = "write {" + std::string(key) + ": " + visible(named.key);
  for (const auto& child : named.children) {
    if (child.is_scalar()) {
      text += ", " + visible(child.key) + ": " + visible(child.text);
    }
  }
  return text + "}";
}

}  // namespace

std::optional<ReadBreaker> read_breaker(const Node& node, const Surroundings& surroundings,
                                        Mistakes& mistakes) {
  if (node.is_map() && node.find("import") != nullptr) {
    if (auto imported = read_import(node, surroundings, mistakes)) {
      auto choice = imported->choice;
      return ReadBreaker{std::move(choice), *std::move(imported)};
    }
    return std::nullopt;
  }
  if (node.is_map() && node.find("dialect") == nullptr) {
    const bool named =
        node.children.size() == 1 && breaker::find_dialect(node.children.front().key).ok();
    mistakes.add(node.at, {"a breaker needs 'dialect' or 'import'",
                           named ? hint_for_named("dialect", node.children.front())
                                 : "write {dialect: resilience4j, slidingWindowSize: 20} or "
                                   "{import: application.yml, instance: payments}"});
    return std::nullopt;
  }
  auto choice = node.is_map() ? read_settings(node, mistakes)
                              : read_value(node, breaker::parse_choice, mistakes);
  return choice ? std::optional(ReadBreaker{*std::move(choice)}) : std::nullopt;
}

namespace {

// The breaker of the one client, with what its file says of calls around it.
void take_breaker(ReadBreaker read, bool has_timeout, Experiment& experiment) {
  if (const auto& imported = read.imported) {
    experiment.warnings = importer::warnings_of(*imported);
    experiment.notes = importer::notes_of(*imported);
    if (!has_timeout && imported->timeout && imported->timeout->length > Duration{}) {
      experiment.timeout = imported->timeout->length;
    }
    experiment.policies = importer::policies_of(*imported);
    if (imported->counts) {
      experiment.counting.imported = imported->counts->changes;
    }
  }
  experiment.breaker = std::move(read.choice);
}

// A list of single values as one of them; everything else as it is.
Node joined(const Node& node, const char* separator) {
  if (!node.is_list() || node.children.empty() ||
      !std::ranges::all_of(node.children, &Node::is_scalar)) {
    return node;
  }
  Node one{.kind = Node::Kind::scalar, .at = node.at, .key = node.key, .key_at = node.key_at};
  for (const auto& item : node.children) {
    one.text += (one.text.empty() ? "" : separator) + item.text;
  }
  return one;
}

}  // namespace

OutcomeChanges read_counts(const Node& node, Mistakes& mistakes) {
  OutcomeChanges changes;
  if (!node.is_map()) {
    return read_value(node, parse_outcome_changes, mistakes).value_or(changes);
  }
  for (const auto& item : node.children) {
    const auto ends = parse_ends(item.key);
    if (!ends) {
      mistakes.add(item.key_at, ends.error());
    }
    const auto outcome = read_value(item, parse_outcome, mistakes);
    if (ends && outcome) {
      changes.push_back({*ends, *outcome});
    }
  }
  return changes;
}

namespace {

// Where the value stands that a policy complains of: its message names the key.
document::Place place_of_setting(const Node& map, const std::string& message) {
  for (const auto& child : map.children) {
    if (child.key != "policy" && message.find(child.key) != std::string::npos) {
      return message.starts_with("unknown ") ? child.key_at : child.at;
    }
  }
  const auto* kind = map.find("policy");
  return kind == nullptr ? map.at : kind->at;
}

// {policy: retry, attempts: 3}, or the flag's form: retry,attempts=3
std::optional<client::PolicyChoice> read_policy(const Node& item, Mistakes& mistakes) {
  if (!item.is_map()) {
    return read_value(item, client::parse_policy_choice, mistakes);
  }
  if (item.children.size() == 1 &&
      std::ranges::any_of(client::policy_kinds(), [&](const client::PolicyKind& kind) {
        return same_word(kind.name, item.children.front().key);
      })) {
    mistakes.add(item.at,
                 {"a policy needs 'policy'", hint_for_named("policy", item.children.front())});
    return std::nullopt;
  }
  std::string kind;
  breaker::Given given;
  for (const auto& child : item.children) {
    const auto text = document::text_of(child);
    if (!text) {
      mistakes.add_as_is(child.at, text.error());
      return std::nullopt;
    }
    if (child.key == "policy") {
      kind = *text;
    } else {
      given.emplace_back(child.key, *text);
    }
  }
  if (kind.empty()) {
    mistakes.add(item.at, {"a policy needs 'policy'", "write {policy: retry, attempts: 3}"});
    return std::nullopt;
  }
  auto choice = client::make_policy_choice(kind, given);
  if (!choice) {
    mistakes.add(place_of_setting(item, choice.error().message), choice.error());
    return std::nullopt;
  }
  return *std::move(choice);
}

}  // namespace

std::vector<client::PolicyChoice> read_policies(const Node& list, Mistakes& mistakes) {
  std::vector<client::PolicyChoice> policies;
  each_item(list, "policies: [fallback, retry, breaker, timeout]", mistakes, [&](const Node& item) {
    if (auto policy = read_policy(item, mistakes)) {
      policies.push_back(*std::move(policy));
    }
  });
  if (auto error = client::contradiction(policies)) {
    mistakes.add(list.at, *std::move(error));
    policies.clear();
  }
  return policies;
}

namespace {

// versus: none, a breaker as anywhere else, or shared.
void read_versus(const Node& node, const Surroundings& surroundings, Experiment& experiment,
                 Mistakes& mistakes) {
  if (node.is_scalar() && node.text == Twin::shared) {
    experiment.versus = Twin{};
  } else if (auto read = read_breaker(node, surroundings, mistakes)) {
    experiment.versus = Twin{std::move(read->choice)};
  }
}

}  // namespace

void read_client(const Node& node, bool has_timeout, const Surroundings& surroundings,
                 Experiment& experiment, Mistakes& mistakes) {
  Block block(node, "a client", mistakes);
  if (const auto* breaker = block.take("breaker")) {
    if (auto read = read_breaker(*breaker, surroundings, mistakes)) {
      take_breaker(*std::move(read), has_timeout, experiment);
    }
  }
  if (const auto* versus = block.take("versus")) {
    read_versus(*versus, surroundings, experiment, mistakes);
  }
  experiment.scope = block.value("breaker_per", parse_scope).value_or(experiment.scope);
  if (const auto* policies = block.take("policies")) {
    experiment.policies = read_policies(*policies, mistakes);
  }
  auto& counting = experiment.counting;
  if (const auto* statuses = block.take("failure_statuses")) {
    counting.failure_statuses = read_value(joined(*statuses, ","), parse_failure_statuses, mistakes)
                                    .value_or(OutcomeChanges{});
  }
  if (const auto* counts = block.take("counts")) {
    counting.counts = read_counts(*counts, mistakes);
  }
  if (const auto* counts = block.take("breaker_counts")) {
    counting.breaker_counts = read_counts(*counts, mistakes);
  }
}

}  // namespace tripcurve::experiment
