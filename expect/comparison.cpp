#include "expect/comparison.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::expect {
namespace {

// The longer of two that begin alike comes first.
constexpr std::array<std::pair<std::string_view, Relation>, 6> comparisons{{
    {"<=", Relation::at_most},
    {">=", Relation::at_least},
    {"==", Relation::equal},
    {"!=", Relation::different},
    {"<", Relation::less},
    {">", Relation::greater},
}};

std::optional<double> decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  return whole && std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

// But for what a product of doubles is off: 29 calls are 29 % of 100.
bool equals(double a, double b) {
  return std::abs(a - b) <= 1e-14 * std::max(std::abs(a), std::abs(b));
}

}  // namespace

std::string_view symbol(Relation comparison) {
  return std::ranges::find(comparisons, comparison, &std::pair<std::string_view, Relation>::second)
      ->first;
}

std::string example(Unit unit) {
  switch (unit) {
    case Unit::duration:
      return "250ms or 2s";
    case Unit::share:
      return "5%";
    case Unit::count:
      return "3";
    case Unit::rate:
      return "200/s";
    case Unit::per_minute:
      return "2";
    case Unit::ratio:
      return "1.2";
    case Unit::states:
      return "[closed, open, half_open, closed]";
  }
  return "";
}

Result<Comparison> parse_comparison(std::string_view text) {
  const auto at = text.find_first_of("<>=!");
  if (trim(text).empty() || at == std::string_view::npos) {
    return Error{trim(text).empty() ? "an expectation is missing"
                                    : quoted(trim(text)) + " has no comparison",
                 "write a metric, a comparison and a bound: time_to_open < 1s"};
  }
  const auto found = std::ranges::find_if(comparisons, [&](const auto& comparison) {
    return text.substr(at).starts_with(comparison.first);
  });
  if (found == comparisons.end()) {
    return Error{quoted(text.substr(at, 1)) + " is not a comparison",
                 text[at] == '=' ? "write ==" : "write !="};
  }
  return Comparison{trim(text.substr(0, at)), found->second,
                    trim(text.substr(at + found->first.size()))};
}

Result<double> parse_bound(std::string_view text, std::string_view metric, Unit unit) {
  const auto wrong = [&]() -> Error {
    return {quoted(text) + " is not a bound for " + std::string(metric), "write " + example(unit)};
  };
  switch (unit) {
    case Unit::duration: {
      const auto parsed = parse_duration(text);
      return parsed ? Result<double>(to_milliseconds(*parsed)) : parsed.error();
    }
    case Unit::share: {
      const auto parsed = parse_share(text);
      return parsed ? Result<double>(parsed->value) : parsed.error();
    }
    case Unit::rate: {
      const auto parsed = parse_rate(text);
      return parsed ? Result<double>(parsed->per_second) : parsed.error();
    }
    case Unit::count: {
      const auto value = decimal(text);
      if (!value || text.find('.') != std::string_view::npos) {
        return wrong();
      }
      return *value;
    }
    case Unit::per_minute: {
      const auto value = decimal(text.ends_with("/m") ? text.substr(0, text.size() - 2) : text);
      return value ? Result<double>(*value) : wrong();
    }
    case Unit::ratio: {
      const auto value = decimal(text);
      return value ? Result<double>(*value) : wrong();
    }
    case Unit::states:
      return wrong();
  }
  return wrong();
}

bool holds(double value, Relation comparison, double bound) {
  const bool equal = equals(value, bound);
  switch (comparison) {
    case Relation::less:
      return value < bound && !equal;
    case Relation::at_most:
      return value < bound || equal;
    case Relation::greater:
      return value > bound && !equal;
    case Relation::at_least:
      return value > bound || equal;
    case Relation::equal:
      return equal;
    case Relation::different:
      return !equal;
  }
  return false;
}

}  // namespace tripcurve::expect
