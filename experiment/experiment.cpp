#include "experiment/experiment.hpp"

#include <algorithm>
#include <utility>

#include "core/call_end.hpp"
#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "report/selectivity.hpp"

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

Result<Twin> parse_twin(std::string_view text) {
  if (trim(text) == Twin::shared) {
    return Twin{};
  }
  auto breaker = breaker::parse_choice(text);
  return breaker ? Result(Twin{*std::move(breaker)}) : breaker.error();
}

namespace {

bool has_breaker(const breaker::Choice& choice) { return choice.dialect().name != "none"; }

void replace_breakers(Experiment& experiment, const breaker::Choice& other) {
  for (auto& service : experiment.topology.services) {
    for (auto& link : service.links) {
      if (has_breaker(link.breaker)) {
        link.breaker = other;
        link.breaker_counts.reset();
      }
    }
  }
  if (experiment.topology.empty() || has_breaker(experiment.breaker)) {
    experiment.breaker = other;
    experiment.counting.imported.reset();
  }
}

}  // namespace

Experiment twin_of(Experiment experiment) {
  const auto other = *std::exchange(experiment.versus, std::nullopt);
  experiment.through.reset();  // which is a breaker of its own
  experiment.name += " versus " + other.text();
  if (other.breaker) {
    replace_breakers(experiment, *other.breaker);
  } else {
    experiment.scope = load::BreakerScope::shared;
  }
  experiment.expectations.clear();
  experiment.baseline.clear();
  return experiment;
}

Experiment twin_of(Experiment experiment, const Dependency& dependency) {
  experiment.versus = Twin{*dependency.like};
  experiment.upstream = dependency.upstream.value_or(experiment.upstream);
  experiment.phases = dependency.phases.empty() ? experiment.phases : dependency.phases;
  return twin_of(std::move(experiment));
}

faults::Plan fault_plan(const Experiment& experiment, faults::After after) {
  return {experiment.upstream, experiment.phases, Random(experiment.seed), after};
}

std::optional<Duration> length_of_stages(const Experiment& experiment) {
  return std::visit(
      [](const auto& loop) {
        return loop.stages.empty() ? std::nullopt : std::optional(load::total_length(loop.stages));
      },
      experiment.loop);
}

std::optional<Error> disordered(const Experiment& experiment) {
  if (experiment.topology.empty()) {
    return std::nullopt;
  }
  std::vector<const faults::Errors*> all{&experiment.upstream.normal.errors};
  for (const auto& rule : experiment.upstream.rules) {
    all.push_back(rule.errors ? &*rule.errors : all.front());
  }
  for (const auto& phase : experiment.phases) {
    all.push_back(phase.errors ? &*phase.errors : all.front());
  }
  const auto of_connections = std::ranges::find_if(
      all, [](const faults::Errors* errors) { return errors->of_connections(); });
  if (of_connections != all.end()) {
    return Error{"errors " + tripcurve::quoted((*of_connections)->text()) +
                     " hit connections, but services keep theirs to the upstream",
                 "write errors of requests, such as hang:5%, or leave out the topology"};
  }
  const auto by_client = std::ranges::find_if(all, [](const faults::Errors* errors) {
    return errors->schedule() != nullptr &&
           errors->schedule()->per() != faults::Schedule::Per::request;
  });
  if (by_client != all.end()) {
    return Error{"errors " + tripcurve::quoted((*by_client)->text()) +
                     " tell clients or connections apart, but the upstream's are all services",
                 "leave out per="};
  }
  if (experiment.upstream.tls) {
    return Error{"the upstream speaks TLS, but the services of a topology call it in plain HTTP",
                 "leave out tls, or the topology"};
  }
  const auto counting = std::ranges::find_if(all, [](const faults::Errors* errors) {
    return errors->schedule() != nullptr && errors->schedule()->counts();
  });
  return counting == all.end()
             ? std::nullopt
             : std::optional(
                   Error{"errors " + tripcurve::quoted((*counting)->text()) +
                             " go by the order of requests, but services have none among theirs",
                         "write shares and times only, such as 50%,flap(up=5s,down=5s)"});
}

std::optional<Error> contradiction(const Experiment& experiment) {
  const auto given = length_of_stages(experiment);
  if (!given) {
    return std::nullopt;
  }
  Duration phases{};
  for (const auto& phase : experiment.phases) {
    phases += phase.length;
  }
  const auto stages = *given;
  if (stages == phases) {
    return std::nullopt;
  }
  return Error{"the stages of the load last " + format_duration(stages) +
                   " together, but the phases last " + format_duration(phases),
               stages < phases
                   ? "make the last stage " + format_duration(phases - stages) + " longer"
                   : "make the stages " + format_duration(stages - phases) + " shorter in total"};
}

OutcomeRules caller_rules(const Experiment& experiment) {
  return OutcomeRules().with(experiment.counting.failure_statuses).with(experiment.counting.counts);
}

OutcomeRules breaker_rules(const Experiment& experiment) {
  const auto& counting = experiment.counting;
  const auto usual = counting.imported ? OutcomeRules().with(*counting.imported)
                                       : breaker::usual_rules(experiment.breaker.dialect());
  return usual.with(counting.failure_statuses).with(counting.counts).with(counting.breaker_counts);
}

CountsTexts counts_texts(const Experiment& experiment) {
  const auto counts = difference(caller_rules(experiment), OutcomeRules());
  const auto before = breaker::usual_rules(experiment.breaker.dialect()).with(counts);
  return {format_outcome_changes(counts),
          format_outcome_changes(difference(breaker_rules(experiment), before))};
}

client::Policies policies_of(const Experiment& experiment) {
  return client::policies_of(
      experiment.policies,
      {.breaker = client::breaker_of(experiment.breaker, breaker_rules(experiment)),
       .timeout = experiment.timeout,
       .caller = caller_rules(experiment)});
}

namespace {

load::Loop loop_of(const Experiment& experiment) {
  return std::visit([](const auto& loop) -> load::Loop { return loop; }, experiment.loop);
}

}  // namespace

load::LoadPlan load_plan(const Experiment& experiment) {
  return {.timetable = fault_plan(experiment).timetable(),
          .loop = loop_of(experiment),
          .timeout = experiment.timeout,
          .gap_timeout = experiment.gap_timeout,
          .stops_at_error_event = experiment.stops_at_error_event,
          .client = policies_of(experiment),
          .abandonment = experiment.abandonment,
          .max_in_flight = experiment.max_in_flight,
          .endpoints = experiment.endpoints,
          .instances = experiment.instances,
          .caller = caller_rules(experiment),
          .breaker_counts = breaker_rules(experiment),
          .would_succeed = {},
          .shards = experiment.threads,
          .random = Random(experiment.seed)};
}

std::function<bool(const load::LoadPlan::Kept& call, TimePoint now)> would_succeed(
    const Experiment& experiment, faults::Injector& injector) {
  const faults::Patience patience{.timeout = experiment.timeout,
                                  .gap = experiment.gap_timeout,
                                  .stops_at_error_event = experiment.stops_at_error_event};
  return [&injector, endpoints = experiment.endpoints, patience, rules = caller_rules(experiment)](
             const load::LoadPlan::Kept& call, TimePoint now) {
    const auto& [method, path, headers] = endpoints[call.endpoint];
    const faults::Request request{.ordinal = call.ordinal,
                                  .method = method,
                                  .path = path,
                                  .headers = headers,
                                  .client = call.instance + std::uint64_t{1}};
    return injector.would_succeed(request, now, patience, rules);
  };
}

std::vector<faults::Plan> other_plans(const Experiment& experiment) {
  std::vector<faults::Plan> plans;
  if (!experiment.through) {
    return plans;
  }
  for (const auto& dependency : experiment.through->others) {
    auto own = experiment;
    own.seed = Random(experiment.seed).fork("dependency/" + dependency.name).next();
    own.upstream = dependency.upstream.value_or(experiment.upstream);
    own.phases = dependency.phases.empty() ? experiment.phases : dependency.phases;
    plans.push_back(fault_plan(own));
  }
  return plans;
}

load::BreakerBank breaker_bank(const Experiment& experiment) {
  if (experiment.through) {
    const auto& through = *experiment.through;
    std::vector<std::string> names{through.name.empty() ? "service" : through.name};
    for (const auto& dependency : through.others) {
      names.push_back(dependency.name);
    }
    return load::BreakerBank::observed(names);
  }
  return {experiment.breaker, experiment.scope, experiment.endpoints, Random(experiment.seed),
          experiment.instances};
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
  const auto services = report::outline(experiment.topology);
  for (const auto& service : services) {
    names.services.push_back(service.name);
    for (const auto& link : service.links) {
      names.links.push_back(report::link_name(service.name, link.to));
      if (link.breaker != "none") {
        names.links_with_breaker.push_back(names.links.back());
      }
    }
  }
  const bool has_breaker = experiment.breaker.text() != "none";
  names.has_nesting = !report::nestings(services, has_breaker).empty();
  return names;
}

}  // namespace tripcurve::experiment
