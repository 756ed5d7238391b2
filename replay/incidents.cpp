#include "replay/incidents.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::size_t date_length = 10;

// The end's text made a whole time: with the date of the begin, and its offset.
std::string whole_time(std::string_view begin, std::string_view end) {
  const bool is_clock_only = end.size() > 2 && end[2] == ':';
  if (!is_clock_only || begin.size() <= date_length + 1) {
    return std::string(end);
  }
  std::string time(begin.substr(0, date_length + 1));
  time += end;
  const bool has_offset = end.find_first_of("Zz+-") != std::string_view::npos;
  const auto offset = begin.find_first_of("Zz+-", date_length + 1);
  if (!has_offset && offset != std::string_view::npos) {
    time += begin.substr(offset);
  }
  return time;
}

Result<EpochTime> parse_end(std::string_view text, std::string_view begin_text, EpochTime begin,
                            const std::optional<Zone>& zone) {
  if (const auto length = parse_duration(text)) {
    return begin + length->count();
  }
  return parse_time(whole_time(begin_text, text), zone);
}

}  // namespace

Result<Incident> parse_incident(std::string_view text, const std::optional<Zone>& zone) {
  constexpr const char* hint = "write 2026-11-24T10:00:00Z/10:20:00Z or 2026-11-24T10:00:00Z/20m";
  auto rest = trim(text);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) {
    return Error{tripcurve::quoted(visible(text)) + " does not say from when to when", hint};
  }
  const auto begin_text = trim(rest.substr(0, slash));
  rest.remove_prefix(slash + 1);
  const auto end_text = take_until(rest, " \t");
  const auto begin = parse_time(begin_text, zone);
  if (!begin) {
    return begin.error();
  }
  const auto end = parse_end(end_text, begin_text, *begin, zone);
  if (!end) {
    return end.error();
  }
  if (*end <= *begin) {
    return Error{tripcurve::quoted(visible(text)) + " ends before it begins",
                 "give the end its date if it is on another day"};
  }
  return Incident{*begin, *end, std::string(trim(rest))};
}

Result<std::vector<Incident>> parse_incidents(std::string_view text, std::string_view name,
                                              const std::optional<Zone>& zone) {
  std::vector<Incident> incidents;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = trim(take_until(text, "\n"));
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    auto incident = parse_incident(line, zone);
    if (!incident) {
      return incident.error().in(fmt::format("{}:{}", name, number));
    }
    incidents.push_back(*std::move(incident));
  }
  return incidents;
}

}  // namespace tripcurve::replay
