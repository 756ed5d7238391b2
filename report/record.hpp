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

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "report/json_reader.hpp"

namespace tripcurve::report {

using Json = nlohmann::ordered_json;

// One field of the record T.
template <typename T>
struct Field {
  const char* name = "";
  const char* meaning = "";                                    // for people, as Markdown
  Json (*write)(const T& record) = nullptr;                    // Json::discarded: it is absent
  void (*read)(const JsonReader& value, T& record) = nullptr;  // unless it is `derived`
  Json (*schema)() = nullptr;
  std::string_view type{};  // for people: "integer"
  bool required = true;     // false: it may be absent
  // Worked out of the others. (A pointer cannot be compared with null where GCC 12 works out
  // constants under its undefined-behaviour sanitizer.)
  bool derived = false;
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
struct Form<std::uint32_t> {
  static Json write(std::uint32_t value) { return value; }
  static std::uint32_t read(const JsonReader& json) {
    const auto count = json.count();
    if (count > std::numeric_limits<std::uint32_t>::max()) {
      json.complain("it is more than 2^32 - 1");
      return 0;
    }
    return static_cast<std::uint32_t>(count);
  }
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
  static constexpr std::string_view type =
      std::is_same_v<T, std::string> ? "array of strings" : "array";
};

// An object whose names are not known beforehand, in their order.
template <typename T>
struct Form<std::vector<std::pair<std::string, T>>> {
  static Json write(const std::vector<std::pair<std::string, T>>& values) {
    auto object = Json::object();
    for (const auto& [name, value] : values) {
      object[name] = Form<T>::write(value);
    }
    return object;
  }
  static std::vector<std::pair<std::string, T>> read(const JsonReader& json) {
    std::vector<std::pair<std::string, T>> all;
    for (const auto& [name, value] : json.members()) {
      all.emplace_back(name, Form<T>::read(value));
    }
    return all;
  }
  static Json schema() { return {{"type", "object"}, {"additionalProperties", Form<T>::schema()}}; }
  static constexpr std::string_view type =
      std::is_same_v<T, std::string> ? "object of strings" : "object";
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

// Reads the fields that Table has into the record. What a table's check() finds wrong with the
// whole is a mistake, too.
template <typename Table, typename T>
void read_fields(const JsonReader& json, T& record) {
  for (const auto& field : Table::fields) {
    if (!field.derived && (field.required || json.has(field.name))) {
      field.read(json[field.name], record);
    }
  }
  if constexpr (requires { Table::check(record, json); }) {
    Table::check(record, json);
  }
}

// An object with the fields of a table.
template <typename T, typename Table = Record<T>>
struct RecordForm {
  static Json write(const T& record) {
    auto object = Json::object();
    for (const auto& field : Table::fields) {
      if (auto value = field.write(record); !value.is_discarded()) {
        object[field.name] = std::move(value);
      }
    }
    return object;
  }
  static T read(const JsonReader& json) {
    T record{};
    read_fields<Table>(json, record);
    return record;
  }
  static Json schema() { return definition(Table::name); }
  static constexpr std::string_view type = "object";
};

template <IsRecord T>
struct Form<T> : RecordForm<T> {};

// Where in a record a value is: a member, or a member of one.
template <auto Outer, auto Inner>
struct Within {};
template <auto Outer, auto Inner>
inline constexpr Within<Outer, Inner> within{};

template <typename Place>
struct PlaceTraits;
template <typename T, typename V>
struct PlaceTraits<V T::*> {
  using Owner = T;
  using Value = V;
};
template <auto Outer, auto Inner>
struct PlaceTraits<Within<Outer, Inner>> {
  using Owner = typename PlaceTraits<std::remove_const_t<decltype(Outer)>>::Owner;
  using Value = typename PlaceTraits<std::remove_const_t<decltype(Inner)>>::Value;
};
template <auto Place>
using OwnerOf = typename PlaceTraits<std::remove_const_t<decltype(Place)>>::Owner;
template <auto Place>
using ValueOf = typename PlaceTraits<std::remove_const_t<decltype(Place)>>::Value;

template <typename T, typename V>
auto& value_at(T& record, V T::* member) {
  return record.*member;
}
template <typename T, typename V>
const auto& value_at(const T& record, V T::* member) {
  return record.*member;
}
template <typename T, auto Outer, auto Inner>
auto& value_at(T& record, Within<Outer, Inner>) {
  return value_at(value_at(record, Outer), Inner);
}

// The field that is there: field<&Phase::name>, field<within<&Reaction::fault, &FaultWindow::end>>.
template <auto Place, typename As = Form<ValueOf<Place>>>
constexpr auto field(const char* name, const char* meaning) {
  using T = OwnerOf<Place>;
  return Field<T>{
      name,
      meaning,
      [](const T& record) { return As::write(value_at(record, Place)); },
      [](const JsonReader& value, T& record) { value_at(record, Place) = As::read(value); },
      &As::schema,
      As::type};
}

template <typename T>
struct Filled {  // of a text or a list that is not empty
  using Value = T;
  static bool is(const T& value) { return !value.empty(); }
  static const T& of(const T& value) { return value; }
};
template <typename T>
struct Filled<std::optional<T>> {
  using Value = T;
  static bool is(const std::optional<T>& value) { return value.has_value(); }
  static const T& of(const std::optional<T>& value) { return *value; }
};

// The field that is absent where there is nothing.
template <auto Place>
constexpr auto field_if_any(const char* name, const char* meaning) {
  using T = OwnerOf<Place>;
  using Any = Filled<ValueOf<Place>>;
  using As = Form<typename Any::Value>;
  return Field<T>{
      name,
      meaning,
      [](const T& record) {
        const auto& value = value_at(record, Place);
        return Any::is(value) ? As::write(Any::of(value)) : Json(Json::value_t::discarded);
      },
      [](const JsonReader& value, T& record) { value_at(record, Place) = As::read(value); },
      &As::schema,
      As::type,
      /*required=*/false};
}

template <typename T, typename V>
T argument_of(V (*)(const T&));
template <typename T, typename V>
V result_of(V (*)(const T&));

// The field that is worked out of the others, by a function of the record.
template <auto Value, typename As = Form<decltype(result_of(Value))>>
constexpr auto derived(const char* name, const char* meaning) {
  using T = decltype(argument_of(Value));
  return Field<T>{name,
                  meaning,
                  [](const T& record) { return As::write(Value(record)); },
                  nullptr,
                  &As::schema,
                  As::type,
                  /*required=*/true,
                  /*derived=*/true};
}

// The fields of a member that is a record, as the owner's own.
template <auto Member>
constexpr auto fields_of() {
  using T = OwnerOf<Member>;
  using Part = Record<ValueOf<Member>>;
  return []<std::size_t... I>(std::index_sequence<I...>) {
    const auto one = []<std::size_t At>(std::integral_constant<std::size_t, At>) {
      constexpr auto part = Part::fields[At];
      Field<T> field{part.name,
                     part.meaning,
                     [](const T& record) { return Part::fields[At].write(record.*Member); },
                     nullptr,
                     part.schema,
                     part.type,
                     part.required,
                     part.derived};
      if constexpr (!part.derived) {
        field.read = [](const JsonReader& value, T& record) {
          Part::fields[At].read(value, record.*Member);
        };
      }
      return field;
    };
    return std::array{one(std::integral_constant<std::size_t, I>{})...};
  }(std::make_index_sequence<Part::fields.size()>{});
}

template <typename T, std::size_t... N>
constexpr auto joined(const std::array<Field<T>, N>&... parts) {
  std::array<Field<T>, (N + ...)> all{};
  auto next = all.begin();
  ((next = std::copy(parts.begin(), parts.end(), next)), ...);
  return all;
}

// An object with a schema for each field of the table.
template <typename Table, typename SchemaOf>
Json schema_of(SchemaOf schema_of_field) {
  auto properties = Json::object();
  auto required = Json::array();
  for (const auto& field : Table::fields) {
    properties[field.name] = schema_of_field(field);
    if (field.required) {
      required.push_back(field.name);
    }
  }
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

// The record as the schema defines it.
template <typename Table>
Json schema_of() {
  return schema_of<Table>([](const auto& field) { return field.schema(); });
}

// The record as docs/json.md has it: a table with a row for each field.
template <typename Table>
std::string table_of() {
  std::string table = "| field | type | meaning |\n|---|---|---|\n";
  for (const auto& field : Table::fields) {
    table += "| `" + std::string(field.name) + "` | " + std::string(field.type) + " | " +
             field.meaning + " |\n";
  }
  return table;
}

}  // namespace tripcurve::report
