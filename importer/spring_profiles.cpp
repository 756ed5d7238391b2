// Read in Spring: ProfilesParser (expressions), ConfigDataActivationContext and
// ConfigDataProperties (conditions of a document), Profiles of spring-boot (active, include, group,
// default).
#include "importer/spring_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "importer/spring.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// An expression of names, !, &, | and parentheses. & and | do not mix without parentheses.
class Expression {
 public:
  Expression(std::string_view text, const Names& active) : rest_(text), active_(active) {}

  // Nothing when it is malformed.
  std::optional<bool> holds() {
    const auto value = chain(0);
    return rest_.empty() ? value : std::nullopt;
  }

 private:
  std::optional<bool> chain(int depth) {
    auto value = term(depth);
    char joined_by = '\0';
    while (value && (next() == '&' || next() == '|')) {
      const char by = take();
      if (joined_by != '\0' && joined_by != by) {
        return std::nullopt;
      }
      joined_by = by;
      const auto other = term(depth);
      value = !other      ? std::nullopt
              : by == '&' ? std::optional(*value && *other)
                          : std::optional(*value || *other);
    }
    return value;
  }

  std::optional<bool> term(int depth) {
    constexpr int deepest = 32;
    if (depth > deepest) {
      return std::nullopt;
    }
    if (next() == '!') {
      take();
      const auto value = term(depth + 1);
      return value ? std::optional(!*value) : std::nullopt;
    }
    if (next() == '(') {
      take();
      const auto value = chain(depth + 1);
      return next() == ')' && take() == ')' ? value : std::nullopt;
    }
    const auto end = std::min(rest_.find_first_of("!&|()"), rest_.size());
    const auto name = trim(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return name.empty() ? std::nullopt : std::optional(has(active_, name));
  }

  char next() {
    rest_ = trim(rest_);
    return rest_.empty() ? '\0' : rest_.front();
  }
  char take() {
    const char c = rest_.front();
    rest_ = trim(rest_.substr(1));
    return c;
  }

  std::string_view rest_;
  const Names& active_;
};

// The names that an expression speaks of.
void add_names(Names& names, std::string_view expression) {
  while (!expression.empty()) {
    if (const auto name = trim(take_until(expression, "!&|()")); !name.empty()) {
      names.emplace_back(name);
    }
  }
}

// When a document counts.
struct Condition {
  Place at{};
  Names profiles{};  // expressions, of which one is enough
  Place platform_at{};
  std::string platform{};
};

Result<Condition> condition_of(const Node& document, const std::string& profile_of_file) {
  Condition condition{.at = document.at};
  const document::Documents only{document};
  const auto alone = SpringProperties::of(only);
  if (!alone) {
    return alone.error();
  }
  for (const auto* name : {"spring.config.activate.on-profile", "spring.profiles"}) {
    if (const auto node = alone->value_of(name)) {
      condition.at = node->key_at;
      condition.profiles = names_in(*node);
      break;
    }
  }
  if (const auto node = alone->value_of("spring.config.activate.on-cloud-platform")) {
    condition.platform_at = node->key_at;
    condition.platform = std::string(trim(node->text));
  }
  if (!profile_of_file.empty()) {
    condition.profiles = {profile_of_file};
  }
  return condition;
}

// What the documents without a condition say of profiles.
struct Said {
  Names active{};
  Names include{};
  std::vector<std::pair<std::string, Names>> groups{};
  std::string platform{};
  std::vector<Note> unknown{};
};

bool stands_for_another(std::string_view text) { return text.find_first_of("$@{") < text.size(); }

Result<Said> said_in(const document::Documents& documents) {
  Said said;
  const auto properties = SpringProperties::of(documents);
  if (!properties) {
    return properties.error();
  }
  const auto names_of = [&](const std::string& name) {
    const auto node = properties->value_of(name);
    Names names = node ? names_in(*node) : Names{};
    if (std::erase_if(names, stands_for_another) > 0) {
      said.unknown.push_back(
          {node->key_at, name,
           fmt::format("{} cannot be known from this file: name the profile with --profile NAME",
                       quoted(node->text))});
    }
    return names;
  };
  said.active = names_of("spring.profiles.active");
  said.include = names_of("spring.profiles.include");
  if (said.active.empty()) {
    said.active = names_of("spring.profiles.default");
  }
  for (const auto& group : properties->names_below("spring.profiles.group")) {
    said.groups.emplace_back(group, names_of("spring.profiles.group[" + group + "]"));
  }
  if (const auto platform = properties->value_of("spring.main.cloud-platform")) {
    said.platform = std::string(trim(platform->text));
  }
  return said;
}

// The names with those that they include, in turn.
Names with_groups(Names names, const Said& said) {
  names.insert(names.end(), said.include.begin(), said.include.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const auto& [group, members] : said.groups) {
      for (const auto& member : group == names[i] ? members : Names{}) {
        if (!has(names, member)) {
          names.push_back(member);
        }
      }
    }
  }
  return names;
}

std::string listed(const Names& names, std::string_view separator) {
  std::string list;
  for (const auto& name : names) {
    list += (list.empty() ? "" : std::string(separator)) + quoted(name);
  }
  return list;
}

// Whether one of the expressions holds.
Result<bool> any_holds(const Condition& condition, const Names& active) {
  bool holds = condition.profiles.empty();
  for (const auto& expression : condition.profiles) {
    const auto one = profile_holds(expression, active);
    if (!one) {
      return one.error().in(condition.at.text());
    }
    holds = holds || *one;
  }
  return holds;
}

}  // namespace

Result<bool> profile_holds(std::string_view expression, const std::vector<std::string>& active) {
  const auto holds = Expression(trim(expression), active).holds();
  return holds ? Result<bool>(*holds)
               : Error{quoted(expression) + " is not a profile expression",
                       "write it like 'prod & !eu'; a mix of & and | needs parentheses"};
}

Result<std::vector<std::string>> parse_profiles(std::string_view text) {
  Names names;
  for (bool last = false; !last;) {
    last = text.find(',') == std::string_view::npos;
    const auto name = trim(take_until(text, ","));
    if (name.empty() || name.find_first_of("!&|() \t") != std::string_view::npos) {
      return Error{quoted(name) + " is not the name of a profile",
                   "name it as in spring.profiles.active: prod, or prod,eu"};
    }
    names.emplace_back(name);
  }
  return names;
}

Result<ActiveDocuments> active_documents(document::Documents documents,
                                         const std::vector<std::string>& profile_of,
                                         const std::vector<std::string>& wanted) {
  std::vector<Condition> conditions;
  document::Documents unconditional;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    auto condition = condition_of(documents[i], i < profile_of.size() ? profile_of[i] : "");
    if (!condition) {
      return condition.error();
    }
    if (condition->profiles.empty() && condition->platform.empty()) {
      unconditional.push_back(documents[i]);
    }
    conditions.push_back(*std::move(condition));
  }
  const auto said = said_in(unconditional);
  if (!said) {
    return said.error();
  }
  const bool by_default = wanted.empty() && said->active.empty();
  auto active = with_groups(!wanted.empty() ? wanted : said->active, *said);
  if (by_default && !has(active, "default")) {
    active.emplace_back("default");
  }
  ActiveDocuments result;
  bool any_condition = false;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto& condition = conditions[i];
    any_condition = any_condition || !condition.profiles.empty();
    const auto holds = any_holds(condition, active);
    if (!holds) {
      return holds.error();
    }
    for (const auto& expression : condition.profiles) {
      add_names(result.names, expression);
    }
    if (!condition.platform.empty() && !same_word(condition.platform, said->platform)) {
      result.left_out.push_back(
          {condition.platform_at, "",
           fmt::format("the document is only for the cloud platform {}, so it is left out; it is "
                       "used if the file sets spring.main.cloud-platform",
                       quoted(condition.platform))});
      continue;
    }
    const auto profiles = listed(condition.profiles, " or ");
    if (*holds && !condition.profiles.empty()) {
      result.taken.push_back(
          {condition.at, "",
           fmt::format("the document for the profile {} is used, because the active profile is {}",
                       profiles, listed(active, ", "))});
    } else if (!*holds) {
      result.left_out.push_back(
          {condition.at, "",
           fmt::format("the document is only for the profile {}, but the active profile is {}, so "
                       "it is left out; choose another profile with --profile NAME",
                       profiles, listed(active, ", "))});
      continue;
    }
    result.documents.push_back(std::move(documents[i]));
  }
  if (any_condition && wanted.empty()) {
    result.warnings = said->unknown;
  }
  for (const auto& names : {said->active, said->include}) {
    result.names.insert(result.names.end(), names.begin(), names.end());
  }
  for (const auto& [group, members] : said->groups) {
    result.names.push_back(group);
    result.names.insert(result.names.end(), members.begin(), members.end());
  }
  return result;
}

}  // namespace tripcurve::importer
