#include "replay/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "replay/formats/formats.hpp"

namespace tripcurve::replay {
namespace {

std::vector<std::string_view> names_of_formats() {
  std::vector<std::string_view> names{"auto"};
  for (const auto& format : formats()) {
    names.push_back(format.name);
  }
  return names;
}

Error not_recognised(const Beginning& beginning) {
  const auto first = beginning.lines.empty() ? std::string() : beginning.lines.front();
  constexpr std::size_t shown = 60;
  return {
      "the trace begins like no format that is known: " +
          tripcurve::quoted(visible(first.size() > shown ? first.substr(0, shown) + "..." : first)),
      "name it, and what its columns are: --format "
      "csv,time=ts,latency=dur_ms,status=code"};
}

}  // namespace

std::span<const Format> formats() {
  static const std::array all{json_lines_format(), alb_format(),    envoy_format(),
                              combined_format(),   common_format(), csv_format(),
                              counters_format()};
  return all;
}

Result<FormatChoice> parse_format(std::string_view text) {
  auto rest = text;
  const auto name = trim(take_until(rest, ","));
  const auto found = std::ranges::find(formats(), name, &Format::name);
  if (found == formats().end()) {
    if (name == "auto" && trim(rest).empty()) {
      return FormatChoice{};
    }
    return Error{"there is no format " + tripcurve::quoted(name),
                 did_you_mean(name, names_of_formats())};
  }
  FormatChoice choice{&*found, {}};
  while (!rest.empty()) {
    auto one = trim(take_until(rest, ","));
    const auto key = trim(one.substr(0, one.find('=')));
    if (std::ranges::find(found->options, key) == found->options.end()) {
      return Error{fmt::format("{} takes no {}", name, tripcurve::quoted(key)),
                   found->options.empty() ? "leave it out" : did_you_mean(key, found->options)};
    }
    if (one.size() <= key.size() + 1) {
      return Error{fmt::format("{} has no value", tripcurve::quoted(key)),
                   fmt::format("write {}=VALUE", key)};
    }
    if (option(choice.options, key)) {
      return Error{fmt::format("{} is given twice", tripcurve::quoted(key)), "give it once"};
    }
    choice.options.emplace_back(key, trim(one.substr(one.find('=') + 1)));
  }
  return choice;
}

Result<Opened> open_format(const FormatChoice& choice, const Beginning& beginning) {
  const auto* format = choice.format;
  if (format == nullptr) {
    const auto found = std::ranges::find_if(
        formats(), [&](const Format& one) { return one.is_like(beginning.lines); });
    if (found == formats().end()) {
      return not_recognised(beginning);
    }
    format = &*found;
  }
  auto parser = format->make(choice.options, beginning);
  if (!parser) {
    return parser.error();
  }
  return Opened{format, std::move(parser).value()};
}

std::optional<std::string> option(const FormatOptions& options, std::string_view key) {
  const auto found = std::ranges::find(options, key, &FormatOptions::value_type::first);
  return found == options.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tripcurve::replay
