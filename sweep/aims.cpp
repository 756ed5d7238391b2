#include "sweep/aims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::sweep {
namespace {

using expect::Relation;
using expect::Unit;

constexpr const char* quantity_example = "write wasted_calls, or p95 time_to_close in down";

std::string single_spaced(std::string_view text) {
  std::string out;
  for (auto rest = trim(text); !rest.empty(); rest = trim(rest)) {
    out += (out.empty() ? "" : " ") + std::string(take_until(rest, white_space));
  }
  return out;
}

std::optional<double> decimal_number(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  return whole && std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

// "p95", "p99.9", "max": in (0, 1].
std::optional<double> quantile_named(std::string_view word) {
  if (word == "max") {
    return 1;
  }
  const auto percent = word.starts_with('p') ? decimal_number(word.substr(1)) : std::nullopt;
  return percent && *percent > 0 && *percent < 100 ? std::optional(*percent / 100) : std::nullopt;
}

// Takes " in SCENARIO" off the end.
Result<std::optional<std::size_t>> take_scenario(std::string_view& text,
                                                 const std::vector<std::string>& scenarios) {
  const auto in = text.rfind(" in ");
  if (in == std::string_view::npos) {
    return std::optional<std::size_t>();
  }
  const auto name = trim(text.substr(in + 4));
  const auto found = std::ranges::find(scenarios, name);
  if (found == scenarios.end()) {
    const std::vector<std::string_view> known(scenarios.begin(), scenarios.end());
    return Error{"there is no scenario " + quoted(name) + " in this sweep",
                 did_you_mean(name, known)};
  }
  text = trim(text.substr(0, in));
  return std::optional(static_cast<std::size_t>(found - scenarios.begin()));
}

std::size_t index_of(const Measure& measure, std::vector<Measure>& measures) {
  const auto known = std::ranges::find(measures, measure);
  if (known != measures.end()) {
    return static_cast<std::size_t>(known - measures.begin());
  }
  measures.push_back(measure);
  return measures.size() - 1;
}

Result<Quantity> parse_quantity(std::string_view given, const std::vector<std::string>& scenarios,
                                std::vector<Measure>& measures) {
  Quantity quantity{.text = single_spaced(given)};
  std::string_view text = quantity.text;
  const auto scenario = take_scenario(text, scenarios);
  if (!scenario) {
    return scenario.error();
  }
  quantity.scenario = *scenario;
  const auto blank = text.find(' ');
  auto name = text;
  if (blank != std::string_view::npos) {
    const auto word = text.substr(0, blank);
    quantity.quantile = quantile_named(word);
    name = text.substr(blank + 1);
    if (!quantity.quantile && word != "mean") {
      return Error{quoted(word) + " is no percentile of " + quoted(name), quantity_example};
    }
  }
  if (name.empty()) {
    return Error{"a metric is missing", quantity_example};
  }
  const auto measure = find_measure(name);
  if (!measure) {
    return measure.error();
  }
  quantity.measure = index_of(*measure, measures);
  return quantity;
}

constexpr std::array<std::pair<std::string_view, Relation>, 4> relations{{
    {"<=", Relation::at_most},
    {">=", Relation::at_least},
    {"<", Relation::less},
    {">", Relation::greater},
}};

Result<double> parse_bound(std::string_view text, const Measure& measure) {
  const auto number = [&](std::string_view digits) {
    const auto value = decimal_number(digits);
    return value ? Result(*value)
                 : Result<double>(
                       Error{quoted(text) + " is not a bound for " + std::string(measure.name),
                             "write a number, such as 1"});
  };
  switch (measure.unit) {
    case Unit::duration: {
      const auto value = parse_duration(text);
      return value ? Result(to_milliseconds(*value)) : value.error();
    }
    case Unit::share: {
      const auto value = parse_share(text);
      return value ? Result(value->value) : value.error();
    }
    case Unit::rate: {
      const auto value = parse_rate(text);
      return value ? Result(value->per_second) : value.error();
    }
    case Unit::per_minute:
      return number(text.ends_with("/m") ? text.substr(0, text.size() - 2) : text);
    case Unit::count:
    case Unit::ratio:
    case Unit::states:
      return number(text);
  }
  return number(text);
}

Result<Constraint> parse_constraint(std::string_view text,
                                    const std::vector<std::string>& scenarios,
                                    std::vector<Measure>& measures) {
  const auto sign = text.find_first_of("<>=!");
  const auto found = std::ranges::find_if(relations, [&](const auto& one) {
    return sign != std::string_view::npos && text.substr(sign).starts_with(one.first);
  });
  if (found == relations.end()) {
    return Error{quoted(trim(text)) + " compares with nothing",
                 "write one of <, <=, > and >=: 'p95 time_to_close <= 10s'"};
  }
  auto bound_text = trim(text.substr(sign + found->first.size()));
  auto quantity_text = std::string(trim(text.substr(0, sign)));
  // "<= 10s in down" says the same as "in down <= 10s".
  if (const auto in = bound_text.find(" in "); in != std::string_view::npos) {
    quantity_text += bound_text.substr(in);
    bound_text = trim(bound_text.substr(0, in));
  }
  auto quantity = parse_quantity(quantity_text, scenarios, measures);
  if (!quantity) {
    return quantity.error();
  }
  const auto bound = parse_bound(bound_text, measures[quantity->measure]);
  if (!bound) {
    return bound.error();
  }
  Constraint constraint{
      .quantity = *std::move(quantity), .relation = found->second, .bound = *bound};
  constraint.text = fmt::format("{} {} {}", constraint.quantity.text, found->first, bound_text);
  return constraint;
}

}  // namespace

const std::vector<std::string>& usual_constraints() {
  static const std::vector<std::string> usual{"false_trips_per_month <= 1",
                                              "p95 time_to_close <= 30s"};
  return usual;
}

Result<Aims> parse_aims(const AimTexts& texts, const std::vector<std::string>& scenarios) {
  if (texts.minimize && texts.maximize) {
    return Error{"--minimize and --maximize both name what is wanted", "keep one of them"};
  }
  Aims aims{.measures = {sides().begin(), sides().end()}, .goal = {}, .constraints = {}};
  const auto goal_text =
      texts.maximize ? *texts.maximize : texts.minimize.value_or(std::string(usual_goal));
  auto goal = parse_quantity(goal_text, scenarios, aims.measures);
  if (!goal) {
    return goal.error().in(texts.maximize ? "--maximize" : "--minimize");
  }
  aims.goal = {*std::move(goal), texts.maximize.has_value()};
  for (const auto& text : texts.subject_to.empty() ? usual_constraints() : texts.subject_to) {
    auto constraint = parse_constraint(text, scenarios, aims.measures);
    if (!constraint) {
      return constraint.error().in("--subject-to");
    }
    aims.constraints.push_back(*std::move(constraint));
  }
  return aims;
}

double violation(const Constraint& constraint, double value) {
  const double bound = constraint.bound;
  const double unit = bound != 0 ? std::abs(bound) : 1;
  // What is only just missed is missed all the same.
  constexpr double least = std::numeric_limits<double>::min();
  switch (constraint.relation) {
    case Relation::at_most:
      return value <= bound ? 0 : std::max((value - bound) / unit, least);
    case Relation::less:
      return value < bound ? 0 : std::max((value - bound) / unit, least);
    case Relation::at_least:
      return value >= bound ? 0 : std::max((bound - value) / unit, least);
    case Relation::greater:
      return value > bound ? 0 : std::max((bound - value) / unit, least);
    case Relation::equal:
    case Relation::different:
      break;
  }
  return 0;
}

}  // namespace tripcurve::sweep
