// Prometheus alerting rules for the three things about a breaker that a team wants to be told, made
// for the metrics that its library exports.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tripcurve::cli {

// Whose metrics the rules read. All but its name may hold $OPEN_FOR, $TRIPS and $WINDOW.
struct AlertSource {
  std::string_view name;   // "resilience4j", as --for takes it
  std::string_view about;  // comment lines: what exports them, and where their names were read
  // A rule of each alert, with the comment lines before it.
  struct Rule {
    std::string_view note, expression;
  };
  Rule opened{}, open_too_long{}, trips_too_often{};
  std::string_view whole{};  // instead of these: all of the file after `about`
};

// tripcurve's own, which run --metrics serves and a service can export under the same names, first.
[[nodiscard]] std::span<const AlertSource> alert_sources();

// The rule file. Durations are as PromQL has them.
struct AlertLimits {
  std::string open_for;
  std::string trips, window;
};
[[nodiscard]] std::string alert_rules(const AlertSource& source, const AlertLimits& limits);

}  // namespace tripcurve::cli
