// One table for each record of a result: what a field is called, what it means, and where its value
// is. The JSON file and its reader walk it, and so do the schema and the tables of docs/json.md, so
// that a field is written down once. Not for other folders.
//
//   constexpr std::array fields{
//       field<&Intervention::at>("t_ms", "when"),
//       field<&Intervention::text>("text", "what"),
//   };
//
// The type of the member decides how it is written: Form<T>.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "report/json_reader.hpp"

namespace tripcurve::report {

using Json = nlohmann::ordered_json;

// One field of the record T.
template <typename T>
struct Field {

  const char* name;
  const char* meaning;                                // for people, as Markdown
  Json (*write)(const T& record);                     // Json::discarded: it is absent
  void (*read)(const JsonReader& value, T& record);   // null: worked out of the other fields
  Json (*schema)();
  std::string_view type;                              // for people: "integer"
  bool required = true;                               // false: it may be absent
};

// A record T is described by a specialization with a `name`, as the schema calls it, and `fields`.
template <typename T>
struct Record;

template <typename T>
concept IsRecord = requires {
  { Record<T>::name } -> std::convertible_to<const char*>;
};

// How a value is written, read, and described in the schema and to people.
template <typename T>
struct Form;

// A reference to a definition of the schema.
[[nodiscard]] inline Json definition(const std::string& name) {
  return {{"$ref", "#/definitions/" + name}};
}

// The schema of what may be null instead.
[[nodiscard]] inline Json or_null(Json schema) {
  if (schema == definition("time")) {
    return definition("time_or_null");
  }
  return schema.contains("type") ? Json{{"type", Json{schema["type"], "null"}}}
                                 : Json{{"oneOf", Json{std::move(schema), {{"type", "null"}}}}};
}

template <>
struct Form<std::uint64_t> {
  static Json write(std::uint64_t value) { return value; }
  static std::uint64_t read(const JsonReader& json) { return json.count(); }
  static Json schema() { return definition("count"); }
  static constexpr std::string_view type = "integer";
};

template <>
struct Form<double> {
  static Json write(double value) { return value; }
  static double read(const JsonReader& json) { return json.number(); }
  static Json schema() { return {{"type", "number"}}; }
  static constexpr std::string_view type = "number";
};

template <>
struct Form<bool> {
  static Json write(bool value) { return value; }
  static bool read(const JsonReader& json) { return json.flag(); }
  static Json schema() { return {{"type", "boolean"}}; }
  static constexpr std::string_view type = "boolean";
};

template <>
struct Form<std::string> {
  static Json write(const std::string& value) { return value; }
  static std::string read(const JsonReader& json) { return json.text(); }
  static Json schema() { return {{"type", "string"}}; }
  static constexpr std::string_view type = "string";
};

// In milliseconds.
template <>
struct Form<Duration> {
  static Json write(Duration value) { return to_milliseconds(value); }
  static Duration read(const JsonReader& json) { return json.milliseconds(); }
  static Json schema() { return definition("time"); }
  static constexpr std::string_view type = "number";
};

// From the start of the run.
template <>
struct Form<TimePoint> {
  static Json write(TimePoint value) { return to_milliseconds(value); }
  static TimePoint read(const JsonReader& json) { return at(json.milliseconds()); }
  static Json schema() { return definition("time"); }
  static constexpr std::string_view type = "number";
};

// Null where there is none.
template <typename T>
struct Form<std::optional<T>> {
  static Json write(const std::optional<T>& value) {
    return value ? Form<T>::write(*value) : Json();
  }
  static std::optional<T> read(const JsonReader& json) {
    return json.is_null() ? std::nullopt : std::optional<T>(Form<T>::read(json));
  }
  static Json schema() { return or_null(Form<T>::schema()); }
  static constexpr std::string_view type = Form<T>::type;
};

// A name, and null where it is empty.
struct NameOrNull {
  static Json write(const std::string& name) { return name.empty() ? Json() : Json(name); }
  static std::string read(const JsonReader& json) { return json.is_null() ? "" : json.text(); }
  static Json schema() { return definition("name_or_null"); }
  static constexpr std::string_view type = "string";
};

template <typename T>
struct Form<std::vector<T>> {
  static Json write(const std::vector<T>& values) {
    auto all = Json::array();
    for (const auto& value : values) {
      all.push_back(Form<T>::write(value));
    }
    return all;
  }
  static std::vector<T> read(const JsonReader& json) {
    std::vector<T> all;
    for (const auto& item : json.items()) {
      all.push_back(Form<T>::read(item));
    }
    return all;
  }
  static Json schema() { return {{"type", "array"}, {"items", Form<T>::schema()}}; }
  static constexpr std::string_view type = "array";
};

// A word of a closed set: `All` has every enumerator, and name() the word.
template <typename Enum, const auto& All>
struct WordForm {
  static Json write(Enum value) { return name(value); }
  static Enum read(const JsonReader& json) { return json.one_of(All, All.front()); }
  static Json schema() {
    auto words = Json::array();
    for (const auto one : All) {
      words.push_back(name(one));
    }
    return {{"enum", std::move(words)}};
  }
  static constexpr std::string_view type = "string";
};

template <IsRecord T>
struct Form<T> {
  static Json write(const T& record) {
    auto object = Json::object();
    for (const auto& field : Record<T>::fields) {
      if (auto value = field.write(record); !value.is_discarded()) {
        object[field.name] = std::move(value);
      }
    }
    return object;
  }
  static T read(const JsonReader& json) {
    T record{};
    for (const auto& field : Record<T>::fields) {
      if (field.read != nullptr && (field.required || json.has(field.name))) {
        field.read(json[field.name], record);
      }
    }
    return record;
  }
  static Json schema() { return definition(Record<T>::name); }
  static constexpr std::string_view type = "object";
};

template <typename T, typename V>
T owner_of(V T::*);
template <typename T, typename V>
V value_of_member(V T::*);

// The field that a member is.
template <auto Member, typename As = Form<decltype(value_of_member(Member))>>
constexpr auto field(const char* name, const char* meaning) {
  using T = decltype(owner_of(Member));
  return Field<T>{name,
                  meaning,
                  [](const T& record) { return As::write(record.*Member); },
                  [](const JsonReader& value, T& record) { record.*Member = As::read(value); },
                  &As::schema,
                  As::type};
}

template <typename T, typename V>
T argument_of(V (*)(const T&));

// The field that is worked out of the others, by a function of the record.
template <auto Value>
constexpr auto derived(const char* name, const char* meaning) {
  using T = decltype(argument_of(Value));
  using As = Form<decltype(Value(std::declval<const T&>()))>;
  return Field<T>{name,
                  meaning,
                  [](const T& record) { return As::write(Value(record)); },
                  nullptr,
                  &As::schema,
                  As::type};
}

// The record as the schema defines it.
template <IsRecord T>
Json schema_of() {
  auto properties = Json::object();
  auto required = Json::array();
  for (const auto& field : Record<T>::fields) {
    properties[field.name] = field.schema();
    if (field.required) {
      required.push_back(field.name);
    }
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)}};
}

// The record as docs/json.md has it: a table with a row for each field.
template <IsRecord T>
std::string table_of() {
  std::string table = "| field | type | meaning |\n|---|---|---|\n";
  for (const auto& field : Record<T>::fields) {
    table += "| `" + std::string(field.name) + "` | " + std::string(field.type) + " | " +
             field.meaning + " |\n";
  }
  return table;
}

}  // namespace tripcurve::report
