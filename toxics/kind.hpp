// The kinds of toxics: what can go wrong with the bytes of a connection, as toxiproxy knows them.
//
// Each kind is one file in kinds/, which owns its word, the table of its attributes, what it says
// of itself, and its stage. The list of all is kinds/all.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "core/result.hpp"
#include "toxics/stage.hpp"

namespace tripcurve::toxics {

// Attributes are whole numbers of these, which are toxiproxy's.
enum class Unit : std::uint8_t { milliseconds, microseconds, kilobytes_per_second, bytes };

struct Attribute {
  const char* name;
  Unit unit;
  const char* meaning;
};

struct Kind {
  const char* word;
  const char* meaning;
  std::vector<Attribute> attributes;
  // What is wrong with values that are each within bounds; nullptr: nothing can be.
  std::optional<Error> (*contradiction)(const Values& values);
  // The stage of one connection; `random` is for it alone.
  std::unique_ptr<Stage> (*make)(Random random);
};

// In the order of words.
[[nodiscard]] std::span<const Kind* const> kinds();

// The kind with that word, or an error that names those there are.
[[nodiscard]] Result<const Kind*> find_kind(std::string_view word);

// Where an attribute of that name is in the kind's table.
[[nodiscard]] Result<std::size_t> find_attribute(const Kind& kind, std::string_view name);

// What is wrong with a value of that attribute, or with all values of a kind together.
[[nodiscard]] std::optional<Error> check(const Attribute& attribute, std::int64_t value);
[[nodiscard]] std::optional<Error> check(const Kind& kind, const Values& values);

// "100ms", "250us", "50KB/s", "1KB" as the number of the attribute's units, and back.
[[nodiscard]] Result<std::int64_t> parse_value(const Attribute& attribute, std::string_view text);
[[nodiscard]] std::string format_value(const Attribute& attribute, std::int64_t value);

}  // namespace tripcurve::toxics
