#include "sweep/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "theory/runs.hpp"

namespace tripcurve::sweep {
namespace {

using breaker::Facts;
using breaker::Traffic;
using breaker::TripRule;

std::string percent(double share) { return fmt::format("{:.3g}%", share * 100); }

std::optional<std::string> minimum_never_comes(const TripRule& rule, const Traffic& traffic) {
  const double come = traffic.calls_per_second * to_seconds(rule.window);
  const bool by_count = rule.kind == TripRule::Kind::count && rule.failures > rule.minimum_calls;
  const auto needed = by_count ? rule.failures : rule.minimum_calls;
  if (rule.window == Duration{} || traffic.calls_per_second <= 0 ||
      std::floor(come) + 1 >= static_cast<double>(needed)) {  // one more may just fit in
    return std::nullopt;
  }
  return fmt::format("it needs {} in {}, but {:.4g}/s brings only {:.4g}",
                     count_of(needed, by_count ? "failure" : "call"), format_duration(rule.window),
                     traffic.calls_per_second, come);
}

// Nine of ten faults that last a tenth of the mean wait are over before such a row comes.
constexpr double hopeless = 10;

std::optional<std::string> row_never_comes(const TripRule& rule, const Traffic& traffic) {
  const double errors = traffic.outage_errors;
  if (errors >= 1 || traffic.calls_per_second <= 0 || traffic.outage_length == Duration{}) {
    return std::nullopt;
  }
  if (errors <= 0) {
    return "none of the calls of the faults fails";
  }
  const auto n = std::max<std::uint64_t>(rule.failures, 1);
  const double seconds = theory::calls_until_row(n, errors, errors) / traffic.calls_per_second;
  if (seconds <= hopeless * to_seconds(traffic.outage_length)) {
    return std::nullopt;
  }
  return fmt::format("{} in a row come once in {:.3g} s if {} fail, but the fault lasts {}",
                     count_of(n, "failure"), seconds, percent(errors),
                     show_duration(traffic.outage_length));
}

std::optional<std::string> cannot_open(const TripRule& rule, const Traffic& traffic) {
  if (auto why = minimum_never_comes(rule, traffic)) {
    return why;
  }
  if (rule.of_slow_calls) {
    const auto slowest = std::max(traffic.outage_latency, traffic.timeout);
    return rule.slow_from < slowest || slowest == Duration{}
               ? std::nullopt
               : std::optional("no call takes longer than " + format_duration(rule.slow_from));
  }
  const double errors = traffic.outage_errors;
  switch (rule.kind) {
    case TripRule::Kind::share:
      if (rule.only_above ? errors > rule.share : errors >= rule.share) {
        return std::nullopt;
      }
      return fmt::format("it opens {} {} failures, but the worst fault has {}",
                         rule.only_above ? "above" : "at", percent(rule.share), percent(errors));
    case TripRule::Kind::count:
      return errors > 0 ? std::nullopt
                        : std::optional<std::string>("none of the calls of the faults fails");
    case TripRule::Kind::consecutive:
      return row_never_comes(rule, traffic);
  }
  return std::nullopt;
}

// Why none of the rules opens it in that traffic; of several reasons the first.
std::optional<std::string> never_opens(const Facts& facts, const Traffic& traffic) {
  std::optional<std::string> first;
  for (const auto& rule : facts.trips) {
    const auto why = cannot_open(rule, traffic);
    if (!why) {
      return std::nullopt;
    }
    first = first ? first : why;
  }
  return first.value_or("nothing opens it");
}

std::optional<std::string> never_closes(const Facts& facts) {
  if (facts.trials_admitted == 0 || facts.trials_needed <= facts.trials_admitted ||
      facts.trials_again > Duration{}) {
    return std::nullopt;
  }
  return fmt::format("it lets out {} while half-open but needs {} to close",
                     count_of(facts.trials_admitted, "call"), facts.trials_needed);
}

Traffic traffic_in(const experiment::Experiment& setting, const Scenario& scenario) {
  auto one = setting;
  one.phases = scenario.phases;
  return experiment::traffic(one);
}

}  // namespace

std::optional<forecast::FalseTrips> false_trips_of(const experiment::Experiment& setting) {
  const auto baseline = experiment::everyday(setting);
  return baseline ? forecast::by_theory(setting.breaker, *baseline) : std::nullopt;
}

std::optional<double> false_trips_in_bursts(const experiment::Experiment& setting) {
  constexpr double stickiness = 0.5;
  auto baseline = experiment::everyday(setting);
  if (!baseline || baseline->failures >= stickiness) {
    return std::nullopt;
  }
  baseline->stickiness = stickiness;
  const auto trips = forecast::by_theory(setting.breaker, *baseline);
  return trips ? std::optional(trips->per_month) : std::nullopt;
}

std::optional<forecast::FalseTrips> false_trips_driven(const experiment::Experiment& setting) {
  constexpr std::uint64_t calls = 500'000;  // a few hundredths of a second
  const auto baseline = experiment::everyday(setting);
  return baseline ? std::optional(forecast::false_trips(setting.breaker, *baseline,
                                                        {.calls = calls, .seed = setting.seed}))
                  : std::nullopt;
}

std::optional<std::string> cannot_work(const experiment::Experiment& setting,
                                       const std::vector<Scenario>& scenarios) {
  const auto facts = setting.breaker.facts();
  if (auto why = never_closes(facts)) {
    return why;
  }
  std::optional<std::string> why;
  double worst = -1;
  for (const auto& scenario : scenarios) {
    if (scenario.everyday) {
      continue;
    }
    const auto traffic = traffic_in(setting, scenario);
    auto here = never_opens(facts, traffic);
    if (!here) {
      return std::nullopt;
    }
    if (traffic.outage_errors > worst) {
      worst = traffic.outage_errors;
      why = std::move(here);
    }
  }
  return why;
}

}  // namespace tripcurve::sweep
