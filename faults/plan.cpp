#include "faults/plan.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::array<std::string_view, 3> phase_keys{"latency", "errors", "on"};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (auto rest = trim(text); !rest.empty(); rest = trim(rest)) {
    words.push_back(take_until(rest, white_space));
  }
  return words;
}

bool is_duration(std::string_view word) { return parse_duration(word).ok(); }

// Paths are compared whole, so an `on` that looks like more would silently match nothing.
std::optional<Error> path_mistake(std::string_view path) {
  if (!path.starts_with('/')) {
    return Error{"on: " + quoted(path) + " is not a path", "write on=/" + std::string(path)};
  }
  if (const auto query = path.find('?'); query != std::string_view::npos) {
    return Error{"on: " + quoted(path) + " has a query, which is not compared",
                 "write on=" + std::string(path.substr(0, query))};
  }
  if (path.find('*') != std::string_view::npos) {
    return Error{"on: " + quoted(path) + " has a wildcard, but a path is compared whole",
                 "write one whole path, such as on=/payments"};
  }
  return std::nullopt;
}

// Reads one key=value into the phase it belongs to.
std::optional<Error> read_setting(PhaseSpec& phase, std::string_view word) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  if (std::ranges::find(phase_keys, key) == phase_keys.end()) {
    return Error{"unknown key " + quoted(key), did_you_mean(key, phase_keys)};
  }
  if (equals == std::string_view::npos || equals + 1 == word.size()) {
    return Error{quoted(key) + " has no value", "write latency=200ms, errors=5% or on=/payments"};
  }
  const auto value = word.substr(equals + 1);
  if ((key == "latency" && phase.latency) || (key == "errors" && phase.errors) ||
      (key == "on" && phase.on)) {
    return Error{quoted(word) + " gives " + std::string(key) + " a second time",
                 "keep one of them"};
  }
  if (key == "latency") {
    auto latency = parse_latency(value);
    if (!latency) {
      return latency.error().in("latency");
    }
    phase.latency = *std::move(latency);
  } else if (key == "errors") {
    auto errors = parse_errors(value);
    if (!errors) {
      return errors.error().in("errors");
    }
    phase.errors = *std::move(errors);
  } else {
    if (auto mistake = path_mistake(value)) {
      return mistake;
    }
    phase.on = value;
  }
  return std::nullopt;
}

Error closed_for_one_path(const std::string& path) {
  return {"on=" + path + ": a closed port has no paths",
          "leave out the path, or write errors=reset:100% instead of refuse"};
}

std::vector<Behaviour> behaviours_of(const Behaviour& normal,
                                     const std::vector<PhaseSpec>& phases) {
  std::vector<Behaviour> behaviours;
  behaviours.reserve(phases.size());
  for (const auto& phase : phases) {
    behaviours.push_back(
        {phase.latency.value_or(normal.latency), phase.errors.value_or(normal.errors)});
  }
  return behaviours;
}

// A phase is a fault when it is worse than normal: more requests fail, or they take longer on
// average, or the port is closed. With a single phase there is nothing else to compare it with, so
// there any error makes it one.
bool is_fault(const Behaviour& behaviour, const Behaviour& normal, bool only_phase) {
  return behaviour.errors.total() > normal.errors.total() ||
         behaviour.latency.mean() > normal.latency.mean() || behaviour.errors.refuse() ||
         (only_phase && behaviour.errors.total() > 0);
}

Timetable timetable_of(const Behaviour& normal, const std::vector<PhaseSpec>& phases,
                       const std::vector<Behaviour>& behaviours) {
  std::vector<Phase> table;
  TimePoint begin{};
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto end = begin + phases[i].length;
    table.push_back(
        {phases[i].name, begin, end, is_fault(behaviours[i], normal, phases.size() == 1)});
    begin = end;
  }
  return Timetable(std::move(table));
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
  if (on) {
    text += " on=" + *on;
  }
  return text;
}

Result<PhaseSpec> parse_phase(std::string_view text) {
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
  if (words.size() == 1 || words[1].find('=') != std::string_view::npos) {
    return Error{place + " has no length", "write '" + phase.name + " 10s'"};
  }
  const auto length = parse_duration(words[1]);
  if (!length) {
    return length.error().in(place);
  }
  if (*length == Duration::zero()) {
    return Error{place + ": " + quoted(words[1]) + " is no time at all",
                 "write '" + phase.name + " 10s'"};
  }
  phase.length = *length;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (const auto mistake = read_setting(phase, words[i])) {
      return mistake->in(place);
    }
  }
  if (phase.on && phase.errors && phase.errors->refuse()) {
    return closed_for_one_path(*phase.on).in(place);
  }
  if (phase.on && !phase.errors && !phase.latency) {
    return Error{place + ": on=" + *phase.on + " changes nothing",
                 "add latency= or errors=, or leave it out"};
  }
  return phase;
}

std::optional<Error> contradiction(const Behaviour& normal, const std::vector<PhaseSpec>& phases) {
  for (const auto& phase : phases) {
    if (phase.on && normal.errors.refuse()) {
      return closed_for_one_path(*phase.on).in("phase " + quoted(phase.name));
    }
  }
  return std::nullopt;
}

Plan::Plan(Behaviour normal, std::vector<PhaseSpec> phases, Random random)
    : normal_(std::move(normal)),
      phases_(std::move(phases)),
      behaviours_(behaviours_of(normal_, phases_)),
      kinds_(phases_.size()),
      normal_kinds_(phases_.size()),
      timetable_(timetable_of(normal_, phases_, behaviours_)),
      latency_draws_(random.fork("upstream/latency")),
      error_draws_(random.fork("upstream/errors")) {
  ENSURE(!contradiction(normal_, phases_));
  ENSURE(phases_.size() <= std::numeric_limits<std::uint16_t>::max());
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    auto& kinds = kinds_[i];
    for (const auto& item : behaviours_[i].errors.items()) {
      kinds.push_back(item.kind());
    }
    if (!phases_[i].on) {
      continue;
    }
    for (const auto& item : normal_.errors.items()) {
      const auto found = std::ranges::find(kinds, item.kind());
      normal_kinds_[i].push_back(static_cast<std::uint16_t>(found - kinds.begin()));
      if (found == kinds.end()) {
        kinds.push_back(item.kind());
      }
    }
  }
}

Action Plan::decide(std::uint64_t ordinal, std::string_view path, TimePoint now) const {
  const auto phase = timetable_.index_at(now);
  const auto& on = phases_[phase].on;
  const bool changed = !on || path.substr(0, path.find('?')) == *on;
  const auto& [latency, errors] = changed ? behaviours_[phase] : normal_;

  Action action;
  action.phase = static_cast<std::uint16_t>(phase);
  const auto items = errors.items();
  const auto hit = items.empty() ? 0 : errors.pick(error_draws_.fork(ordinal).unit());
  if (hit < items.size()) {
    action.fate = items[hit].fate;
    action.status = items[hit].status;
    action.item = changed ? static_cast<std::uint16_t>(hit) : normal_kinds_[phase][hit];
  }
  if (action.fate != Fate::hang) {
    action.delay = latency.sample(latency_draws_.fork(ordinal).unit());
  }
  return action;
}

bool Plan::refuses(TimePoint now) const {
  return behaviours_[timetable_.index_at(now)].errors.refuse();
}

}  // namespace tripcurve::faults
