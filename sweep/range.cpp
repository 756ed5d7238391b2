#include "sweep/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/text.hpp"
#include "core/units.hpp"
#include "sweep/space.hpp"

namespace tripcurve::sweep {
namespace {

enum class Measure : std::uint8_t { number, duration, share, rate };

struct Quantity {
  Measure measure = Measure::number;
  double value = 0;  // of a duration in nanoseconds, of a share in percent, of a rate per second
};

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<Quantity> quantity_of(std::string_view text) {
  if (const auto number = plain_number(text)) {
    return Quantity{Measure::number, *number};
  }
  if (const auto duration = parse_duration(text)) {
    return Quantity{Measure::duration, static_cast<double>(duration->count())};
  }
  if (const auto share = parse_share(text)) {
    return Quantity{Measure::share, share->value * 100};
  }
  if (const auto rate = parse_rate(text)) {
    return Quantity{Measure::rate, rate->per_second};
  }
  return std::nullopt;
}

// A hundredth, as it is written: 16.7 / 100 is a little less than 0.167.
double hundredth(double value) { return std::stod(fmt::format("{:.12g}", value / 100)); }

std::string text_of(const Quantity& quantity) {
  switch (quantity.measure) {
    case Measure::number:
      return fmt::format("{}", quantity.value);
    case Measure::duration:
      return format_duration(Duration(std::llround(quantity.value)));
    case Measure::share:
      return format_share({hundredth(quantity.value)});
    case Measure::rate:
      return format_rate({quantity.value});
  }
  return {};
}

// What people choose, as multiples of a unit that is ten times as large in each round.
constexpr std::array<double, 5> round_numbers{1, 2, 3, 5, 8};
constexpr std::array<double, 3> round_times{1, 2, 5};
// From a second on, times follow the clock.
constexpr std::array<double, 16> clock_seconds{1,   2,   5,    10,   20,   30,   60,    120,
                                               300, 600, 1200, 1800, 3600, 7200, 21600, 86400};

// To three significant digits.
double rounded(double value) {
  if (value == 0) {
    return 0;
  }
  const double digits = 2 - std::floor(std::log10(std::abs(value)));
  const double scale = std::pow(10, std::abs(digits));  // exact, unlike its reciprocal
  return digits > 0 ? std::round(value * scale) / scale : std::round(value / scale) * scale;
}

void add_decades(std::span<const double> steps, double low, double high,
                 std::vector<double>& values) {
  for (double unit = std::pow(10, std::floor(std::log10(low))); unit <= high; unit *= 10) {
    for (const auto step : steps) {
      values.push_back(rounded(unit * step));
    }
  }
}

std::vector<double> round_values(Measure measure, double low, double high) {
  std::vector<double> values;
  constexpr double second = 1e9;
  if (measure != Measure::duration) {
    // Below zero and at it nothing is a multiple of anything.
    add_decades(round_numbers, low > 0 ? low : std::min(1.0, high), high, values);
  } else {
    if (low < second) {
      add_decades(round_times, std::max(low, 1.0), std::min(high, second / 2), values);
    }
    for (const auto seconds : clock_seconds) {
      values.push_back(seconds * second);
    }
  }
  std::erase_if(values, [&](double value) { return value <= low || value >= high; });
  return values;
}

std::vector<double> spaced(const Quantity& low, double high, std::size_t count, bool by_ratio) {
  std::vector<double> values;
  const bool whole = low.measure == Measure::number && low.value == std::round(low.value) &&
                     high == std::round(high);
  for (std::size_t i = 1; i + 1 < count; ++i) {
    const auto part = static_cast<double>(i) / static_cast<double>(count - 1);
    const auto value = by_ratio ? low.value * std::pow(high / low.value, part)
                                : low.value + (high - low.value) * part;
    values.push_back(whole ? std::round(value) : rounded(value));
  }
  return values;
}

// How the values between the ends are chosen: "/5", "/5log"; nothing: round ones.
struct Steps {
  std::optional<std::size_t> count{};
  bool by_ratio = false;
};

// Takes it off the end of the text.
Result<Steps> take_steps(std::string_view& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash + 1 >= text.size() || text[slash + 1] < '0' ||
      text[slash + 1] > '9') {
    return Steps{};
  }
  const auto given = text.substr(slash + 1);
  auto digits = given;
  const bool by_ratio = digits.ends_with("log");
  if (by_ratio) {
    digits.remove_suffix(3);
  }
  const auto count = parse_count(trim(digits), 2, most_values);
  if (!count) {
    return Error{quoted(given) + " is no number of values",
                 fmt::format("write /5 or /5log: 2 to {} values", most_values)};
  }
  text = text.substr(0, slash);
  return Steps{static_cast<std::size_t>(*count), by_ratio};
}

}  // namespace

bool is_range(std::string_view text) { return text.find("..") != std::string_view::npos; }

Result<std::vector<std::string>> values_of_range(std::string_view text) {
  auto ends = trim(text);
  const auto steps = take_steps(ends);
  if (!steps) {
    return steps.error();
  }
  const auto dots = ends.find("..");
  const auto from = trim(ends.substr(0, dots));
  const auto to = trim(ends.substr(dots + 2));
  const auto low = quantity_of(from);
  const auto high = quantity_of(to);
  if (!low || !high || low->measure != high->measure) {
    return Error{"the range " + quoted(ends) + " needs two numbers with the same unit",
                 "write 1s..60s, 5%..50%, 3..10, or list the values: 1s,10s,60s"};
  }
  if (low->value >= high->value) {
    return Error{"the range " + quoted(ends) + " runs backwards",
                 fmt::format("write {}..{}", to, from)};
  }
  if (steps->by_ratio && low->value <= 0) {
    return Error{"the range " + quoted(ends) + " begins at zero, and no ratio leads away from it",
                 "begin above zero, or leave out 'log'"};
  }
  const auto between = steps->count ? spaced(*low, high->value, *steps->count, steps->by_ratio)
                                    : round_values(low->measure, low->value, high->value);
  std::vector<std::string> values{std::string(from)};
  for (const auto value : between) {
    values.push_back(text_of({low->measure, value}));
  }
  values.emplace_back(to);
  const auto doubled = std::ranges::unique(values);
  values.erase(doubled.begin(), doubled.end());
  return values;
}

}  // namespace tripcurve::sweep
