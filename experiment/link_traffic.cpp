#include "experiment/link_traffic.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "experiment/fare.hpp"
#include "experiment/streams.hpp"
#include "load/rate_curve.hpp"
#include "report/services.hpp"
#include "topology/capacity.hpp"

namespace tripcurve::experiment {
namespace {

// A phase, and what the services carry in it.
struct Carried {
  std::size_t phase = 0;
  std::vector<topology::Stream> streams{};
  topology::Capacity capacity{};
};

std::vector<Carried> carried(const Experiment& experiment, const faults::Plan& plan) {
  std::vector<Carried> all;
  for (std::size_t i = 0; i < plan.phases().size(); ++i) {
    auto of_phase = streams(experiment, plan, i);
    auto capacity = topology::capacity(experiment.topology, of_phase);
    all.push_back({i, std::move(of_phase), std::move(capacity)});
  }
  return all;
}

// A client of the topology, or the load's own.
struct Caller {
  Duration timeout{};  // of an attempt; zero: none
  OutcomeRules rules{};
  bool ignored_fills_window = false;
  // Calls per second that its breaker decides on, and how they fare.
  std::function<double(const Carried&)> rate;
  std::function<Fare(const Carried&)> fare;
};

Seen seen(const Caller& caller, const Carried& phase) {
  return seen_by_breaker(caller.fare(phase), caller.rules, caller.ignored_fills_window);
}

breaker::Traffic traffic_of(const Caller& caller, const faults::Plan& plan,
                            const std::vector<Carried>& phases) {
  breaker::Traffic traffic{.timeout = caller.timeout, .outage_errors = 1};
  std::optional<Seen> worst;
  std::optional<Seen> best;
  for (const auto& phase : phases) {
    const auto& [name, begin, end, fault] = plan.timetable().phases()[phase.phase];
    auto here = seen(caller, phase);
    if (!fault && (!best || best->is_worse_than(here))) {
      traffic.calls_per_second = caller.rate(phase);
      best = here;
    }
    if (fault && (!worst || here.is_worse_than(*worst))) {
      traffic.outage_length = end - begin;
      worst = std::move(here);
    }
  }
  if (!best) {  // every phase is a fault
    traffic.calls_per_second = caller.rate(phases.front());
  }
  if (worst) {
    traffic.outage_errors = worst->errors;
    traffic.outage_latency = worst->latency;
    traffic.uncounted = std::move(worst->ends);
  }
  traffic.normal_errors = best ? best->errors : 0;
  traffic.normal_latency = best ? best->latency : Duration{};
  return traffic;
}

constexpr Duration longest_wait = std::chrono::hours(10'000);

// What never ends is cut by a timeout, or takes longer than any.
Duration takes(const topology::LinkLoad& load) { return load.takes.value_or(longest_wait); }

double sum_of(const std::vector<topology::LinkLoad>& loads, double topology::LinkLoad::* what) {
  double sum = 0;
  for (const auto& load : loads) {
    sum += load.*what;
  }
  return sum;
}

// A policy inside the breaker makes the requests, so that the breaker decides on whole calls.
bool repeats_inside(const client::Policies& policies) {
  const auto breaker = std::ranges::find_if(policies, [](const client::PolicyConfig& policy) {
    return std::holds_alternative<client::BreakerConfig>(policy);
  });
  return std::any_of(breaker, policies.end(), [](const client::PolicyConfig& policy) {
    return std::holds_alternative<client::RetryConfig>(policy) ||
           std::holds_alternative<client::HedgingConfig>(policy);
  });
}

double turned_away(const faults::RateLimit& limit, double rate) {
  return limit.limits() && rate > 0 ? std::max(0.0, 1 - limit.rate.per_second / rate) : 0;
}

Caller caller_of(const topology::Link& link, std::size_t service, std::size_t index,
                 const faults::Plan& plan) {
  const auto loads = [service, index](const Carried& phase) -> const auto& {
    return phase.capacity.services[service].links[index];
  };
  const auto counted = repeats_inside(topology::policies_of(link)) ? &topology::LinkLoad::calls
                                                                   : &topology::LinkLoad::requests;
  const auto timeout = link.timeout.value_or(Duration{});
  return {
      .timeout = timeout,
      .rules = link.breaker_counts ? OutcomeRules().with(*link.breaker_counts)
                                   : breaker::usual_rules(link.breaker.dialect()),
      .ignored_fills_window = link.breaker.dialect().ignored_fills_window,
      .rate = [=](const Carried& phase) { return sum_of(loads(phase), counted); },
      .fare =
          [=, &plan, to = link.to](const Carried& phase) {
            std::vector<Portion> portions;
            const auto& limit = plan.limit(phase.phase);
            const auto limited = turned_away(limit, phase.capacity.upstream_rate);
            for (std::size_t i = 0; i < phase.streams.size(); ++i) {
              const auto& load = loads(phase)[i];
              portions.push_back(
                  {load.requests, to == topology::upstream
                                      ? fare_of(phase.streams[i].upstream, limited, limit.status,
                                                timeout > Duration{} ? timeout : longest_wait)
                                      : fare_of(load.fails, takes(load), timeout)});
            }
            return mixed(portions);
          }};
}

}  // namespace

std::vector<LinkTraffic> traffic_of_links(const Experiment& experiment) {
  std::vector<LinkTraffic> all;
  if (experiment.topology.empty()) {
    return all;
  }
  const auto plan = fault_plan(experiment);
  const auto phases = carried(experiment, plan);
  const auto& services = experiment.topology.services;
  for (std::size_t i = 0; i < services.size(); ++i) {
    for (std::size_t n = 0; n < services[i].links.size(); ++n) {
      const auto& link = services[i].links[n];
      if (link.breaker.text() != "none") {
        all.push_back({report::link_name(services[i].name, experiment.topology.name(link.to)),
                       link.breaker, topology::policies_of(link),
                       traffic_of(caller_of(link, i, n, plan), plan, phases)});
      }
    }
  }
  return all;
}

breaker::Traffic traffic_of_own_client(const Experiment& experiment) {
  const auto plan = fault_plan(experiment);
  const auto* open = std::get_if<load::OpenLoop>(&experiment.loop);
  const auto breakers =
      experiment.instances *
      (experiment.scope == load::BreakerScope::endpoint ? experiment.endpoints.size() : 1);
  const Caller caller{
      .timeout = experiment.timeout,
      .rules = breaker_rules(experiment),
      .ignored_fills_window = experiment.breaker.dialect().ignored_fills_window,
      .rate =
          [&](const Carried&) {
            return open == nullptr
                       ? 0
                       : load::highest_rate(*open).per_second / static_cast<double>(breakers);
          },
      .fare =
          [&](const Carried& phase) {
            std::vector<Portion> portions;
            for (const auto& answers : phase.capacity.services.front().answers) {
              portions.push_back(
                  {answers.calls, fare_of(answers.fails, takes(answers), experiment.timeout)});
            }
            return mixed(portions);
          }};
  return traffic_of(caller, plan, carried(experiment, plan));
}

}  // namespace tripcurve::experiment
