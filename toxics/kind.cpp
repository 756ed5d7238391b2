#include "toxics/kind.hpp"

#include <fmt/format.h>

#include <array>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

constexpr std::array all{&bandwidth,  &latency, &limit_data, &noop,
                         &reset_peer, &slicer,  &slow_close, &timeout};

// Of a time 10000h, as everywhere; of the others more than anybody has.
constexpr std::int64_t most_milliseconds = 36'000'000'000;
constexpr std::int64_t most_others = 1'000'000'000'000;

std::int64_t most(Unit unit) {
  return unit == Unit::milliseconds ? most_milliseconds : most_others;
}

const char* unit_words(Unit unit) {
  switch (unit) {
    case Unit::milliseconds:
      return "milliseconds";
    case Unit::microseconds:
      return "microseconds";
    case Unit::kilobytes_per_second:
      return "KB/s";
    case Unit::bytes:
      return "bytes";
  }
  return "";
}

Duration unit_of_time(Unit unit) {
  return unit == Unit::milliseconds ? Duration(std::chrono::milliseconds(1))
                                    : Duration(std::chrono::microseconds(1));
}

Result<std::int64_t> whole(const Attribute& attribute, std::uint64_t amount, std::uint64_t unit,
                           std::string_view text) {
  if (amount % unit != 0) {
    return Error{fmt::format("'{}' is no whole number of {}", text, unit_words(attribute.unit)),
                 fmt::format("toxics count in {}", unit_words(attribute.unit))};
  }
  return static_cast<std::int64_t>(amount / unit);
}

}  // namespace

std::span<const Kind* const> kinds() { return all; }

Result<const Kind*> find_kind(std::string_view word) {
  std::vector<std::string_view> known;
  for (const auto* kind : all) {
    if (word == kind->word) {
      return kind;
    }
    known.emplace_back(kind->word);
  }
  return Error{"there is no toxic " + quoted(word), did_you_mean(word, known)};
}

Result<std::size_t> find_attribute(const Kind& kind, std::string_view name) {
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < kind.attributes.size(); ++i) {
    if (name == kind.attributes[i].name) {
      return i;
    }
    known.emplace_back(kind.attributes[i].name);
  }
  return Error{fmt::format("a {} toxic has no {}", kind.word, quoted(name)),
               known.empty() ? "it has no attributes" : did_you_mean(name, known)};
}

std::optional<Error> check(const Attribute& attribute, std::int64_t value) {
  if (value < 0 || value > most(attribute.unit)) {
    return Error{fmt::format("{} {} is out of range", attribute.name, value),
                 fmt::format("give 0 to {} {}", most(attribute.unit), unit_words(attribute.unit))};
  }
  return std::nullopt;
}

std::optional<Error> check(const Kind& kind, const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const auto error = check(kind.attributes[i], values[i])) {
      return error;
    }
  }
  return kind.contradiction != nullptr ? kind.contradiction(values) : std::nullopt;
}

Result<std::int64_t> parse_value(const Attribute& attribute, std::string_view text) {
  switch (attribute.unit) {
    case Unit::milliseconds:
    case Unit::microseconds: {
      const auto time = parse_duration(text);
      if (!time) {
        return time.error();
      }
      return whole(attribute, static_cast<std::uint64_t>(time->count()),
                   static_cast<std::uint64_t>(unit_of_time(attribute.unit).count()), text);
    }
    case Unit::kilobytes_per_second: {
      if (!text.ends_with("/s")) {
        return Error{quoted(text) + " is no rate of bytes", "write it like 50KB/s"};
      }
      const auto size = parse_size(text.substr(0, text.size() - 2));
      return size ? whole(attribute, *size, 1000, text) : size.error();
    }
    case Unit::bytes: {
      const auto size = parse_size(text);
      return size ? whole(attribute, *size, 1, text) : size.error();
    }
  }
  return Error{};
}

std::string format_value(const Attribute& attribute, std::int64_t value) {
  switch (attribute.unit) {
    case Unit::milliseconds:
    case Unit::microseconds:
      return format_duration(unit_of_time(attribute.unit) * value);
    case Unit::kilobytes_per_second:
      return format_size(static_cast<std::uint64_t>(value) * 1000) + "/s";
    case Unit::bytes:
      return format_size(static_cast<std::uint64_t>(value));
  }
  return {};
}

}  // namespace tripcurve::toxics
