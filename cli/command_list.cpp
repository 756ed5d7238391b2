// tripcurve list, tripcurve describe: what breakers, policies and metrics there are, and each in
// full.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "breaker/registry.hpp"
#include "cli/command.hpp"
#include "cli/json_output.hpp"
#include "cli/output_file.hpp"
#include "cli/scenario_text.hpp"
#include "client/registry.hpp"
#include "core/exit_code.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "expect/expectation.hpp"
#include "expect/metrics.hpp"
#include "expect/through_meaning.hpp"
#include "faults/registry.hpp"

namespace tripcurve::cli {
namespace {

constexpr std::size_t width = 80;

std::string_view name(breaker::Evidence evidence) {
  return evidence == breaker::Evidence::executed ? "executed" : "source";
}

std::string mark(breaker::Evidence evidence) { return fmt::format("[{}]", name(evidence)); }

Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }

// The next word; of one that is longer than a line, what fits of it up to a comma.
std::string_view take_word(std::string_view& text, std::size_t room) {
  const auto word = text.substr(0, text.find(' '));
  const auto comma = word.size() <= room ? std::string_view::npos : word.rfind(',', room - 1);
  if (comma == std::string_view::npos || comma == 0) {
    return take_until(text, " ");
  }
  text.remove_prefix(comma + 1);
  return word.substr(0, comma + 1);
}

// The words of `text` in lines of at most `width`, all but the first indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto word = take_word(text, width - indent);
    if (column + 1 + word.size() > width && column > indent) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

// "gobreaker"; "hystrix-1.5.18, hystrix" when it has another name.
std::string names(const breaker::Dialect& dialect) {
  return fmt::format("{}{}{}", dialect.name, dialect.alias.empty() ? "" : ", ", dialect.alias);
}

Json json_of(std::span<const breaker::Key> keys) {
  auto settings = Json::array();
  for (const auto& key : keys) {
    settings.push_back({{"name", key.name},
                        {"short_name", text_or_null(key.short_name)},
                        {"default", text_or_null(key.fallback)},
                        {"meaning", key.meaning},
                        {"values", describe(key.values)}});
  }
  return settings;
}

Json json_of(const breaker::Dialect& dialect) {
  return {{"name", dialect.name},
          {"alias", text_or_null(dialect.alias)},
          {"summary", dialect.summary},
          {"library", dialect.portrait->library},
          {"evidence", name(dialect.portrait->evidence)},
          {"settings", json_of(dialect.keys)}};
}

ExitCode list_dialects(const std::optional<std::string>& json_path) {
  std::size_t longest = 0;
  for (const auto& dialect : breaker::dialects()) {
    longest = std::max(longest, names(dialect).size());
  }
  std::string text;
  auto json = Json::array();
  for (const auto& dialect : breaker::dialects()) {
    json.push_back(json_of(dialect));
    text += fmt::format("{:<{}}  {:<10}  {}", names(dialect), longest,
                        mark(dialect.portrait->evidence), wrapped(dialect.summary, longest + 14));
  }
  text +=
      "\n[executed] matches traces recorded from the library.\n[source] was written from the "
      "library's source; the library was not run.\n"
      "tripcurve describe NAME explains a breaker's settings and surprises.\n";
  return tell(text, {{"dialects", std::move(json)}}, json_path, ExitCode::success);
}

ExitCode list_policies(const std::optional<std::string>& json_path) {
  std::string text;
  auto json = Json::array();
  for (const auto& kind : client::policy_kinds()) {
    json.push_back(
        {{"name", kind.name}, {"summary", kind.summary}, {"settings", json_of(kind.keys)}});
    text += fmt::format("{:<10}{}", kind.name, wrapped(kind.summary, 10));
  }
  text +=
      "\nA call goes through its policies, the outermost first:\n"
      "  --policy fallback --policy retry,attempts=3 --policy breaker\n"
      "tripcurve describe POLICY explains the settings of one.\n";
  return tell(text, {{"policies", std::move(json)}}, json_path, ExitCode::success);
}

ExitCode list_faults(const std::optional<std::string>& json_path) {
  std::size_t longest = 0;
  for (const auto* kind : faults::kinds()) {
    longest = std::max(longest, kind->word.size());
  }
  std::string text;
  auto json = Json::array();
  for (const auto* kind : faults::kinds()) {
    auto parameters = Json::array();
    for (const auto& parameter : kind->parameters) {
      parameters.push_back({{"name", parameter.name},
                            {"default", text_or_null(parameter.fallback)},
                            {"meaning", parameter.meaning},
                            {"values", faults::words(parameter.type)}});
    }
    json.push_back({{"name", kind->word},
                    {"summary", kind->summary},
                    {"effect", kind->effect},
                    {"parameters", std::move(parameters)},
                    {"not_simulated", text_or_null(kind->not_simulated)}});
    text += fmt::format("{:<{}}  {}", kind->word, longest, wrapped(kind->summary, longest + 2));
  }
  text +=
      "\n--errors gives each a share of the requests: 'truncate(at=50%):1%,reset:2%'.\n"
      "tripcurve describe FAULT explains one and its parameters.\n";
  return tell(text, {{"faults", std::move(json)}}, json_path, ExitCode::success);
}

// How a bound of that unit is written.
std::string_view example(expect::Unit unit) {
  switch (unit) {
    case expect::Unit::duration:
      return "250ms";
    case expect::Unit::share:
      return "99%";
    case expect::Unit::count:
      return "3";
    case expect::Unit::rate:
      return "150/s";
    case expect::Unit::per_minute:
      return "2";
    case expect::Unit::ratio:
      return "1.2";
    case expect::Unit::states:
      return "[closed, open]";
  }
  return "";
}

std::string_view name(expect::Better better) {
  switch (better) {
    case expect::Better::lower:
      return "lower";
    case expect::Better::higher:
      return "higher";
    case expect::Better::neither:
      return "neither";
  }
  return "";
}

Json json_of(const expect::Metric& metric) {
  auto scopes = metric.whole_run ? Json::array() : Json::array({"phase"});
  if (metric.by_endpoint) {
    scopes.push_back("endpoint");
  }
  if (metric.by_breaker) {
    scopes.push_back("breaker");
  }
  if (metric.by_service) {
    scopes.push_back("service");
  }
  if (metric.by_link) {
    scopes.push_back("link");
  }
  return {{"name", metric.name},
          {"takes_state", metric.takes_state},
          {"unit", expect::name(metric.unit)},
          {"better", name(metric.better)},
          {"example", example(metric.unit)},
          {"summary", metric.summary},
          {"definition", metric.definition},
          {"scopes", std::move(scopes)}};
}

ExitCode list_metrics(const std::optional<std::string>& json_path) {
  std::string text;
  auto json = Json::array();
  for (const auto& metric : expect::metrics()) {
    json.push_back(json_of(metric));
    const auto name = std::string(metric.name) + (metric.takes_state ? "(STATE)" : "");
    text += fmt::format("{:<23}{:<16}{}", name, example(metric.unit), wrapped(metric.summary, 39));
  }
  text +=
      "\nThe second column shows how a bound is written. An expectation is a metric, one of\n"
      "< <= > >= == !=, and a bound, or a share of another metric:\n"
      "  time_to_open < 1s        upstream_requests < 5% of calls\n"
      "tripcurve describe METRIC says exactly what a metric counts.\n";
  return tell(text, {{"metrics", std::move(json)}}, json_path, ExitCode::success);
}

constexpr std::array<std::string_view, 5> lists{"dialects", "faults", "metrics", "policies",
                                                "scenarios"};

struct ListFlags {
  std::string what = "dialects";
  std::optional<std::string> json;
};

ExitCode list(const ListFlags& flags) {
  const auto& what = flags.what;
  if (what == "dialects") {
    return list_dialects(flags.json);
  }
  if (what == "faults") {
    return list_faults(flags.json);
  }
  if (what == "metrics") {
    return list_metrics(flags.json);
  }
  if (what == "policies") {
    return list_policies(flags.json);
  }
  if (what == "scenarios") {
    return list_scenarios(flags.json);
  }
  return usage_error({"cannot list " + tripcurve::quoted(what), did_you_mean(what, lists)});
}

const faults::Kind* find_fault(std::string_view name) {
  const auto kinds = faults::kinds();
  const auto found = std::ranges::find_if(
      kinds, [&](const faults::Kind* kind) { return same_word(kind->word, name); });
  return found == kinds.end() ? nullptr : *found;
}

// How it may be given, with all of its parameters: truncate(at=50%).
std::string example_of(const faults::Kind& kind) {
  std::string text(kind.word);
  for (const auto& parameter : kind.parameters) {
    if (!parameter.fallback.empty()) {
      text += fmt::format("({}={})", parameter.name, parameter.fallback);
      break;
    }
  }
  return text;
}

std::string explanation_of(const faults::Kind& kind) {
  auto text = wrapped(fmt::format("{}: a fault that {}", kind.word, kind.summary), 2);
  text += "  " + wrapped(kind.effect, 2);
  text += kind.parameters.empty() ? "\nNo parameters\n" : "\nParameters\n";
  for (const auto& parameter : kind.parameters) {
    text += fmt::format(
        "  {}{}\n", parameter.name,
        parameter.fallback.empty() ? "  (optional)" : fmt::format("  ({})", parameter.fallback));
    text += "      " + wrapped(parameter.meaning, 6);
    text += "      " + wrapped(fmt::format("takes {}", faults::words(parameter.type)), 6);
  }
  if (!kind.not_simulated.empty()) {
    text += "\n" + wrapped(fmt::format("simulate refuses it: {}", kind.not_simulated), 2);
  }
  text += kind.of == faults::Kind::Of::port
              ? fmt::format("\n  tripcurve upstream --errors {}\n", kind.word)
              : fmt::format("\n  tripcurve upstream {}--errors '{}:5%'\n",
                            kind.needs_tls ? "--tls " : "", example_of(kind));
  return text;
}

// The table that a breaker of the dialect counts by, unless somebody says otherwise.
std::string counts_text(const breaker::Dialect& dialect) {
  return fmt::format(
      "counts as failures: 5xx and every call without an answer{}; --breaker-counts "
      "changes it",
      dialect.counts.empty() ? "" : fmt::format(", then {}", dialect.counts));
}

// What the library makes of a call that is to count for nothing; "" when it is nothing.
std::string ignored_text(const breaker::Dialect& dialect) {
  if (dialect.ignored_closes) {
    return fmt::format(
        "an ignored call, such as one that its caller gave up, closes a half-open breaker, as a "
        "success "
        "does{}",
        dialect.ignored_fills_window
            ? "; while closed, it counts in the total that the failure share is taken of"
            : "");
  }
  return dialect.ignored_fills_window
             ? "an ignored call counts in the total that the failure share is taken of"
             : "";
}

std::string settings_text(std::span<const breaker::Key> keys) {
  std::string text = keys.empty() ? "\nNo settings\n" : "\nSettings\n";
  for (const auto& key : keys) {
    text += fmt::format("  {}", key.name);
    if (!key.short_name.empty()) {
      text += fmt::format(", {}", key.short_name);
    }
    text += key.fallback.empty() ? "  (optional)\n" : fmt::format("  ({})\n", key.fallback);
    text += "      " + wrapped(key.meaning, 6);
    text += "      " + wrapped(fmt::format("takes {}", describe(key.values)), 6);
  }
  return text;
}

const client::PolicyKind* find_policy(std::string_view name) {
  const auto kinds = client::policy_kinds();
  const auto found = std::ranges::find_if(
      kinds, [&](const client::PolicyKind& kind) { return same_word(kind.name, name); });
  return found == kinds.end() ? nullptr : &*found;
}

std::string explanation_of(const client::PolicyKind& kind) {
  auto text = wrapped(fmt::format("{}: a policy that {}", kind.name, kind.summary), 2);
  text += settings_text(kind.keys);
  text += fmt::format("\n  tripcurve simulate --policy {}\n", kind.name);
  return text;
}

std::string portrait_of(const breaker::Dialect& dialect) {
  const auto& portrait = *dialect.portrait;
  auto text = wrapped(fmt::format("{}: {}", names(dialect), dialect.summary), 2);
  text += wrapped(fmt::format("{} {}", portrait.library,
                              portrait.evidence == breaker::Evidence::executed
                                  ? "[executed]: matches traces recorded from it"
                                  : "[source]: written from its source or papers; it was not run"),
                  2);
  text += settings_text(dialect.keys);
  text += "\nSeven questions on which the libraries disagree\n";
  for (std::size_t i = 0; i < breaker::questions.size(); ++i) {
    text += fmt::format("  {}. ", i + 1) + wrapped(breaker::questions[i], 5);
    text += "     -> " + wrapped(portrait.answers[i], 8);
  }
  text += "\nWhat counts as a failure\n  " + wrapped(portrait.counting, 2);
  text += "  -> " + wrapped(counts_text(dialect), 5);
  if (const auto ignored = ignored_text(dialect); !ignored.empty()) {
    text += "  -> " + wrapped(ignored, 5);
  }
  text += "\nWhat becomes of a call that its caller gives up\n  " + wrapped(portrait.cancelling, 2);
  text += fmt::format("  -> on_cancel={}\n", breaker::name(dialect.on_cancel));
  if (!portrait.surprises.empty()) {
    text += "\nSurprises\n";
    for (const auto surprise : portrait.surprises) {
      text += "  - " + wrapped(surprise, 4);
    }
  }
  text += fmt::format("\n  tripcurve simulate --breaker {}\n", dialect.name);
  return text;
}

std::string definition_of(const expect::Metric& metric) {
  auto text = wrapped(fmt::format("{}: {}", metric.name, metric.summary), 2);
  text += "  " + wrapped(metric.definition, 2);
  if (const auto through = expect::meaning_through(metric); !through.empty()) {
    text += "\n  Observed of a service (run --through):\n  " + wrapped(through, 2);
  }
  text += fmt::format("\n  unit      {}\n", expect::name(metric.unit));
  text += fmt::format("  scopes    {}{}{}{}{}\n", metric.whole_run ? "none" : "phase",
                      metric.by_endpoint ? ", endpoint" : "", metric.by_breaker ? ", breaker" : "",
                      metric.by_service ? ", service" : "", metric.by_link ? ", link" : "");
  text += fmt::format("  example   --expect '{}{}{} {} {}'\n",
                      metric.only_by_service ? "service gateway: " : "", metric.name,
                      metric.takes_state ? "(open)" : "",
                      metric.unit == expect::Unit::states       ? "=="
                      : metric.better == expect::Better::higher ? ">"
                                                                : "<",
                      example(metric.unit));
  return text;
}

Completion describable() {
  Completion names;
  for (const auto& dialect : breaker::dialects()) {
    names.words.emplace_back(dialect.name);
    if (!dialect.alias.empty()) {
      names.words.emplace_back(dialect.alias);
    }
  }
  for (const auto& kind : client::policy_kinds()) {
    names.words.emplace_back(kind.name);
  }
  for (const auto& metric : expect::metrics()) {
    names.words.emplace_back(metric.name);
  }
  for (const auto& story : sweep::stories()) {
    names.words.emplace_back(story.name);
  }
  for (const auto* kind : faults::kinds()) {
    names.words.emplace_back(kind->word);
  }
  return names;
}

Error unknown(const std::string& name) {
  const auto words = describable().words;
  const auto near = did_you_mean(name, std::vector<std::string_view>(words.begin(), words.end()));
  return Error{
      "no breaker, policy, metric, scenario or fault has the name " + tripcurve::quoted(name),
      near.starts_with("did you mean")
          ? near
          : "tripcurve list, list policies and list metrics show their names"};
}

// A dialect, a policy or a metric, whichever has that name, and both if a policy and a metric have
// it; a metric also as expectations write it, with a state.
ExitCode describe_one(const std::string& name) {
  const auto metric = expect::find_metric(name);
  const auto* policy = find_policy(name);
  if (metric || policy != nullptr) {
    print((policy != nullptr ? explanation_of(*policy) : "") +
          (policy != nullptr && metric ? "\n" : "") + (metric ? definition_of(**metric) : ""));
    return ExitCode::success;
  }
  if (name.find('(') != std::string::npos) {
    const auto of_state = expect::parse_metric(name);
    if (!of_state) {
      return usage_error(of_state.error());
    }
    print(definition_of(*of_state->metric));
    return ExitCode::success;
  }
  if (const auto story = sweep::find_story(name)) {
    print(phases_explained(**story));
    return ExitCode::success;
  }
  if (const auto* kind = find_fault(name)) {
    print(explanation_of(*kind));
    return ExitCode::success;
  }
  const auto dialect = breaker::find_dialect(name);
  if (!dialect) {
    return usage_error(unknown(name));
  }
  print(portrait_of(**dialect));
  return ExitCode::success;
}

}  // namespace

Command add_list(CLI::App& app) {
  auto flags = std::make_shared<ListFlags>();
  auto& command = add_command(app, "list", "List breakers, faults, policies, metrics or scenarios",
                              "Examples:\n  tripcurve list metrics\n  tripcurve list faults\n"
                              "  tripcurve list dialects --json dialects.json");
  add_optional_argument(command, "WHAT", flags->what,
                        "faults, policies, metrics or scenarios (dialects)", Completion::of(lists));
  add_json_flag(command, flags->json);
  return {&command, [flags] { return list(*flags); }};
}

Command add_describe(CLI::App& app) {
  auto name = std::make_shared<std::string>();
  auto& command =
      add_command(app, "describe", "Explain a breaker, fault, policy, metric or scenario",
                  "Examples:\n  tripcurve describe gobreaker\n  tripcurve describe retry\n"
                  "  tripcurve describe truncate\n"
                  "  tripcurve describe time_to_open");
  add_argument(command, "NAME", *name, "a breaker, fault, policy, metric or scenario",
               describable());
  return {&command, [name] { return describe_one(*name); }};
}

}  // namespace tripcurve::cli
