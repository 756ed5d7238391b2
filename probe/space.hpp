// The breakers that a service may have: for each dialect its usual forms, and the settings that are
// looked for in each, as numbers on axes.
//
//   classic,FailureThreshold={n},Timeout={T},SuccessThreshold={h}
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "core/time.hpp"

namespace tripcurve::probe {

// What a letter between braces stands for. Durations are in seconds, shares in percent.
enum class Axis : char {
  threshold = 'n',     // so many failures
  minimum = 'm',       // so many calls, before which nothing is judged
  calls = 'N',         // a window of so many calls
  percent = 'p',       // 50
  ratio = 'r',         // 50 as 0.5
  good_ratio = 'k',    // the share of good calls, as 0.5
  window = 'W',        // a window of time
  whole_window = 'S',  // the same in whole seconds, without a unit
  open = 'T',          // how long it is open
  whole_open = 's',    // the same in whole seconds
  trials = 'h',        // calls of a half-open breaker
  interval = 'I',      // of a timer
};

[[nodiscard]] bool is_duration(Axis axis);
[[nodiscard]] bool is_whole(Axis axis);

// How certainly a form does the same again.
enum class Luck : std::uint8_t {
  none,    // always
  timing,  // it depends on when its timers and windows began: on their phase
  jitter,  // it draws its times
  chance,  // it draws whom it rejects
};

// One form of a dialect.
struct Form {
  std::string text;  // with axes between braces
  double prior = 1;  // how usual it is, of the dialect's forms
  std::vector<Axis> axes{};
  Luck luck = Luck::none;
  bool breaker_inside = true;  // of the service's retries: it counts each attempt

  [[nodiscard]] std::string dialect() const { return text.substr(0, text.find(',')); }
};

// Of the dialects that are named, or of all.
[[nodiscard]] std::vector<Form> forms_of(std::span<const std::string> dialects);

// How certainly that breaker does: as the form does that has all of its settings, and the fewest
// others; as the least certain of its dialect where no form has them.
[[nodiscard]] Luck luck_of(const breaker::Choice& choice);

// A value for each axis of a form.
using Point = std::vector<double>;

// The breaker at that point, without what its library has by default; none where the dialect
// refuses it.
[[nodiscard]] std::optional<breaker::Choice> choice_at(const Form& form, const Point& point);

// No phase of its timers and windows that is longer shows anything new.
[[nodiscard]] Duration longest_phase(const Form& form, const Point& point,
                                     const breaker::Choice& choice);

// What a first look has told: how many failures in a row opened it, and between what times it let
// a call out again.
struct Hint {
  std::uint32_t fails = 1;     // arrivals
  std::uint32_t attempts = 1;  // of each call that failed
  double open_least = 0;       // seconds
  double open_most = 0;
};

// Where to begin to look, on one axis.
[[nodiscard]] std::vector<double> first_values(Axis axis, const Hint& hint);
// One that is as good as any, for an axis that is looked at later.
[[nodiscard]] double usual_value(Axis axis, const Hint& hint);

// A round value strictly between two, or none where they are as near as anybody could tell.
[[nodiscard]] std::optional<double> between(Axis axis, double a, double b);

// How many digits a person has to write, a 5 at the end counting half: 1 for 40, 1.5 for 25.
[[nodiscard]] double digits_of(double value);

// "3s", "50", "0.5".
[[nodiscard]] std::string value_text(Axis axis, double value);

}  // namespace tripcurve::probe
