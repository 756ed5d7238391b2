#include "core/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve {
namespace {

constexpr std::string_view digits = "0123456789";

// What is wrong with every kind of number: nothing there, a sign, a gap. `what` has its article.
std::optional<Error> basic_mistake(std::string_view text, std::string_view what,
                                   std::string_view example) {
  if (text.find_first_of(white_space) != std::string_view::npos) {
    return Error{quoted(text) + " has white space inside",
                 fmt::format("write it like {}", example)};
  }
  if (text.starts_with('-') && text.find_first_of(digits) == 1) {
    return Error{quoted(text) + " is negative", fmt::format("write it like {}", example)};
  }
  if (text.find_first_of("0123456789.") != 0 || text.find_first_of(digits) > 1) {
    return Error{fmt::format("{} is not {}", quoted(text), what),
                 fmt::format("write it like {}", example)};
  }
  return std::nullopt;
}

// A decimal number as it was written: 1, 1.5, .5 or 1. with at least one digit.
struct Decimal {
  std::string_view text;
  std::string_view whole;
  std::string_view fraction;

  [[nodiscard]] bool is_zero() const {
    return text.find_first_not_of("0.") == std::string_view::npos;
  }
};

// Takes a decimal number off the front of `rest`.
std::optional<Decimal> take_decimal(std::string_view& rest) {
  const auto take_digits = [&rest] {
    const auto taken = rest.substr(0, rest.find_first_not_of(digits));
    rest.remove_prefix(taken.size());
    return taken;
  };
  const auto all = rest;
  Decimal number;
  number.whole = take_digits();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    number.fraction = take_digits();
  }
  if (number.whole.empty() && number.fraction.empty()) {
    return std::nullopt;
  }
  number.text = all.substr(0, all.size() - rest.size());
  return number;
}

// The double nearest to number * 10^exponent; nothing when it is outside what a double can hold.
std::optional<double> to_double(const Decimal& number, int exponent = 0) {
  const auto text = fmt::format("{}e{}", number.text, exponent);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  return value;
}

struct Unit {
  std::string_view name;
  std::uint64_t scale;  // in the smallest unit
};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? nullptr : &*found;
}

Error unknown_unit(std::string_view unit, std::string_view text, std::span<const Unit> units) {
  std::vector<std::string_view> names;
  for (const auto& known : units) {
    names.push_back(known.name);
  }
  return {fmt::format("unknown unit {} in {}", quoted(unit), quoted(text)),
          did_you_mean(unit, names)};
}

enum class Misfit : std::uint8_t { too_fine, too_large };

// number * scale as a whole number of at most `most`, without any rounding. `scale` is below 2^60.
std::variant<std::uint64_t, Misfit> scaled(const Decimal& number, std::uint64_t scale,
                                           std::uint64_t most) {
  std::uint64_t whole = 0;
  const auto units = number.whole;
  const auto error = std::from_chars(units.data(), units.data() + units.size(), whole).ec;
  if (!units.empty() && (error != std::errc{} || whole > most / scale)) {
    return Misfit::too_large;
  }
  // Long multiplication, last digit first: every digit that would land behind the point must be 0.
  std::uint64_t part = 0;
  for (auto digit = number.fraction.rbegin(); digit != number.fraction.rend(); ++digit) {
    part += static_cast<std::uint64_t>(*digit - '0') * scale;
    if (part % 10 != 0) {
      return Misfit::too_fine;
    }
    part /= 10;
  }
  if (part > most - whole * scale) {
    return Misfit::too_large;
  }
  return whole * scale + part;
}

// A decimal number in its shortest form that reads back as the same double, moved by `shift`
// decimal places, without an exponent.
std::string plain_decimal(double value, int shift = 0) {
  std::array<char, 64> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const auto e = text.find('e');
  std::string significant(text.substr(0, e));
  std::erase(significant, '.');
  const auto power = text.substr(e + 1);
  int exponent = 0;
  std::from_chars(power.data() + (power.starts_with('+') ? 1 : 0), power.data() + power.size(),
                  exponent);

  const auto point = exponent + shift + 1;  // digits before the decimal point
  const auto count = static_cast<int>(significant.size());
  if (value == 0) {
    return "0";
  }
  if (point <= 0) {
    return "0." + std::string(static_cast<std::size_t>(-point), '0') + significant;
  }
  if (point >= count) {
    return significant + std::string(static_cast<std::size_t>(point - count), '0');
  }
  return significant.insert(static_cast<std::size_t>(point), 1, '.');
}

// count / scale as a decimal number, exactly; scale is a power of ten.
std::string exact_quotient(std::uint64_t count, std::uint64_t scale) {
  auto text = std::to_string(count / scale);
  if (const auto rest = count % scale; rest != 0) {
    const auto places = std::to_string(scale).size() - 1;
    text += fmt::format(".{:0{}}", rest, places);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000 * us;
constexpr std::uint64_t second = 1'000 * ms;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t longest = 10'000 * hour;

constexpr std::array<Unit, 6> time_units{
    {{"ns", 1}, {"us", us}, {"ms", ms}, {"s", second}, {"m", minute}, {"h", hour}}};

// Go writes microseconds with the micro sign or the Greek letter too.
std::string_view plain_unit(std::string_view unit) {
  return unit == "\u00b5s" || unit == "\u03bcs" ? "us" : unit;
}

// What a number without a unit means behind one with `unit`: the next smaller one, as in 1h30.
std::string_view smaller_unit(std::string_view unit) {
  const auto* known = find_unit(time_units, plain_unit(unit));
  return known == time_units.begin() ? known->name : std::prev(known)->name;
}

constexpr std::array<Unit, 7> size_units{{{"GiB", std::uint64_t{1} << 30U},
                                          {"MiB", std::uint64_t{1} << 20U},
                                          {"KiB", std::uint64_t{1} << 10U},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"KB", 1'000},
                                          {"B", 1}}};

constexpr double most_per_second = 10'000'000;
constexpr double least_per_second = 1.0 / (10'000 * 3600.0);

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  text = trim(text);
  constexpr std::string_view example = "250ms, 1.5s or 1m30s";
  if (auto mistake = basic_mistake(text, "a duration", example)) {
    return *std::move(mistake);
  }
  std::uint64_t total = 0;
  std::string_view unit_before;
  for (auto rest = text; !rest.empty();) {
    const auto number = take_decimal(rest);
    const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
    rest.remove_prefix(unit.size());
    if (!number || (unit.empty() && !rest.empty())) {
      return Error{quoted(text) + " is not a duration", fmt::format("write it like {}", example)};
    }
    if (unit.empty()) {
      const bool alone = number->text.size() == text.size();
      return Error{alone ? quoted(text) + " has no unit"
                         : fmt::format("{} in {} has no unit", quoted(number->text), quoted(text)),
                   alone && number->is_zero() ? "write 0ms"
                   : alone                    ? fmt::format("write {0}ms or {0}s", text)
                           : fmt::format("write {}{}", text, smaller_unit(unit_before))};
    }
    const auto* known = find_unit(time_units, plain_unit(unit));
    if (known == nullptr) {
      return unknown_unit(unit, text, time_units);
    }
    const auto ns = scaled(*number, known->scale, longest - total);
    if (const auto* misfit = std::get_if<Misfit>(&ns)) {
      return *misfit == Misfit::too_fine
                 ? Error{quoted(text) + " is finer than a nanosecond", "write whole nanoseconds"}
                 : Error{quoted(text) + " is longer than 10000h", "write 10000h or less"};
    }
    total += std::get<std::uint64_t>(ns);
    unit_before = unit;
  }
  return Duration(static_cast<Duration::rep>(total));
}

Result<Share> parse_share(std::string_view text) {
  text = trim(text);
  constexpr std::string_view example = "5% or 0.25%";
  if (auto mistake = basic_mistake(text, "a share", example)) {
    return *std::move(mistake);
  }
  auto rest = text;
  const auto number = take_decimal(rest);
  const auto share = number ? to_double(*number, -2) : std::nullopt;
  if (!share || (!rest.empty() && rest != "%")) {
    return Error{quoted(text) + " is not a share", fmt::format("write it like {}", example)};
  }
  if (*share > 1) {
    return Error{quoted(text) + " is more than 100%", "write 100% or less"};
  }
  if (rest.empty()) {
    const auto bare = *to_double(*number);
    return Error{quoted(text) + " has no %",
                 bare > 0 && bare <= 1
                     ? fmt::format("write {} (or {}% if you mean that)", format_share({bare}), text)
                     : fmt::format("write {}%", text)};
  }
  return Share{*share};
}

Result<Rate> parse_rate(std::string_view text) {
  text = trim(text);
  constexpr std::string_view example = "200/s, 12/m or 30/h";
  if (auto mistake = basic_mistake(text, "a rate", example)) {
    return *std::move(mistake);
  }
  auto rest = text;
  const auto number = take_decimal(rest);
  const auto value = number ? to_double(*number) : std::nullopt;
  if (!value) {
    return Error{quoted(text) + " is not a rate", fmt::format("write it like {}", example)};
  }
  if (rest.empty()) {
    return Error{quoted(text) + " has no unit",
                 fmt::format("write {}/s", *value > 0 ? text : "200")};
  }
  if (rest != "/s" && rest != "/m" && rest != "/h") {
    return Error{fmt::format("unknown unit {} in {}", quoted(rest), quoted(text)),
                 fmt::format("write {0}/s, {0}/m or {0}/h", number->text)};
  }
  const double per_second = *value / (rest == "/s" ? 1.0 : rest == "/m" ? 60.0 : 3600.0);
  if (!(per_second > 0)) {
    return Error{quoted(text) + " is too low", "the rate must be more than 0/s, such as 200/s"};
  }
  if (per_second < least_per_second) {
    return Error{quoted(text) + " is less than one in 10000h", "write 1/h or more"};
  }
  if (per_second > most_per_second) {
    return Error{quoted(text) + " is more than 10000000/s", "write 10000000/s or less"};
  }
  return Rate{per_second};
}

Result<std::uint64_t> parse_size(std::string_view text) {
  text = trim(text);
  constexpr std::string_view example = "512B, 64KiB or 1MB";
  if (auto mistake = basic_mistake(text, "a size", example)) {
    return *std::move(mistake);
  }
  auto rest = text;
  const auto number = take_decimal(rest);
  if (!number) {
    return Error{quoted(text) + " is not a size", fmt::format("write it like {}", example)};
  }
  if (rest.empty()) {
    return Error{quoted(text) + " has no unit", fmt::format("write {0}B or {0}KiB", text)};
  }
  const auto* unit = find_unit(size_units, rest);
  if (unit == nullptr) {
    return unknown_unit(rest, text, size_units);
  }
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const auto bytes = scaled(*number, unit->scale, most);
  if (const auto* misfit = std::get_if<Misfit>(&bytes)) {
    return *misfit == Misfit::too_fine
               ? Error{quoted(text) + " is not a whole number of bytes", "write whole bytes"}
               : Error{quoted(text) + " is too large", fmt::format("write {}B or less", most)};
  }
  return std::get<std::uint64_t>(bytes);
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  text = trim(text);
  const auto hint = fmt::format("write a whole number from {} to {}", least, most);
  if (text.empty() || text.find_first_not_of(digits) != std::string_view::npos) {
    return Error{quoted(text) + " is not a whole number", hint};
  }
  std::uint64_t count = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), count).ec;
  if (error != std::errc{} || count > most) {
    return Error{fmt::format("{} is more than {}", quoted(text), most), hint};
  }
  if (count < least) {
    return Error{fmt::format("{} is less than {}", quoted(text), least), hint};
  }
  return count;
}

std::string format_duration(Duration d) {
  if (d == Duration::zero()) {
    return "0ms";
  }
  // Unsigned, because the magnitude of the lowest Duration does not fit one.
  auto ns = static_cast<std::uint64_t>(d.count());
  std::string text;
  if (d < Duration::zero()) {
    ns = 0 - ns;
    text = "-";
  }
  for (const auto& [name, scale] : {time_units[5], time_units[4]}) {
    if (ns >= scale) {
      text += fmt::format("{}{}", ns / scale, name);
      ns %= scale;
    }
  }
  if (ns > 0) {
    const auto& [name, scale] = time_units[ns < us ? 0 : ns < ms ? 1 : ns < second ? 2 : 3];
    text += exact_quotient(ns, scale) + std::string(name);
  }
  return text;
}

std::string format_share(Share s) { return plain_decimal(s.value, 2) + "%"; }

// Per second, if that is a number which people would write; else by the first unit in which it is.
std::string format_rate(Rate r) {
  constexpr std::size_t readable = 6;
  const auto per_second = plain_decimal(r.per_second);
  if (per_second.size() > readable) {
    for (const auto& [scale, unit] : {std::pair{60.0, "/m"}, std::pair{3600.0, "/h"}}) {
      const double value = std::round(r.per_second * scale * 1000) / 1000;
      const auto text = plain_decimal(value);
      if (text.size() <= readable && value / scale == r.per_second) {
        return text + unit;
      }
    }
  }
  return per_second + "/s";
}

std::string format_size(std::uint64_t bytes) {
  for (const auto& unit : size_units) {
    if (bytes != 0 && bytes % unit.scale == 0) {
      return fmt::format("{}{}", bytes / unit.scale, unit.name);
    }
  }
  return "0B";
}

std::string show_duration(Duration d) {
  if (d < Duration::zero()) {
    return "-";
  }
  const auto ns = static_cast<std::uint64_t>(d.count());
  const auto rounded_to = [ns](std::uint64_t unit) { return ns / unit + (ns % unit * 2 / unit); };
  if (ns == 0) {
    return "0ms";
  }
  if (ns < us) {
    return fmt::format("{}ns", ns);
  }
  // Each step shows one decimal fewer; the bounds are where rounding would add a digit.
  for (const auto& [name, scale] : {time_units[1], time_units[2], time_units[3]}) {
    for (const int decimals : {2, 1, 0}) {
      const auto unit = decimals == 2 ? scale / 100 : decimals == 1 ? scale / 10 : scale;
      if (const auto shown = rounded_to(unit); shown < 1000) {
        return fmt::format("{:.{}f}{}",
                           static_cast<double>(shown * unit) / static_cast<double>(scale), decimals,
                           name);
      }
    }
  }
  if (const auto seconds = rounded_to(second); seconds < 6000) {
    return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  }
  const auto minutes = rounded_to(minute);
  return fmt::format("{}h{:02}m", minutes / 60, minutes % 60);
}

std::string show_share(double share) {
  if (share > 0 && share < 0.001) {
    return "<0.1%";
  }
  if (share > 0.999 && share < 1) {
    return ">99.9%";
  }
  return fmt::format("{:.1f}%", share * 100);
}

std::string show_count(std::uint64_t n) {
  auto text = std::to_string(n);
  for (auto place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, 1, ',');
  }
  return text;
}

}  // namespace tripcurve
