#include "conform/trace.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "conform/json_line.hpp"
#include "core/outcome_rules.hpp"
#include "core/text.hpp"

namespace tripcurve::conform {
namespace {

using breaker::Admission;
using breaker::Outcome;
using breaker::State;
using nlohmann::json;

// One word of a closed set.
template <typename Enum>
struct Word {
  std::string_view text;
  Enum value;
};

constexpr std::array kinds{Word{"start", Step::Kind::start}, Word{"resume", Step::Kind::resume},
                           Word{"end", Step::Kind::end}, Word{"read", Step::Kind::read},
                           Word{"timeout", Step::Kind::timeout}};
constexpr std::array answers{Word{"admitted", Admission::Answer::admitted},
                             Word{"rejected", Admission::Answer::rejected},
                             Word{"waiting", Admission::Answer::waiting}};
constexpr std::array outcomes{Word{"success", Outcome::success}, Word{"failure", Outcome::failure},
                              Word{"ignored", Outcome::ignored}};
constexpr std::array states{
    Word{"closed", State::closed}, Word{"open", State::open}, Word{"half_open", State::half_open},
    Word{"forced_open", State::forced_open}, Word{"disabled", State::disabled}};

// A JSON value of a library's configuration as the text of a setting: lists are joined by '/'.
std::optional<std::string> setting_text(const json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_array()) {
    std::string text;
    for (const auto& part : value) {
      const auto part_text = part.is_array() ? std::nullopt : setting_text(part);
      if (!part_text) {
        return std::nullopt;
      }
      text += (text.empty() ? "" : "/") + *part_text;
    }
    return value.empty() ? "/" : text;
  }
  if (value.is_number() || value.is_boolean()) {
    return value.dump();
  }
  return std::nullopt;
}

// The settings of a configuration; a key inside an object is written with dots, "breaker.type".
std::optional<Error> flatten(const std::string& prefix, const json& object,
                             breaker::Choice::Given& given) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      if (!prefix.empty()) {
        return Error{fmt::format("config: {}{} is nested too deeply", prefix, key),
                     std::string(see_format)};
      }
      if (auto mistake = flatten(key + ".", value, given)) {
        return mistake;
      }
      continue;
    }
    const auto text = setting_text(value);
    if (!text) {
      return Error{fmt::format("config: {}{} is {}", prefix, key, value.dump()),
                   "a setting is a text, a number, true, false or a list of these"};
    }
    given.emplace_back(prefix + key, *text);
  }
  return std::nullopt;
}

class StepReader {
 public:
  explicit StepReader(const json& step) : step_(step) {}

  Result<Step> read() {
    Step step;
    step.text = step_.dump();
    if (!step_.is_array() || step_.size() < 3) {
      return Error{step.text + " is not a step", std::string(see_format)};
    }
    const auto time = milliseconds_of(step_[0], step.text + ": the time");
    if (!time) {
      return time.error();
    }
    step.at = at(*time);
    step.kind = word(1, kinds, "a kind of step");
    std::size_t next = 2;
    if (step.kind != Step::Kind::read) {
      step.call = step_[next++].dump();
    }
    if (step.kind == Step::Kind::start || step.kind == Step::Kind::resume) {
      step.answer = word(next++, answers, "an answer");
    } else if (step.kind == Step::Kind::end) {
      step.outcome = word(next++, outcomes, "an outcome");
    }
    if (next < step_.size() && step_[next].is_null()) {
      ++next;
    } else {
      step.state = word(next++, states, "a state");
    }
    const bool rejected = step.answer == Admission::Answer::rejected &&
                          (step.kind == Step::Kind::start || step.kind == Step::Kind::resume);
    if (rejected || (step.kind == Step::Kind::end && step_.size() > next)) {
      if (next >= step_.size() || !step_[next].is_string()) {
        fail(step.text + " has no error name");
      } else {
        step.error = step_[next++].get<std::string>();
      }
    }
    if (!error_ && next != step_.size()) {
      fail(step.text + " has more elements than a step of its kind");
    }
    if (error_) {
      return *error_;
    }
    return step;
  }

 private:
  void fail(const std::string& message) {
    if (!error_) {
      error_ = Error{message, std::string(see_format)};
    }
  }

  template <typename Enum, std::size_t n>
  Enum word(std::size_t place, const std::array<Word<Enum>, n>& known, std::string_view what) {
    if (place < step_.size() && step_[place].is_string()) {
      for (const auto& candidate : known) {
        if (candidate.text == step_[place].template get_ref<const std::string&>()) {
          return candidate.value;
        }
      }
    }
    fail(fmt::format("{}: element {} is not {}", step_.dump(), place + 1, what));
    return known[0].value;
  }

  const json& step_;
  std::optional<Error> error_;
};

// What a replay may rely on: time does not run backwards, and only a call that was told to wait
// resumes, only one that runs ends, and none starts twice, unless it was rejected.
std::optional<Error> misplaced(const std::vector<Step>& steps) {
  std::set<std::string> seen;
  std::set<std::string> waiting;
  std::set<std::string> running;
  TimePoint now{};
  for (const auto& step : steps) {
    bool in_place = step.at >= now;
    now = step.at;
    switch (step.kind) {
      case Step::Kind::start:
        in_place = in_place && seen.insert(step.call).second;
        break;
      case Step::Kind::resume:
        in_place = in_place && waiting.erase(step.call) == 1;
        break;
      case Step::Kind::end:
        in_place = in_place && running.erase(step.call) == 1;
        break;
      case Step::Kind::timeout:
        in_place = in_place && running.contains(step.call);
        break;
      case Step::Kind::read:
        break;
    }
    if (!in_place) {
      return Error{step.text + " cannot come after the steps before it",
                   "times never decrease; a call starts once, or again after a rejection, resumes "
                   "only after it was told to wait, and ends only after it was admitted"};
    }
    if (step.kind == Step::Kind::start || step.kind == Step::Kind::resume) {
      if (step.answer == Admission::Answer::admitted) {
        running.insert(step.call);
      } else if (step.answer == Admission::Answer::waiting) {
        waiting.insert(step.call);
      } else {
        seen.erase(step.call);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Trace> parse_trace(std::string_view line) {
  const auto object = read_object(line);
  return object ? parse_breaker_trace(*object) : object.error();
}

Result<Trace> parse_breaker_trace(const json& document) {
  const auto has = [&](const char* key, json::value_t type) {
    return document.contains(key) && document[key].type() == type;
  };
  if (!has("id", json::value_t::string) || !has("dialect", json::value_t::string) ||
      !has("config", json::value_t::object) || !has("steps", json::value_t::array)) {
    return Error{"a trace needs a text id, a text dialect, an object config and a list steps",
                 std::string(see_format)};
  }
  const auto& id = document["id"].get_ref<const std::string&>();
  breaker::Choice::Given given;
  if (const auto mistake = flatten("", document["config"], given)) {
    return mistake->in(id);
  }
  const auto choice =
      breaker::make_choice(document["dialect"].get_ref<const std::string&>(), given);
  if (!choice) {
    return choice.error().in(id);
  }
  Trace trace{.id = id, .choice = *choice, .steps = {}};
  if (const auto failure = document.find("failure"); failure != document.end()) {
    const auto ends = parse_ends(failure->is_string() ? failure->get<std::string>() : "");
    if (!ends || ends->first != (ends->kind == CallEnd::Kind::answer ? ends->last : least_status)) {
      return Error{"failure is " + failure->dump(),
                   "it is a status or another end, such as \"502\" "
                   "or \"reset\""}
          .in(id);
    }
    trace.failure = {ends->kind,
                     ends->kind == CallEnd::Kind::answer ? ends->first : std::uint16_t{0}};
  }
  if (const auto chance = document.find("chance"); chance != document.end()) {
    if (!chance->is_number_unsigned()) {
      return Error{"chance is " + chance->dump(), "it is a seed, a whole number from 0 to 2^64-1"}
          .in(id);
    }
    trace.chance = *chance;
  }
  for (const auto& step : document["steps"]) {
    auto read = StepReader(step).read();
    if (!read) {
      return read.error().in(id);
    }
    trace.steps.push_back(*std::move(read));
  }
  if (const auto mistake = misplaced(trace.steps)) {
    return mistake->in(id);
  }
  return trace;
}

}  // namespace tripcurve::conform
