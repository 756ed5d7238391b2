#include "replay/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 8> option_words{
    "time", "latency", "status", "endpoint", "instance", "unit", "time_format", "stamp"};

// What the columns are often called, the likeliest first. Case does not count.
constexpr std::array<std::string_view, 16> time_names{
    "timestamp",    "time",       "ts",       "@timestamp", "datetime",   "date",
    "start",        "start_time", "started",  "begin",      "started_at", "time_local",
    "time_iso8601", "end_time",   "ended_at", "t"};
constexpr std::array<std::string_view, 3> names_of_ends{"end_time", "ended_at", "time_local"};
constexpr std::array<std::string_view, 10> latency_names{
    "latency",    "duration", "elapsed", "response_time", "request_time", "responsetime", "took",
    "time_taken", "rt",       "dur"};
constexpr std::array<std::string_view, 10> status_names{
    "status",      "status_code", "code",   "response_code", "responsecode",
    "http_status", "sc-status",   "result", "outcome",       "success"};
constexpr std::array<std::string_view, 9> endpoint_names{
    "endpoint", "path", "url", "uri", "route", "request_uri", "operation", "label", "request"};
constexpr std::array<std::string_view, 6> instance_names{"instance", "client", "pod",
                                                         "source",   "host",   "node"};

struct UnitSuffix {
  std::string_view text;
  LatencyUnit unit;
};
constexpr std::array unit_suffixes{
    UnitSuffix{"_ms", LatencyUnit::ms},     UnitSuffix{"_us", LatencyUnit::us},
    UnitSuffix{"_ns", LatencyUnit::ns},     UnitSuffix{"_s", LatencyUnit::s},
    UnitSuffix{"_millis", LatencyUnit::ms}, UnitSuffix{"_milliseconds", LatencyUnit::ms},
    UnitSuffix{"_micros", LatencyUnit::us}, UnitSuffix{"_microseconds", LatencyUnit::us},
    UnitSuffix{"_nanos", LatencyUnit::ns},  UnitSuffix{"_nanoseconds", LatencyUnit::ns},
    UnitSuffix{"_seconds", LatencyUnit::s}, UnitSuffix{"_sec", LatencyUnit::s},
};

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return low;
}

// A latency's name without its unit, and that.
std::pair<std::string, std::optional<LatencyUnit>> without_unit(std::string_view name) {
  auto low = lower(name);
  for (const auto& [suffix, unit] : unit_suffixes) {
    if (low.size() > suffix.size() && low.ends_with(suffix)) {
      return {low.substr(0, low.size() - suffix.size()), unit};
    }
  }
  return {std::move(low), std::nullopt};
}

template <typename Known, typename Shorten>
std::optional<std::size_t> guess(std::span<const std::string> names, const Known& known,
                                 Shorten shorten) {
  for (const auto& likely : known) {
    const auto found = std::ranges::find_if(
        names, [&](const std::string& name) { return shorten(name) == likely; });
    if (found != names.end()) {
      return static_cast<std::size_t>(found - names.begin());
    }
  }
  return std::nullopt;
}

template <typename Known>
std::optional<std::size_t> guess(std::span<const std::string> names, const Known& known) {
  return guess(names, known, [](const std::string& name) { return lower(name); });
}

std::optional<std::size_t> guess_latency(std::span<const std::string> names) {
  return guess(names, latency_names,
               [](const std::string& name) { return without_unit(name).first; });
}

class MappingReader {
 public:
  MappingReader(std::span<const std::string> names, const FormatOptions& options,
                std::string_view what)
      : names_(names), options_(options), what_(what) {}

  // The name that was given for it, or the one that was guessed.
  std::optional<std::size_t> find(std::string_view key, std::optional<std::size_t> guessed) {
    const auto given = option(options_, key);
    if (!given) {
      return guessed;
    }
    const auto found = std::ranges::find(names_, *given);
    if (found == names_.end()) {
      const std::vector<std::string_view> known(names_.begin(), names_.end());
      refuse(
          {fmt::format("there is no {} {} for {}", what_, tripcurve::quoted(visible(*given)), key),
           did_you_mean(*given, known)});
      return std::nullopt;
    }
    return static_cast<std::size_t>(found - names_.begin());
  }

  template <typename Value, typename Parse>
  void read(std::string_view key, Value& value, Parse parse) {
    if (const auto given = option(options_, key)) {
      const auto parsed = parse(*given);
      if (parsed) {
        value = *parsed;
      } else {
        refuse(parsed.error());
      }
    }
  }

  void refuse(Error error) {
    if (!error_) {
      error_ = std::move(error);
    }
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::span<const std::string> names_;
  const FormatOptions& options_;
  std::string_view what_;
  std::optional<Error> error_;
};

// JMeter's files have no unit in the name.
bool is_from_jmeter(std::span<const std::string> names) {
  return std::ranges::find(names, "timeStamp") != names.end() &&
         std::ranges::find(names, "elapsed") != names.end();
}

std::optional<LatencyUnit> unit_of(std::string_view name, std::span<const std::string> names) {
  return name == "request_time"                       ? LatencyUnit::s  // nginx's
         : name == "elapsed" && is_from_jmeter(names) ? LatencyUnit::ms
                                                      : without_unit(name).second;
}

}  // namespace

std::span<const std::string_view> mapping_options() { return option_words; }

Result<Mapping> map_names(std::span<const std::string> names, const FormatOptions& options,
                          std::string_view what) {
  MappingReader reader(names, options, what);
  Mapping mapping;
  const auto time = reader.find("time", guess(names, time_names));
  mapping.latency = reader.find("latency", guess_latency(names));
  mapping.status = reader.find("status", guess(names, status_names));
  mapping.endpoint = reader.find("endpoint", guess(names, endpoint_names));
  mapping.instance = reader.find("instance", guess(names, instance_names));
  reader.read("time_format", mapping.time_form, parse_time_form);
  if (time) {
    mapping.time = *time;
    mapping.stamp = std::ranges::find(names_of_ends, lower(names[*time])) != names_of_ends.end()
                        ? Stamp::ends
                        : Stamp::begins;
  } else {
    reader.refuse({fmt::format("no {} is known to be the time of a call", what),
                   "say which it is in --format: time=NAME"});
  }
  reader.read("stamp", mapping.stamp, parse_stamp);
  if (!mapping.status) {
    reader.refuse({fmt::format("no {} is known to say how a call ended", what),
                   "say which it is in --format: status=NAME"});
  }
  mapping.unit = mapping.latency ? unit_of(names[*mapping.latency], names) : std::nullopt;
  reader.read("unit", mapping.unit,
              [](const std::string& text) { return parse_latency_unit(text); });
  if (reader.error()) {
    return *reader.error();
  }
  return mapping;
}

bool has_known_names(std::span<const std::string> names) {
  return guess(names, time_names) && guess(names, status_names);
}

std::string reading_of(const Mapping& mapping, std::span<const std::string> names) {
  auto text = fmt::format("time of the {}: {}", mapping.stamp == Stamp::begins ? "begin" : "end",
                          names[mapping.time]);
  const auto add = [&](std::string_view role, const std::optional<std::size_t>& name,
                       std::string_view unit = "") {
    text += name ? fmt::format(", {}: {}{}", role, names[*name], unit) : "";
  };
  add("latency", mapping.latency,
      fmt::format(" ({})", mapping.unit ? replay::name(*mapping.unit) : "with its unit"));
  add("status", mapping.status);
  add("endpoint", mapping.endpoint);
  add("instance", mapping.instance);
  return visible(text);
}

}  // namespace tripcurve::replay
