#include "faults/phase.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::faults {
namespace {

template <typename T>
std::optional<Error> take(std::optional<T>& place, Result<T> value) {
  if (!value) {
    return value.error();
  }
  place = std::move(value).value();
  return std::nullopt;
}

template <typename T>
std::optional<std::string> text_of(const std::optional<T>& place) {
  return place ? std::optional(place->text()) : std::nullopt;
}

// What a phase can change: how it is read into the phase, and written.
struct Entry {
  PhaseSetting said;
  std::optional<Error> (*read)(PhaseSpec& phase, std::string_view text, const ReadRecorded* files);
  std::optional<std::string> (*text)(const PhaseSpec& phase);
};

using Files = const ReadRecorded*;
constexpr std::array<Entry, 9> entries{{
    {{"latency", "p50=20ms,p99=400ms"},
     [](PhaseSpec& phase, std::string_view text, Files files) {
       return take(phase.latency, files ? parse_latency_with(text, *files) : parse_latency(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.latency); }},
    {{"errors", "503:20%,reset:1%"},
     [](PhaseSpec& phase, std::string_view text, Files files) {
       return take(phase.errors, parse_errors_with(text, files));
     },
     [](const PhaseSpec& phase) { return text_of(phase.errors); }},
    {{"rate_limit", "100/s,burst=20"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.limit, parse_rate_limit(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.limit); }},
    {{"capacity", "workers=8,service=50ms,queue=100"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.capacity, parse_capacity(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.capacity); }},
    {{"size", "1MB"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.shape.size, parse_sizes(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.shape.size); }},
    {{"bandwidth", "50KB/s"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.shape.bandwidth, parse_bandwidth(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.shape.bandwidth); }},
    {{"body", "slice=10B,every=5ms"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.shape.body, parse_body_pace(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.shape.body); }},
    {{"stream", "events=40,every=50ms,die=5%@30%"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.shape.stream, parse_event_stream(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.shape.stream); }},
    {{"on", "/payments"},
     [](PhaseSpec& phase, std::string_view text, Files /*files*/) {
       return take(phase.on, parse_match(text));
     },
     [](const PhaseSpec& phase) { return text_of(phase.on); }},
}};

constexpr auto settings = [] {
  std::array<PhaseSetting, entries.size()> all{};
  std::ranges::transform(entries, all.begin(), &Entry::said);
  return all;
}();

// The blanks in `latency=20ms + normal(5ms, 1ms)` end no word: those within parentheses, and those
// beside a plus.
bool goes_on(std::string_view word, std::string_view rest) {
  return std::ranges::count(word, '(') > std::ranges::count(word, ')') || word.ends_with('+') ||
         (rest.starts_with('+') && word.find('=') != std::string_view::npos);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (auto rest = trim(text); !rest.empty(); rest = trim(rest)) {
    const auto whole = rest;
    auto word = take_until(rest, white_space);
    for (rest = trim(rest); !rest.empty() && goes_on(word, rest); rest = trim(rest)) {
      const auto next = take_until(rest, white_space);
      word = whole.substr(0, static_cast<std::size_t>(next.end() - whole.begin()));
    }
    words.push_back(word);
  }
  return words;
}

bool is_duration(std::string_view word) { return parse_duration(word).ok(); }

// In a phase that is a line, where blanks separate the settings.
Error only_a_path(std::string_view what) {
  const auto path = what.find('/');
  const auto shown = path == std::string_view::npos ? "/path" : std::string(what.substr(path));
  return {quoted(what) + " is more than a path, and there is no room for more in one line",
          "write on=" + shown + " for all methods, or in an experiment file on: POST " + shown};
}

// What would not end with its word.
std::optional<Error> refused_in_a_line(std::string_view on) {
  if (!leading_method(on).empty()) {
    return only_a_path(on).in("on");
  }
  const auto path = parse_path_pattern(on);
  return path ? std::nullopt : std::optional(path.error().in("on"));
}

// Reads one key=value into the phase it belongs to.
std::optional<Error> read_word(PhaseSpec& phase, std::string_view word, const ReadRecorded* files) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  if (phase.on && (word.starts_with('/') || !leading_method(word).empty())) {
    return only_a_path(word);
  }
  const auto text = equals == std::string_view::npos ? "" : word.substr(equals + 1);
  if (name == "on" && !text.empty()) {
    if (auto mistake = refused_in_a_line(text)) {
      return mistake;
    }
  }
  return read_setting(phase, name, text, files);
}

}  // namespace

std::span<const PhaseSetting> phase_settings() { return settings; }

Settings settings_of(const PhaseSpec& phase) {
  Settings all;
  for (const auto& [said, read, text] : entries) {
    if (auto written = text(phase)) {
      all.emplace_back(said.name, *std::move(written));
    }
  }
  return all;
}

std::optional<Error> read_setting(PhaseSpec& phase, std::string_view name, std::string_view text,
                                  const ReadRecorded* files) {
  const auto* entry =
      std::ranges::find(entries, name, [](const Entry& one) { return one.said.name; });
  if (entry == entries.end()) {
    std::array<std::string_view, settings.size()> names;
    std::ranges::transform(settings, names.begin(), &PhaseSetting::name);
    return Error{"unknown key " + quoted(name), did_you_mean(name, names)};
  }
  const std::string example(entry->said.example);
  if (text.empty()) {
    return Error{quoted(name) + " has no value", "write " + std::string(name) + "=" + example};
  }
  if (entry->text(phase)) {
    return Error{quoted(std::string(name) + "=" + std::string(text)) + " gives " +
                     std::string(name) + " a second time",
                 "keep one of them"};
  }
  auto mistake = entry->read(phase, text, files);
  return mistake ? mistake->in(std::string(name)) : mistake;
}

std::string PhaseSpec::text() const {
  auto text = name + " " + format_duration(length);
  for (const auto& [setting, written] : settings_of(*this)) {
    text += " " + setting + "=" + written;
  }
  return text;
}

std::optional<Error> contradiction(const PhaseSpec& phase, bool normally_closed) {
  if (const auto* schedule = phase.errors ? phase.errors->schedule() : nullptr;
      schedule != nullptr && phase.length > Duration::zero() && schedule->after() >= phase.length) {
    return Error{"phase " + quoted(phase.name) + ": errors=" + phase.errors->text() +
                     " come when the phase is over",
                 "write a shorter after=, or a longer phase"};
  }
  if (!phase.on) {
    return std::nullopt;
  }
  const auto place = "phase " + quoted(phase.name) + ": on=" + phase.on->text();
  if (phase.on->empty()) {
    return Error{place + " names no requests", "name some, or leave it out"};
  }
  if (normally_closed || (phase.errors && phase.errors->refuse())) {
    return Error{place + ": a closed port has no paths",
                 "leave out the path, or write errors=reset:100% instead of refuse"};
  }
  if (phase.errors && phase.errors->of_connections()) {
    return Error{
        place + ": errors=" + phase.errors->text() + " hit connections, which have no path yet",
        "leave out the path"};
  }
  if (phase.limit || phase.capacity) {
    const std::string what = phase.limit ? "limit" : "capacity";
    return Error{place + ": a " + what + " counts all requests together",
                 "leave out the path, or write a phase of its own for the " + what};
  }
  if (!phase.errors && !phase.latency && phase.shape.is_empty()) {
    return Error{place + " changes nothing", "add latency= or errors=, or leave it out"};
  }
  return std::nullopt;
}

Result<PhaseSpec> parse_phase(std::string_view text) { return parse_phase_with(text, nullptr); }

Result<PhaseSpec> parse_phase_with(std::string_view text, const ReadRecorded* files) {
  const auto words = words_of(text);
  if (words.empty() || words[0].find('=') != std::string_view::npos) {
    return Error{"phase " + quoted(trim(text)) + " has no name",
                 "write a name and a length first, such as 'outage 10s errors=100%'"};
  }
  PhaseSpec phase;
  phase.name = words[0];
  const auto place = "phase " + quoted(phase.name);
  if (is_duration(words[0])) {
    const bool swapped = words.size() > 1 && words[1].find('=') == std::string_view::npos;
    return Error{place + " begins with its length, not its name",
                 "write '" + std::string(swapped ? words[1] : "outage") + " " + phase.name + "'"};
  }
  if (words[0].ends_with(',')) {
    const auto name = words[0].substr(0, words[0].size() - 1);
    return Error{place + " has a comma behind its name",
                 "separate the name and the length by a space: '" +
                     std::string(name.empty() ? "outage" : name) + " 10s'"};
  }
  if (words.size() == 1 || words[1].find('=') != std::string_view::npos) {
    return Error{place + " has no length", "write '" + phase.name + " 10s'"};
  }
  const auto length = parse_duration(words[1]);
  if (!length) {
    return length.error().in(place);
  }
  if (*length == Duration::zero()) {
    return Error{place + ": " + quoted(words[1]) + " is too short",
                 "write '" + phase.name + " 10s'"};
  }
  phase.length = *length;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (const auto mistake = read_word(phase, words[i], files)) {
      return mistake->in(place);
    }
  }
  if (const auto mistake = contradiction(phase)) {
    return *mistake;
  }
  return phase;
}

}  // namespace tripcurve::faults
