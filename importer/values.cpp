#include "importer/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "core/text.hpp"
#include "core/units.hpp"
#include "document/template.hpp"
#include "importer/numbers.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view decimal_digits = "0123456789";

Error wrong(const Node& node, std::string_view text, std::string_view what, std::string hint) {
  return node.at.error(fmt::format("{} is not {}", quoted(text), what), std::move(hint));
}

template <typename T>
Result<T> placed(const Node& node, Result<T> result) {
  return result ? std::move(result) : Result<T>(result.error().in(node.at.text()));
}

Result<std::string> formatted(const Result<Duration>& duration) {
  if (!duration) {
    return duration.error();
  }
  return format_duration(*duration);
}

// Reads a duration: the trimmed text of a node, which is parsed by `parse` and refused as `what`.
template <typename Parse>
Result<Duration> duration_of(const Node& node, Parse parse) {
  const auto text = as_text(node);
  if (!text) {
    return text.error();
  }
  return placed(node, Result<Duration>(parse(trim(*text))));
}

// So many days; "1.5" is not refused, because parse_duration takes it for hours, too.
Result<Duration> days(std::string_view count) {
  const auto hours = parse_duration(fmt::format("{}h", count));
  constexpr Duration longest = std::chrono::hours(10'000);
  if (!hours || *hours > longest / 24) {
    return Error{fmt::format("{} days are longer than 10000h", count), "write 10000h or less"};
  }
  return *hours * 24;
}

// PnDTnHnMn.nS, in any case, as java.time.Duration.parse takes it.
Result<Duration> parse_iso(std::string_view text) {
  const Error mistake{quoted(text) + " is not an ISO-8601 duration",
                      "write it like PT30S or PT1M30S"};
  auto rest = text.substr(1);
  bool in_time = false;
  Duration total{};
  std::string_view order = "DHMS";  // each at most once, and in this order
  while (!rest.empty()) {
    if (!in_time && (rest.front() == 'T' || rest.front() == 't')) {
      in_time = true;
      rest.remove_prefix(1);
      continue;
    }
    const auto number = rest.substr(0, rest.find_first_not_of("0123456789."));
    rest.remove_prefix(number.size());
    const char unit = rest.empty() ? '?' : static_cast<char>(rest.front() & ~0x20);
    const auto place = order.find(unit);
    const bool whole = all_digits(number) || (unit == 'S' && all_digits(number.substr(0, 1)));
    if (place == std::string_view::npos || !whole || in_time == (unit == 'D')) {
      return mistake;
    }
    rest.remove_prefix(1);
    order.remove_prefix(place + 1);
    const auto part =
        unit == 'D' ? days(number)
                    : parse_duration(fmt::format("{}{}", number, static_cast<char>(unit | 0x20)));
    if (!part) {
      return part.error();
    }
    total += *part;
  }
  if (order.size() == 4 || text.ends_with('T') || text.ends_with('t')) {
    return mistake;
  }
  return total;
}

Result<Duration> parse_spring(std::string_view text) {
  if (text.starts_with('P') || text.starts_with('p')) {
    return parse_iso(text);
  }
  const auto number = text.substr(0, text.find_first_not_of(decimal_digits));
  std::string unit(text.substr(number.size()));
  std::ranges::transform(unit, unit.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (number.empty() || unit.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos) {
    return Error{quoted(text) + " is not a duration",
                 "write it like 10s, 500ms or PT10S; a number without a unit is in milliseconds"};
  }
  return unit == "d" ? days(number)
                     : parse_duration(fmt::format("{}{}", number, unit.empty() ? "ms" : unit));
}

Result<Duration> parse_timespan(std::string_view text) {
  const Error mistake{quoted(text) + " is not a TimeSpan",
                      "write hh:mm:ss, such as 00:00:30 for thirty seconds"};
  if (all_digits(text)) {
    return days(text);
  }
  std::vector<std::string_view> parts;
  auto rest = text;
  do {
    parts.push_back(take_until(rest, ":"));
  } while (!rest.empty() && parts.size() < 5);
  if (parts.size() < 2 || parts.size() > 4 || text.ends_with(':')) {
    return mistake;
  }
  constexpr std::string_view no_days = "0";
  auto day = no_days;
  if (parts.size() == 4) {
    day = parts[0];
    parts.erase(parts.begin());
  } else if (const auto dot = parts[0].find('.'); dot != std::string_view::npos) {
    day = parts[0].substr(0, dot);
    parts[0].remove_prefix(dot + 1);
  }
  const bool says_days = day.data() != no_days.data();
  auto seconds = parts.size() == 3 ? parts[2] : "0";
  std::string_view fraction = "0";
  if (const auto dot = seconds.find('.'); dot != std::string_view::npos) {
    fraction = seconds.substr(dot + 1);
    seconds = seconds.substr(0, dot);
  }
  const auto below = [](std::string_view number, int bound) {
    int value = bound;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return all_digits(number) && number.size() <= 2 && value < bound;
  };
  if (!says_days && parts.size() == 3 && !below(parts[0], 24)) {
    // TimeSpanParse.cs of dotnet/runtime: hours that are no hours make it days:hours:minutes.
    return parse_timespan(fmt::format("{}.{}:{}:00", parts[0], parts[1], parts[2]));
  }
  if (!all_digits(day) || !below(parts[0], 24) || !below(parts[1], 60) || !below(seconds, 60) ||
      !all_digits(fraction) || fraction.size() > 7) {
    return mistake;
  }
  const auto whole_days = days(day);
  if (!whole_days) {
    return whole_days.error();
  }
  return *whole_days +
         *parse_duration(fmt::format("{}h{}m{}.{}s", parts[0], parts[1], seconds, fraction));
}

Result<Duration> parse_proto(std::string_view text) {
  const auto number = text.ends_with('s') ? text.substr(0, text.size() - 1) : std::string_view{};
  if (number.empty() || number.find_first_not_of("0123456789.") != std::string_view::npos) {
    return Error{quoted(text) + " is not a duration", "write seconds, such as 10s or 0.25s"};
  }
  return parse_duration(text);
}

Result<Duration> parse_go(std::string_view text) {
  return text == "0" ? Result<Duration>(Duration{}) : parse_duration(text);
}

}  // namespace

Result<std::string> as_text(const Node& node) {
  auto text = document::text_of(node);
  if (text && text->find("${") != std::string::npos) {
    return node.at.error(quoted(*text) + " stands for a value that is not in this file",
                         "write the value, or give it a default: ${NAME:10}");
  }
  if (text && document::is_template(*text)) {
    return node.at.error(quoted(*text) + " is template syntax",
                         std::string(document::render_first));
  }
  return text;
}

std::vector<std::string> names_in(const Node& node) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view text) {
    while (!text.empty()) {
      if (const auto name = trim(take_until(text, ",")); !name.empty()) {
        names.emplace_back(name);
      }
    }
  };
  add(node.text);
  for (const auto& item : node.children) {
    add(item.text);
  }
  return names;
}

Result<double> number_of(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text.error();
  }
  const auto written = node.quoted ? *text : number_in_yaml(*text);
  const auto number = trim(written);
  double value = 0;
  const auto* end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, value);
  if (error != std::errc{} || stopped != end ||
      number.find_first_of(decimal_digits) == std::string_view::npos) {
    return wrong(node, *text, "a number", "write it like 50 or 0.5");
  }
  return value;
}

Result<std::string> as_number(const Node& node) {
  const auto number = number_of(node);
  if (!number) {
    return number.error();
  }
  // 10.0 is 10 to every reader of numbers, and ours wants whole numbers without a point.
  std::string text(trim(node.quoted ? node.text : number_in_yaml(node.text)));
  if (const auto point = text.find('.');
      point != std::string::npos && point > 0 &&
      text.find_first_not_of('0', point + 1) == std::string::npos) {
    text.resize(point);
  }
  return text;
}

Result<std::uint64_t> whole_of(const Node& node) {
  const auto text = as_number(node);
  return text ? placed(node, parse_count(*text, 0, std::numeric_limits<std::uint32_t>::max()))
              : Result<std::uint64_t>(text.error());
}

Result<std::string> as_whole_seconds(const Node& node) {
  const auto count = whole_of(node);
  return count ? Result<std::string>(fmt::format("{}s", *count))
               : Result<std::string>(count.error());
}

Result<bool> flag_of(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text.error();
  }
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return same_word(word, trim(*text)); });
  };
  if (is_one_of({"true", "yes", "on", "1"})) {
    return true;
  }
  if (is_one_of({"false", "no", "off", "0"})) {
    return false;
  }
  return wrong(node, *text, "true or false", "write true or false");
}

Result<std::string> as_flag(const Node& node) {
  const auto flag = flag_of(node);
  return flag ? Result<std::string>(*flag ? "true" : "false") : Result<std::string>(flag.error());
}

Result<Duration> go_duration_of(const Node& node) { return duration_of(node, parse_go); }
Result<Duration> spring_duration_of(const Node& node) { return duration_of(node, parse_spring); }
Result<Duration> timespan_of(const Node& node) { return duration_of(node, parse_timespan); }

Result<std::string> as_go_duration(const Node& node) { return formatted(go_duration_of(node)); }
Result<std::string> as_spring_duration(const Node& node) {
  return formatted(spring_duration_of(node));
}
Result<std::string> as_proto_duration(const Node& node) {
  return formatted(duration_of(node, parse_proto));
}

}  // namespace tripcurve::importer
