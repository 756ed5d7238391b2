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

constexpr std::array<std::string_view, 9> phase_keys{
    "latency", "errors", "rate_limit", "capacity", "size", "bandwidth", "body", "stream", "on"};

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

// Reads a value into its place, which must be free.
template <typename T, typename Parse>
std::optional<Error> read_into(std::optional<T>& place, std::string_view word, Parse parse) {
  const std::string key(word.substr(0, word.find('=')));
  if (place) {
    return Error{quoted(word) + " gives " + key + " a second time", "keep one of them"};
  }
  auto value = parse(word.substr(key.size() + 1));
  if (!value) {
    return value.error().in(key);
  }
  place = std::move(value).value();
  return std::nullopt;
}

// In a phase that is a line, where blanks separate the settings.
Error only_a_path(std::string_view what) {
  const auto path = what.find('/');
  const auto shown = path == std::string_view::npos ? "/path" : std::string(what.substr(path));
  return {quoted(what) + " is more than a path, and there is no room for more in one line",
          "write on=" + shown + " for all methods, or in an experiment file on: POST " + shown};
}

Result<Match> parse_on(std::string_view text) {
  if (!leading_method(text).empty()) {
    return only_a_path(text);
  }
  auto path = parse_path_pattern(text);
  return path ? Result<Match>(Match{.path = std::move(path).value()}) : path.error();
}

// Reads one key=value into the phase it belongs to.
std::optional<Error> read_setting(PhaseSpec& phase, std::string_view word,
                                  const ReadRecorded* files) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  if (phase.on && (word.starts_with('/') || !leading_method(word).empty())) {
    return only_a_path(word);
  }
  if (std::ranges::find(phase_keys, key) == phase_keys.end()) {
    return Error{"unknown key " + quoted(key), did_you_mean(key, phase_keys)};
  }
  if (equals == std::string_view::npos || equals + 1 == word.size()) {
    return Error{quoted(key) + " has no value",
                 "write latency=200ms, errors=5%, rate_limit=100/s, "
                 "capacity=workers=8,service=50ms or on=/payments"};
  }
  if (key == "latency") {
    return read_into(phase.latency, word, [&](std::string_view text) {
      return files ? parse_latency_with(text, *files) : parse_latency(text);
    });
  }
  if (key == "errors") {
    return read_into(phase.errors, word,
                     [&](std::string_view text) { return parse_errors_with(text, files); });
  }
  if (key == "rate_limit") {
    return read_into(phase.limit, word, parse_rate_limit);
  }
  if (key == "capacity") {
    return read_into(phase.capacity, word, parse_capacity);
  }
  if (key == "size") {
    return read_into(phase.shape.size, word, parse_sizes);
  }
  if (key == "bandwidth") {
    return read_into(phase.shape.bandwidth, word, parse_bandwidth);
  }
  if (key == "body") {
    return read_into(phase.shape.body, word, parse_body_pace);
  }
  if (key == "stream") {
    return read_into(phase.shape.stream, word, parse_event_stream);
  }
  return read_into(phase.on, word, parse_on);
}

}  // namespace

std::string PhaseSpec::text() const {
  auto text = name + " " + format_duration(length);
  if (latency) {
    text += " latency=" + latency->text();
  }
  if (errors) {
    text += " errors=" + errors->text();
  }
  if (limit) {
    text += " rate_limit=" + limit->text();
  }
  if (capacity) {
    text += " capacity=" + capacity->text();
  }
  if (!shape.is_empty()) {
    text += " " + shape.text();
  }
  if (on) {
    text += " on=" + on->text();
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
    if (const auto mistake = read_setting(phase, words[i], files)) {
      return mistake->in(place);
    }
  }
  if (const auto mistake = contradiction(phase)) {
    return *mistake;
  }
  return phase;
}

}  // namespace tripcurve::faults
