#include "experiment/experiment.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/call_end.hpp"
#include "core/ensure.hpp"
#include "core/units.hpp"
#include "load/rate_curve.hpp"

namespace tripcurve::experiment {
namespace {

// The value of a text that we wrote ourselves.
template <typename T>
T known_good(Result<T> result) {
  ENSURE(result.ok());
  return std::move(result).value();
}

}  // namespace

Experiment outage() {
  return {
      .name = "outage",
      .seed = 1,
      .upstream = {.normal = {known_good(faults::parse_latency("p50=8ms,p99=40ms")), {}}},
      .phases = {known_good(faults::parse_phase("healthy 5s")),
                 known_good(faults::parse_phase(
                     "outage 8s latency=200ms..600ms errors=503:90%,reset:10%")),
                 known_good(faults::parse_phase("recovered 7s"))},
      .loop = load::OpenLoop{.rate = {200}, .arrival = load::Arrival::constant},
      .timeout = std::chrono::seconds(1),
      .breaker = known_good(breaker::parse_choice("classic,failures=5,successes=2,timeout=3s")),
      .scope = load::BreakerScope::client,
  };
}

faults::Plan fault_plan(const Experiment& experiment) {
  return {experiment.upstream, experiment.phases, Random(experiment.seed)};
}

std::optional<Error> contradiction(const Experiment& experiment) {
  const auto* open = std::get_if<load::OpenLoop>(&experiment.loop);
  if (open == nullptr || open->stages.empty()) {
    return std::nullopt;
  }
  Duration phases{};
  for (const auto& phase : experiment.phases) {
    phases += phase.length;
  }
  const auto stages = load::total_length(open->stages);
  if (stages == phases) {
    return std::nullopt;
  }
  return Error{"the stages of the load last " + format_duration(stages) + ", the phases " +
                   format_duration(phases),
               stages < phases
                   ? "make the last stage " + format_duration(phases - stages) + " longer"
                   : "make the stages " + format_duration(stages - phases) + " shorter together"};
}

load::LoadPlan load_plan(const Experiment& experiment) {
  const auto plan = std::make_shared<const faults::Plan>(fault_plan(experiment));
  const auto would_succeed = [plan, endpoints = experiment.endpoints,
                              failures = experiment.failures, timeout = experiment.timeout](
                                 std::uint64_t ordinal, std::uint32_t endpoint, TimePoint now) {
    const auto& [method, path, headers] = endpoints[endpoint];
    const auto action = plan->decide({ordinal, method, path, headers}, now);
    return !plan->refuses(now) && action.fate == faults::Fate::answer &&
           !failures.contains(action.status) && action.delay < timeout;
  };
  return {.timetable = plan->timetable(),
          .loop = experiment.loop,
          .timeout = experiment.timeout,
          .max_in_flight = experiment.max_in_flight,
          .endpoints = experiment.endpoints,
          .instances = experiment.instances,
          .failures = experiment.failures,
          .would_succeed = would_succeed,
          .shards = experiment.threads,
          .random = Random(experiment.seed)};
}

load::BreakerBank breaker_bank(const Experiment& experiment) {
  return {experiment.breaker, experiment.scope, experiment.endpoints, Random(experiment.seed),
          experiment.instances};
}

breaker::Traffic traffic(const Experiment& experiment) {
  const auto* open_loop = std::get_if<load::OpenLoop>(&experiment.loop);
  // A limit whose status is no failure fails nobody, and workers slow down to what it lets through.
  const auto turned_away = [&](const faults::RateLimit& limit) {
    const bool fails = limit.limits() && experiment.failures.contains(limit.status);
    return fails && open_loop != nullptr
               ? std::max(0.0,
                          1 - limit.rate.per_second / load::highest_rate(*open_loop).per_second)
               : 0;
  };
  const auto failing = [&](const faults::Behaviour& behaviour, const faults::RateLimit& limit) {
    double broken = behaviour.errors.refuse() ? 1 : 0;
    for (const auto& item : behaviour.errors.items()) {
      const bool answered = item.fate == faults::Fate::answer;
      broken += answered && !experiment.failures.contains(item.status) ? 0 : item.share.value;
    }
    const double errors = broken + (1 - broken) * turned_away(limit);
    return errors + (1 - errors) * behaviour.latency.share_above(experiment.timeout);
  };
  // What one breaker sees of the load.
  const double shared_by =
      experiment.instances * (experiment.scope == load::BreakerScope::endpoint
                                  ? static_cast<double>(experiment.endpoints.size())
                                  : 1);
  breaker::Traffic traffic{
      .calls_per_second =
          open_loop == nullptr ? 0 : load::highest_rate(*open_loop).per_second / shared_by,
      .timeout = experiment.timeout,
      .normal_errors = failing(experiment.upstream.normal, experiment.upstream.limit),
      .normal_latency = experiment.upstream.normal.latency.quantile(0.5)};
  const auto plan = fault_plan(experiment);
  const bool steady = plan.phases().size() == 1;  // nothing happens that a breaker is for
  bool found = false;
  for (std::size_t i = 0; !steady && i < plan.phases().size(); ++i) {
    const auto& phase = plan.timetable().phases()[i];
    const auto errors = failing(plan.behaviour(i), plan.limit(i));
    const auto latency = plan.behaviour(i).latency.quantile(0.5);
    if (!phase.fault ||
        (found && (errors < traffic.outage_errors ||
                   (errors == traffic.outage_errors && latency <= traffic.outage_latency)))) {
      continue;
    }
    found = true;
    traffic.outage_errors = errors;
    traffic.outage_latency = latency;
    traffic.outage_length = phase.end - phase.begin;
  }
  return traffic;
}

expect::Names names(const Experiment& experiment) {
  expect::Names names{.endpoints = load::names(experiment.endpoints)};
  for (const auto& phase : experiment.phases) {
    names.phases.push_back(phase.name);
  }
  const auto bank = breaker_bank(experiment);
  for (std::size_t i = 0; i < bank.size(); ++i) {
    names.breakers.push_back(bank.name(i));
  }
  return names;
}

}  // namespace tripcurve::experiment
