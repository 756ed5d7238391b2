// The load and the outage that a breaker's settings are judged against.
#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/fare.hpp"
#include "experiment/link_traffic.hpp"
#include "load/rate_curve.hpp"
#include "load/worker_curve.hpp"

namespace tripcurve::experiment {
namespace {

class Observer {
 public:
  Observer(const Experiment& experiment, const faults::Plan& plan, const OutcomeRules& rules,
           bool ignored_fills_window)
      : experiment_(experiment),
        plan_(plan),
        rules_(rules),
        ignored_fills_window_(ignored_fills_window) {
    for (const auto& [method, path, headers] : experiment.endpoints) {
      rule_of_.push_back(plan.rule_for({0, method, path, headers}));
    }
  }

  // The calls of one breaker are those to one endpoint, or to all.
  [[nodiscard]] std::vector<std::vector<std::size_t>> breakers() const {
    std::vector<std::vector<std::size_t>> breakers(1);
    for (std::size_t endpoint = 0; endpoint < rule_of_.size(); ++endpoint) {
      if (experiment_.scope == load::BreakerScope::endpoint && endpoint > 0) {
        breakers.emplace_back();
      }
      breakers.back().push_back(endpoint);
    }
    return breakers;
  }

  [[nodiscard]] Seen normally(const std::vector<std::size_t>& endpoints) const {
    return seen(endpoints, experiment_.upstream.limit, experiment_.upstream.capacity,
                [&](std::size_t endpoint) { return plan_.unchanged(rule_of_[endpoint]); });
  }

  [[nodiscard]] const faults::Behaviour& normal_behaviour() const {
    return plan_.unchanged(rule_of_.front());
  }

  [[nodiscard]] Seen in_phase(std::size_t phase, const std::vector<std::size_t>& endpoints) const {
    const auto& on = plan_.phases()[phase].on;
    return seen(endpoints, plan_.limit(phase), plan_.capacity(phase), [&](std::size_t endpoint) {
      const auto& [method, path, headers] = experiment_.endpoints[endpoint];
      return !on || on->matches({0, method, path, headers})
                 ? plan_.behaviour(phase, rule_of_[endpoint])
                 : plan_.unchanged(rule_of_[endpoint]);
    });
  }

 private:
  template <typename BehaviourOf>
  [[nodiscard]] Seen seen(const std::vector<std::size_t>& endpoints, const faults::RateLimit& limit,
                          const faults::Capacity& capacity, BehaviourOf behaviour_of) const {
    std::vector<Fare> fares;
    const double limited = turned_away(limit);
    const double crowded = crowded_out(capacity);
    for (const auto endpoint : endpoints) {
      fares.push_back(fare_of(behaviour_of(endpoint), std::max(limited, crowded),
                              crowded > limited ? capacity.full : limit.status,
                              experiment_.timeout));
    }
    return seen_by_breaker(mixed(fares), rules_, ignored_fills_window_);
  }

  // Workers slow down to what a limit lets through.
  [[nodiscard]] double turned_away(const faults::RateLimit& limit) const {
    const auto* open = std::get_if<load::OpenLoop>(&experiment_.loop);
    return limit.limits() && open != nullptr
               ? std::max(0.0, 1 - limit.rate.per_second / load::highest_rate(*open).per_second)
               : 0;
  }

  // The share for which there is no worker. Without an end to the queue nobody is served in time,
  // which is as bad.
  [[nodiscard]] double crowded_out(const faults::Capacity& capacity) const {
    const auto* open = std::get_if<load::OpenLoop>(&experiment_.loop);
    if (!capacity.limits() || open == nullptr) {
      return 0;
    }
    const double over = 1 - capacity.per_second() / load::highest_rate(*open).per_second;
    const bool ends = capacity.queue || capacity.shed;
    return over <= 0 ? 0 : ends ? over : 1;
  }

  const Experiment& experiment_;
  const faults::Plan& plan_;
  OutcomeRules rules_;
  bool ignored_fills_window_;
  std::vector<std::size_t> rule_of_;  // by endpoint
};

// Some answers are slow by a mode of their own, and a rule of the breaker is about slow calls.
bool has_slow_modes(const Experiment& experiment) {
  const auto rules = experiment.breaker.facts().trips;
  return std::ranges::any_of(
      experiment.upstream.normal.errors.items(), [&](const faults::ErrorItem& item) {
        return item.latency && std::ranges::any_of(rules, [&](const breaker::TripRule& rule) {
                 return rule.of_slow_calls && rule.slow_from <= experiment.timeout &&
                        item.latency->share_above(rule.slow_from) > 0;
               });
      });
}

// Of the failures that a breaker counts, those that another one follows: none but for bursts. Every
// `shared_by`th request is the breaker's.
std::optional<double> stickiness(const faults::Errors& errors, double failures, double shared_by) {
  const auto* schedule = errors.schedule();
  if (schedule == nullptr || !schedule->chain() || errors.total() <= 0) {
    return std::nullopt;
  }
  const double counted = std::min(1.0, failures / errors.total());
  const double sticky = schedule->chain()->stickiness(shared_by) * counted;
  return sticky < 1 ? std::optional(sticky) : std::nullopt;
}

}  // namespace

breaker::Traffic traffic(const Experiment& experiment) {
  if (!experiment.topology.empty()) {
    return traffic_of_own_client(experiment);
  }
  const auto plan = fault_plan(experiment);
  const Observer observer(experiment, plan, breaker_rules(experiment),
                          experiment.breaker.dialect().ignored_fills_window);
  const auto breakers = observer.breakers();
  const auto* open = std::get_if<load::OpenLoop>(&experiment.loop);
  const auto shared_by =
      static_cast<double>(experiment.instances) * static_cast<double>(breakers.size());
  breaker::Traffic traffic{
      .calls_per_second = open == nullptr ? 0 : load::highest_rate(*open).per_second / shared_by,
      .timeout = experiment.timeout};

  std::optional<Seen> worst;
  auto endpoints = breakers.front();
  for (std::size_t i = 0; i < plan.phases().size(); ++i) {
    const auto& phase = plan.timetable().phases()[i];
    for (std::size_t one = 0; phase.fault && one < breakers.size(); ++one) {
      auto seen = observer.in_phase(i, breakers[one]);
      if (!worst || seen.is_worse_than(*worst)) {
        worst = std::move(seen);
        endpoints = breakers[one];
        traffic.outage_length = phase.end - phase.begin;
      }
    }
  }
  if (worst) {
    traffic.outage_errors = worst->errors;
    traffic.outage_latency = worst->latency;
    traffic.uncounted = std::move(worst->ends);
  }
  const auto normal = observer.normally(endpoints);
  traffic.normal_errors = normal.errors;
  traffic.normal_latency = normal.latency;
  return traffic;
}

std::optional<forecast::Baseline> everyday(const Experiment& experiment) {
  if (has_slow_modes(experiment)) {
    return std::nullopt;
  }
  const auto plan = fault_plan(experiment);
  const Observer observer(experiment, plan, breaker_rules(experiment), false);
  const auto seen = traffic(experiment);
  const auto* closed = std::get_if<load::ClosedLoop>(&experiment.loop);
  const auto* open = std::get_if<load::OpenLoop>(&experiment.loop);
  forecast::Baseline baseline{.calls_per_second = seen.calls_per_second,
                              .poisson = open == nullptr || open->arrival == load::Arrival::poisson,
                              .failures = seen.normal_errors,
                              .latency = experiment.topology.empty()
                                             ? observer.normal_behaviour().latency
                                             : faults::Latency::fixed(seen.normal_latency),
                              .timeout = experiment.timeout};
  const auto shared_by = static_cast<double>(experiment.instances * observer.breakers().size());
  if (experiment.topology.empty()) {
    baseline.stickiness =
        stickiness(observer.normal_behaviour().errors, baseline.failures, shared_by);
  }
  if (closed != nullptr) {
    const auto each = to_seconds(observer.normal_behaviour().mean_latency() + closed->think.mean());
    baseline.calls_per_second = each > 0 ? load::peak_workers(*closed) / each / shared_by : 0;
  }
  return baseline.calls_per_second > 0 && baseline.failures < 1 ? std::optional(baseline)
                                                                : std::nullopt;
}

std::optional<forecast::FalseTrips> false_trips(const Experiment& experiment) {
  const auto baseline = everyday(experiment);
  if (!baseline) {
    return std::nullopt;
  }
  const auto is_about_it = [](const expect::Expectation& expectation) {
    return std::ranges::any_of(expectation.terms, [](const expect::Term& term) {
      return term.metric->name == "false_trips_per_month";
    });
  };
  const bool asked = std::ranges::any_of(experiment.expectations, is_about_it) ||
                     std::ranges::any_of(experiment.baseline, is_about_it);
  constexpr std::uint64_t calls_for_report = 400'000;
  constexpr std::uint64_t calls_for_verdict = 10'000'000;
  return forecast::false_trips(experiment.breaker, *baseline,
                               {.calls = asked ? calls_for_verdict : calls_for_report});
}

double planned_failures(const Experiment& experiment) {
  const auto plan = fault_plan(experiment);
  const Observer observer(experiment, plan, caller_rules(experiment), false);
  std::vector<std::size_t> all(experiment.endpoints.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return observer.normally(all).errors;
}

}  // namespace tripcurve::experiment
