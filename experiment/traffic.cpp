// The load and the outage that a breaker's settings are judged against.
#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "experiment/experiment.hpp"
#include "load/rate_curve.hpp"

namespace tripcurve::experiment {
namespace {

struct EndShare {
  CallEnd end;
  double share = 0;  // of the calls
};

CallEnd answer(std::uint16_t status) { return {CallEnd::Kind::answer, status}; }

// How calls fare: their ends, each of them once, and how long an answer takes, half of the time.
struct Fare {
  std::vector<EndShare> ends{};
  Duration latency{};

  void add(CallEnd end, double share) {
    const auto same = std::ranges::find(ends, end, &EndShare::end);
    if (same != ends.end()) {
      same->share += share;
    } else if (share > 0) {
      ends.push_back({end, share});
    }
  }
};

CallEnd end_of(const faults::ErrorItem& item) {
  switch (item.fate) {
    case faults::Fate::answer:
      return answer(item.status);
    case faults::Fate::reset:
      return {CallEnd::Kind::reset, 0};
    case faults::Fate::empty:
      return {CallEnd::Kind::closed, 0};
    case faults::Fate::hang:
      return {CallEnd::Kind::timeout, 0};
  }
  return {CallEnd::Kind::bad_answer, 0};
}

// Calls that meet this behaviour, `turned_away` of those that it serves by a limit.
Fare fare_of(const faults::Behaviour& behaviour, double turned_away, std::uint16_t limit_status,
             Duration timeout) {
  Fare fare{.latency = behaviour.latency.quantile(0.5)};
  if (behaviour.errors.refuse()) {
    fare.add({CallEnd::Kind::connect_failed, 0}, 1);
    return fare;
  }
  const CallEnd given_up{CallEnd::Kind::timeout, 0};
  const double late = behaviour.latency.share_above(timeout);
  double served = 1;
  for (const auto& item : behaviour.errors.items()) {
    fare.add(end_of(item), item.share.value * (1 - late));
    fare.add(given_up, item.share.value * late);
    served -= item.share.value;
  }
  served = std::max(served, 0.0);
  fare.add(answer(limit_status), served * turned_away);
  fare.add(given_up, served * (1 - turned_away) * late);
  fare.add(answer(200), served * (1 - turned_away) * (1 - late));
  return fare;
}

// Calls that take turns at these.
Fare mixed(const std::vector<Fare>& fares) {
  Fare mix;
  for (const auto& fare : fares) {
    for (const auto& [end, share] : fare.ends) {
      mix.add(end, share / static_cast<double>(fares.size()));
    }
    mix.latency = std::max(mix.latency, fare.latency);
  }
  return mix;
}

// What a breaker makes of it.
struct Seen {
  double errors = 0;
  double uncounted = 0;
  Duration latency{};
  std::vector<breaker::Uncounted> ends{};

  [[nodiscard]] bool is_worse_than(const Seen& other) const {
    return std::tie(errors, uncounted, latency) >
           std::tie(other.errors, other.uncounted, other.latency);
  }
};

Seen seen_by_breaker(const Fare& fare, const OutcomeRules& rules, bool ignored_fills_window) {
  Seen seen{.latency = fare.latency};
  double counted = 0;
  for (const auto& [end, share] : fare.ends) {
    const auto outcome = rules.of(end);
    seen.errors += outcome == Outcome::failure ? share : 0;
    counted += outcome != Outcome::ignored || ignored_fills_window ? share : 0;
    const bool bad = end.kind != CallEnd::Kind::answer || end.status >= 400;
    if (bad && outcome != Outcome::failure) {
      seen.uncounted += share;
      seen.ends.push_back({end, outcome, share});
    }
  }
  seen.errors = counted > 0 ? std::min(1.0, seen.errors / counted) : 0;
  std::ranges::stable_sort(seen.ends, std::ranges::greater{}, &breaker::Uncounted::share);
  return seen;
}

class Observer {
 public:
  Observer(const Experiment& experiment, const faults::Plan& plan, const OutcomeRules& rules,
           bool ignored_fills_window)
      : experiment_(experiment),
        plan_(plan),
        rules_(rules),
        ignored_fills_window_(ignored_fills_window) {
    const auto& known = experiment.upstream.rules;
    for (const auto& [method, path, headers] : experiment.endpoints) {
      const faults::Request request{0, method, path, headers};
      const auto rule = std::ranges::find_if(
          known, [&](const faults::Rule& one) { return one.match.matches(request); });
      rule_of_.push_back(rule == known.end() ? faults::Plan::no_rule
                                             : static_cast<std::size_t>(rule - known.begin()));
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
    return seen(endpoints, experiment_.upstream.limit,
                [&](std::size_t endpoint) { return plan_.unchanged(rule_of_[endpoint]); });
  }

  [[nodiscard]] Seen in_phase(std::size_t phase, const std::vector<std::size_t>& endpoints) const {
    const auto& on = plan_.phases()[phase].on;
    return seen(endpoints, plan_.limit(phase), [&](std::size_t endpoint) {
      const auto& [method, path, headers] = experiment_.endpoints[endpoint];
      return !on || on->matches({0, method, path, headers})
                 ? plan_.behaviour(phase, rule_of_[endpoint])
                 : plan_.unchanged(rule_of_[endpoint]);
    });
  }

 private:
  template <typename BehaviourOf>
  [[nodiscard]] Seen seen(const std::vector<std::size_t>& endpoints, const faults::RateLimit& limit,
                          BehaviourOf behaviour_of) const {
    std::vector<Fare> fares;
    for (const auto endpoint : endpoints) {
      fares.push_back(
          fare_of(behaviour_of(endpoint), turned_away(limit), limit.status, experiment_.timeout));
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

  const Experiment& experiment_;
  const faults::Plan& plan_;
  OutcomeRules rules_;
  bool ignored_fills_window_;
  std::vector<std::size_t> rule_of_;  // by endpoint
};

}  // namespace

breaker::Traffic traffic(const Experiment& experiment) {
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

double planned_failures(const Experiment& experiment) {
  const auto plan = fault_plan(experiment);
  const Observer observer(experiment, plan, caller_rules(experiment), false);
  std::vector<std::size_t> all(experiment.endpoints.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return observer.normally(all).errors;
}

}  // namespace tripcurve::experiment
