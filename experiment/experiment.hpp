// One experiment as values: an upstream and its faults by phase, the load, the client and its
// breaker. What flags (and, later, files) are turned into, and what run and simulate both take.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "breaker/registry.hpp"
#include "client/registry.hpp"
#include "core/outcome_rules.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "expect/expectation.hpp"
#include "experiment/through.hpp"
#include "faults/injector.hpp"
#include "faults/plan.hpp"
#include "forecast/false_trips.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "report/summary.hpp"
#include "topology/topology.hpp"

namespace tripcurve::experiment {

// A result that the experiment asks for: "html" to "out/report.html".
struct Output {
  std::string format;  // json, events, junit, markdown, csv, html
  std::string path;
  friend bool operator==(const Output&, const Output&) = default;
};

// What somebody said of the ends of calls, unresolved, so that a flag can replace one of them.
struct Counting {
  std::optional<OutcomeChanges> imported{};  // the breaker's file, in place of its dialect's counts
  OutcomeChanges failure_statuses{};         // for the caller and the breakers
  OutcomeChanges counts{};                   // likewise, and stronger
  OutcomeChanges breaker_counts{};           // for the breakers alone, strongest
  friend bool operator==(const Counting&, const Counting&) = default;
};

// What is otherwise in a second run of the same seed, load and faults.
struct Twin {
  // none: it has the same breaker, but one for all calls of all instances.
  std::optional<breaker::Choice> breaker{};

  static constexpr std::string_view shared = report::Versus::shared;
  [[nodiscard]] std::string text() const { return breaker ? breaker->text() : std::string(shared); }
  friend bool operator==(const Twin&, const Twin&) = default;
};
// "none", "polly,FailureRatio=0.5", or "shared".
[[nodiscard]] Result<Twin> parse_twin(std::string_view text);

struct Experiment {
  std::string name;
  std::string description{};
  std::uint64_t seed = 0;
  faults::Upstream upstream;
  std::vector<faults::PhaseSpec> phases;  // at least one
  std::variant<load::OpenLoop, load::ClosedLoop> loop;
  Duration timeout = std::chrono::seconds(1);
  std::optional<Duration> gap_timeout{};  // after which nothing more of an answer is waited for
  bool stops_at_error_event = false;      // load::LoadPlan's
  std::optional<load::Abandonment> abandonment{};
  std::uint32_t max_in_flight = 1000;
  std::vector<load::Endpoint> endpoints{load::Endpoint{}};
  std::uint32_t threads = 1;
  std::uint32_t instances = 1;  // clients, each with breakers of its own
  Counting counting{};
  breaker::Choice breaker;
  load::BreakerScope scope = load::BreakerScope::client;
  std::optional<Twin> versus{};  // a second run that this one is held against
  // What calls go through, the outermost first; see client::policies_of().
  std::vector<client::PolicyChoice> policies{};
  topology::Topology topology{};  // the services that the load calls; none: it calls the upstream
  std::optional<Through> through{};  // the service that it calls, which calls the upstream
  // What the file that the breaker was read from leaves to say: what acts otherwise than it looks,
  // and what is no part of the experiment. For people, a line each.
  std::vector<std::string> warnings{};
  std::vector<std::string> notes{};
  std::vector<expect::Expectation> expectations{};
  // What the phases before the first fault must show, or the fault is not even begun.
  std::vector<expect::Expectation> baseline{};
  std::vector<Output> outputs{};
  std::string file{};  // that it was read from; empty for flags
  // The environment's variables that the file was filled in with, and what they held.
  using Variable = std::pair<std::string, std::string>;
  std::vector<Variable> variables{};
  friend bool operator==(const Experiment&, const Experiment&) = default;
};

// The built-in experiment, about 20 s: a healthy upstream turns slow and failing and recovers, and
// a classic breaker (5 failures, 2 successes, 3 s) opens, reopens from half-open and closes.
[[nodiscard]] Experiment outage();

// How long the stages of the load last together, if it has any.
[[nodiscard]] std::optional<Duration> length_of_stages(const Experiment& experiment);

// Its twin: the same experiment with what that has otherwise, and nothing to be judged by. In a
// topology another breaker stands wherever there is one. The experiment must have one (`versus`).
[[nodiscard]] Experiment twin_of(Experiment experiment);
// The same of a service's further dependency: what it does, and the breaker that the service should
// have for it. The dependency must have one (`like`).
[[nodiscard]] Experiment twin_of(Experiment experiment, const Dependency& dependency);

// What the load and the phases cannot both say: stages that last longer or shorter than the phases.
[[nodiscard]] std::optional<Error> contradiction(const Experiment& experiment);

// What an upstream cannot be that services call: errors that go by the order of requests, which
// services send in an order of their own, errors of connections, and TLS.
[[nodiscard]] std::optional<Error> disordered(const Experiment& experiment);

[[nodiscard]] faults::Plan fault_plan(const Experiment& experiment,
                                      faults::After after = faults::After::last);
// Those of the further dependencies of the service that calls go through.
[[nodiscard]] std::vector<faults::Plan> other_plans(const Experiment& experiment);
// What each call goes through, the breaker and the timeout of an attempt included.
[[nodiscard]] client::Policies policies_of(const Experiment& experiment);
// Without would_succeed, which only the upstream that is called can know.
[[nodiscard]] load::LoadPlan load_plan(const Experiment& experiment);
// LoadPlan::would_succeed of a load on the upstream of `injector`, which must outlive it.
[[nodiscard]] std::function<bool(const load::LoadPlan::Kept& call, TimePoint now)> would_succeed(
    const Experiment& experiment, faults::Injector& injector);
[[nodiscard]] load::BreakerBank breaker_bank(const Experiment& experiment);

// What calls count as: to the caller the default, then failure_statuses, then counts; to the
// breakers what their library or the imported file counts, then the same two, then breaker_counts.
[[nodiscard]] OutcomeRules caller_rules(const Experiment& experiment);
[[nodiscard]] OutcomeRules breaker_rules(const Experiment& experiment);

// These two as the texts of `counts` and `breaker_counts`, whatever they were made of: an
// experiment of the same dialect with these texts and no others has the same rules. "" where
// nothing is to be said.
struct CountsTexts {
  std::string counts;
  std::string breaker_counts;
};
[[nodiscard]] CountsTexts counts_texts(const Experiment& experiment);

// The load and the outage that the breaker's settings are judged against, by what the breaker
// counts: the faulty phase in which most calls fail or, where none do, go wrong in a way that it
// does not count; where none do that either, the slowest. Of breakers per endpoint, the one that
// fares worst.
[[nodiscard]] breaker::Traffic traffic(const Experiment& experiment);

// What comes to one breaker on a good day, for forecasts: the rate and the failures of traffic(),
// and the normal latency of the first endpoint. A closed loop calls as often as its workers can,
// without a breaker. None if all calls fail, or if nobody can say how often they are made.
[[nodiscard]] std::optional<forecast::Baseline> everyday(const Experiment& experiment);

// How often its breaker would trip on such days. Takes some hundredths of a second, and up to a
// second if an expectation is about it.
[[nodiscard]] std::optional<forecast::FalseTrips> false_trips(const Experiment& experiment);

// The share of calls that fail for their caller while the upstream is normal, as it is told to.
[[nodiscard]] double planned_failures(const Experiment& experiment);

// What its expectations may name.
[[nodiscard]] expect::Names names(const Experiment& experiment);

}  // namespace tripcurve::experiment
