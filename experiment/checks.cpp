#include "experiment/checks.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "client/registry.hpp"
#include "core/plural.hpp"
#include "core/text.hpp"
#include "expect/dependencies.hpp"

namespace tripcurve::experiment {
namespace {

// The way of a call through the services, by its path.
class Way {
 public:
  Way(const topology::Topology& topology, const std::string& path, std::vector<Unrouted>& found)
      : topology_(topology), path_(path), found_(found), been_(topology.services.size()) {}

  // `from` is the service that calls; null: the load does.
  void go(std::uint32_t to, const topology::Service* from) {
    if (to == topology::upstream || been_[to]) {
      return;
    }
    been_[to] = true;
    const auto& service = topology_.services[to];
    const auto* route = topology::route_of(service, path_);
    if (route == nullptr) {
      found_.push_back({to, error_of(service.name, from)});
      return;
    }
    for (const auto& call : route->calls) {
      go(service.links[call.link].to, &service);
    }
  }

 private:
  [[nodiscard]] Error error_of(const std::string& name, const topology::Service* from) const {
    const auto what = name + " has no route for " + quoted(path_);
    if (from == nullptr) {
      return {what + ", which the load calls",
              "add it to the 'routes' of " + name + ", or leave it out of 'endpoints'"};
    }
    return {what + ", for which " + from->name + " calls it",
            "add it to the 'routes' of " + name + ", or leave " + name + " out of what " +
                from->name + " calls for it"};
  }

  const topology::Topology& topology_;
  const std::string& path_;
  std::vector<Unrouted>& found_;
  std::vector<bool> been_;
};

}  // namespace

std::vector<Unrouted> unrouted(const topology::Topology& topology,
                               const std::vector<load::Endpoint>& endpoints) {
  std::vector<Unrouted> found;
  std::set<std::string> paths;
  for (const auto& endpoint : endpoints) {
    if (!topology.empty() && paths.insert(endpoint.path).second) {
      Way(topology, endpoint.path, found).go(0, nullptr);
    }
  }
  return found;
}

std::optional<Error> uncalled(const faults::PhaseSpec& phase,
                              const std::vector<load::Endpoint>& endpoints) {
  const auto is_called = [&](const load::Endpoint& endpoint) {
    return phase.on->matches(
        {.method = endpoint.method, .path = endpoint.path, .headers = endpoint.headers});
  };
  if (!phase.on || std::ranges::any_of(endpoints, is_called)) {
    return std::nullopt;
  }
  return Error{"phase " + quoted(phase.name) + " only affects " + phase.on->text() +
                   ", which no endpoint calls",
               "add an endpoint for these requests"};
}

std::optional<Error> divided_instance(const Experiment& experiment) {
  const auto policies = policies_of(experiment);
  const auto found = std::ranges::find_if(policies, client::remembers);
  if (experiment.instances % experiment.threads == 0 || found == policies.end()) {
    return std::nullopt;
  }
  return Error{count_of(experiment.instances, "instance") + " cannot be divided evenly among " +
                   count_of(experiment.threads, "thread") + ", and threads cannot share what the " +
                   std::string(client::kind_of(*found).name) + " policy of an instance keeps",
               "make 'instances' a multiple of 'threads', or leave 'threads' out: one thread makes "
               "some 50,000 calls per second"};
}

std::optional<Error> pointless_versus(const Experiment& experiment) {
  if (!experiment.versus || experiment.versus->breaker || names(experiment).breakers.size() > 1) {
    return std::nullopt;
  }
  return Error{"versus shared: the run has a single breaker, which all calls share already",
               "give each endpoint a breaker (--breaker-per endpoint), or use several instances "
               "(--instances 20)"};
}

// None without several dependencies.
expect::PhasesOf phases_of_dependencies(const Experiment& experiment) {
  expect::PhasesOf phases;
  if (!experiment.through || experiment.through->others.empty()) {
    return phases;
  }
  const auto all = names(experiment);
  phases[all.breakers.front()] = all.phases;
  for (const auto& dependency : experiment.through->others) {
    auto& own = phases[dependency.name];
    for (const auto& phase : dependency.phases) {
      own.push_back(phase.name);
    }
    own = dependency.phases.empty() ? all.phases : own;
  }
  return phases;
}

bool has_other_run(const Experiment& experiment, const std::string& breaker) {
  const auto all = names(experiment).breakers;
  const bool of_first = breaker.empty() || all.empty() || breaker == all.front();
  const auto is_meant = [&](const Dependency& dependency) {
    return dependency.like && (breaker.empty() || breaker == dependency.name);
  };
  return (experiment.versus && of_first) ||
         (experiment.through && std::ranges::any_of(experiment.through->others, is_meant));
}

std::string how_to_compare(const Experiment& experiment, const std::string& breaker) {
  if (!experiment.through) {
    return "add versus: none to the client, or --versus none";
  }
  const bool is_further = std::ranges::find(experiment.through->others, breaker,
                                            &Dependency::name) != experiment.through->others.end();
  return is_further ? "say what breaker the service should have for it: give the dependency " +
                          tripcurve::quoted(breaker) + " a 'like'"
                    : "say what breaker the service should have: through.like, or --like";
}

std::optional<Error> unjudgeable(const expect::Expectation& expectation,
                                 const Experiment& experiment) {
  const auto dependencies = phases_of_dependencies(experiment);
  const auto rest =
      dependencies.empty() ? expectation : expect::without_dependency(expectation, dependencies);
  if (!rest) {
    return rest.error();
  }
  if (auto error = expect::mistake(*rest, names(experiment))) {
    return error;
  }
  const auto of_twin = std::ranges::find_if(
      expectation.terms, [](const expect::Term& term) { return term.metric->needs_twin; });
  const auto& breaker = expectation.scope.breaker;
  if (of_twin != expectation.terms.end() && !has_other_run(experiment, breaker)) {
    return Error{quoted(of_twin->metric->name) +
                     " compares with a run with another breaker, but there is no other run",
                 how_to_compare(experiment, breaker)};
  }
  const auto since_fault = std::ranges::find_if(
      expectation.terms, [](const expect::Term& term) { return term.metric->since_fault; });
  if (since_fault == expectation.terms.end() || !expectation.scope.phase.empty() ||
      !fault_plan(experiment).timetable().faults().empty()) {
    return std::nullopt;
  }
  return Error{quoted(since_fault->metric->name) +
                   " is measured from a fault, but no phase is worse than normal",
               "add a phase with errors or latency, or name the phase to measure from"};
}

std::optional<Error> unjudgeable_baseline(const expect::Expectation& expectation,
                                          const Experiment& experiment) {
  const auto timetable = fault_plan(experiment).timetable();
  const auto& phases = timetable.phases();
  if (phases.front().fault) {
    return Error{"a baseline is measured before the first fault, but phase " +
                     quoted(phases.front().name) + " begins with a fault",
                 "put a healthy phase in front, or leave out the baseline"};
  }
  const auto& name = expectation.scope.phase;
  const auto end = timetable.faults().empty() ? phases.begin() + 1
                                              : std::ranges::find(phases, true, &Phase::fault);
  const auto named = std::ranges::find(phases, name, &Phase::name);
  if (named != phases.end() && named >= end) {
    return Error{
        "a baseline is measured before the first fault, but phase " + quoted(name) + " comes later",
        "move it to expect"};
  }
  if (auto error = unjudgeable_on_the_way(expectation)) {
    return Error{"a baseline is judged while the run goes on, " + error->message,
                 "move it to expect"};
  }
  return unjudgeable(expectation, experiment);
}

std::optional<Error> unjudgeable_on_the_way(const expect::Expectation& expectation) {
  const auto any_term = [&](bool expect::Metric::* needs) {
    return std::ranges::any_of(expectation.terms,
                               [&](const expect::Term& term) { return term.metric->*needs; });
  };
  if (any_term(&expect::Metric::needs_twin)) {
    return Error{"before the other run is known", ""};
  }
  const auto& scope = expectation.scope;
  if (!scope.service.empty() || !scope.link.empty() || any_term(&expect::Metric::needs_nesting)) {
    return Error{"before the numbers of services and links are summed up", ""};
  }
  return std::nullopt;
}

}  // namespace tripcurve::experiment
