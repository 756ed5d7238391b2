// The words of which the schema of experiment files is made (JSON Schema, draft 2020-12).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiment/schema_patterns.hpp"

namespace tripcurve::experiment::schema_words {

using Json = nlohmann::ordered_json;

[[nodiscard]] inline Json described(Json schema, std::string_view description) {
  schema["description"] = description;
  return schema;
}

[[nodiscard]] inline Json ref(const char* name) {
  return {{"$ref", fmt::format("#/$defs/{}", name)}};
}

// A text of this form.
[[nodiscard]] inline Json text(const std::string& form) {
  return {{"type", "string"}, {"pattern", pattern::whole(form)}};
}

[[nodiscard]] inline Json any_of(std::initializer_list<Json> schemas) {
  return {{"anyOf", Json(schemas)}};
}

// Anything that is written as one value.
[[nodiscard]] inline Json scalar() { return {{"type", Json{"string", "number", "boolean"}}}; }

[[nodiscard]] inline Json word_of(std::span<const std::string_view> words) {
  return any_of(
      {{{"enum", Json(std::vector<std::string>(words.begin(), words.end()))}}, ref("variable")});
}

[[nodiscard]] inline Json count(std::uint64_t least, std::uint64_t most) {
  return any_of({{{"type", "integer"}, {"minimum", least}, {"maximum", most}},
                 {{"type", "string"}, {"pattern", pattern::whole("[0-9]+")}}});
}

[[nodiscard]] inline Json list_of(Json item) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(item)}};
}

[[nodiscard]] inline Json block(Json properties, std::vector<std::string> required = {}) {
  Json schema{
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) {
    schema["required"] = required;
  }
  return schema;
}

// Of two keys, at most one.
[[nodiscard]] inline Json not_both(const char* key, const char* other) {
  return {{"not", {{"required", Json{key, other}}}}};
}

}  // namespace tripcurve::experiment::schema_words
