// The dialects and their settings in the schema of experiment files.
#include "experiment/schema_breaker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "breaker/registry.hpp"

namespace tripcurve::experiment {
namespace {

using namespace schema_words;

Json number_within(const breaker::Values& values, const char* type, double scale) {
  Json schema{{"type", type}};
  const auto bound = [&](const char* name, double value) {
    if (value / scale == std::floor(value / scale)) {
      schema[name] = static_cast<std::int64_t>(value / scale);
    } else {
      schema[name] = value / scale;
    }
  };
  const breaker::Values open{values.type};
  if (values.least != open.least) {
    bound(values.exclusive ? "exclusiveMinimum" : "minimum", values.least);
  }
  if (values.most != open.most) {
    bound("maximum", values.most);
  }
  return schema;
}

// The value of one of a dialect's keys, as YAML has it.
Json value_of(const breaker::Values& values) {
  constexpr auto number = R"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)";
  const std::string no_unit = "0";
  Json any = Json::array();
  std::vector<std::string> forms;
  switch (values.type) {
    case breaker::ValueType::whole:
      any.push_back(number_within(values, "integer", 1));
      forms = {"[0-9]+"};
      break;
    case breaker::ValueType::whole_percent:
      any.push_back(number_within(values, "integer", 1));
      forms = {"[0-9]+%?"};
      break;
    case breaker::ValueType::number:
      any.push_back(number_within(values, "number", 1));
      forms = {number};
      break;
    case breaker::ValueType::percent:
    case breaker::ValueType::ratio:
      any.push_back(number_within(values, "number", 1));
      forms = {fmt::format("{}%?", number)};
      break;
    case breaker::ValueType::duration:
      any.push_back({{"const", 0}});
      forms = {no_unit, pattern::duration()};
      break;
    case breaker::ValueType::milliseconds:
      any.push_back(number_within(values, "integer", 1));
      forms = {"[0-9]+", pattern::duration()};
      break;
    case breaker::ValueType::seconds:
      any.push_back(number_within(values, "integer", 1000));
      forms = {"[0-9]+", pattern::duration()};
      break;
    case breaker::ValueType::flag:
      any.push_back({{"type", "boolean"}});
      forms = {"true", "false"};
      break;
    case breaker::ValueType::word:
      return word_of(values.words);
    case breaker::ValueType::list:
      any.push_back(list_of(scalar()));
      any.push_back(scalar());
      break;
    case breaker::ValueType::text:
      any.push_back(scalar());
      break;
  }
  for (const auto word : values.words) {
    if (word == "true" || word == "false") {
      any.push_back({{"const", word == "true"}});
    }
    forms.emplace_back(word);
  }
  if (!forms.empty()) {
    any.push_back(text(pattern::one_of(forms)));
  }
  return any.size() == 1 ? any.front() : Json{{"anyOf", any}};
}

// The settings of a dialect. A key with a dot may be written as a block in a block, too.
Json settings_of(const breaker::Dialect& dialect) {
  Json properties{{"dialect", true}};
  Json any_name = Json::object();  // dialects do not tell the case of letters
  const Json nested{{"type", "object"}};
  for (const auto& key : dialect.keys) {
    if (const auto dot = key.name.find('.'); dot != std::string_view::npos) {
      any_name["^" + pattern::any_case(key.name.substr(0, dot)) + "$"] = nested;
    }
  }
  for (const auto& key : dialect.keys) {
    properties[std::string(key.name)] = {{"description", key.meaning}};
    auto name = pattern::any_case(key.name);
    if (!key.short_name.empty()) {
      name = pattern::one_of({name, pattern::any_case(key.short_name)});
    }
    // Some keys have a value and others below them, too.
    const bool is_block = any_name.erase("^" + pattern::any_case(key.name) + "$") > 0;
    any_name["^" + name + "$"] =
        is_block ? any_of({value_of(key.values), nested}) : value_of(key.values);
  }
  return {{"properties", std::move(properties)},
          {"patternProperties", std::move(any_name)},
          {"additionalProperties", false}};
}

}  // namespace

schema_words::Json dialect_block() {
  std::vector<std::string> names;
  Json rules = Json::array();
  for (const auto& dialect : breaker::dialects()) {
    std::vector<std::string> forms{pattern::any_case(dialect.name)};
    names.emplace_back(dialect.name);
    if (!dialect.alias.empty()) {
      forms.push_back(pattern::any_case(dialect.alias));
      names.emplace_back(dialect.alias);
    }
    const Json is_it{
        {"dialect", {{"type", "string"}, {"pattern", "^" + pattern::one_of(forms) + "$"}}}};
    rules.push_back({{"if", {{"required", Json{"dialect"}}, {"properties", is_it}}},
                     {"then", settings_of(dialect)}});
  }
  std::vector<std::string> any_case;
  std::ranges::transform(names, std::back_inserter(any_case), pattern::any_case);
  const Json named = any_of({{{"enum", names}}, text(pattern::one_of(any_case))});
  return {{"type", "object"},
          {"required", Json{"dialect"}},
          {"properties", {{"dialect", described(named, "as tripcurve list names it")}}},
          {"allOf", std::move(rules)}};
}

schema_words::Json breaker_value() {
  return any_of({text(pattern::breaker()), ref("dialect"),
                 block({{"import", described(scalar(),
                                             "a configuration file of its library, from "
                                             "the folder of this file")},
                        {"instance", described(scalar(), "which of its breakers to use")},
                        {"profile", described(any_of({scalar(), list_of(scalar())}),
                                              "active profiles of Spring Boot")}},
                       {"import"})});
}

}  // namespace tripcurve::experiment
