// One experiment as values: an upstream and its faults by phase, the load, the client and its
// breaker. What flags (and, later, files) are turned into, and what run and simulate both take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "breaker/registry.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "expect/expectation.hpp"
#include "faults/plan.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"

namespace tripcurve::experiment {

// A result that the experiment asks for: "html" to "out/report.html".
struct Output {
  std::string format;  // json, events, junit, markdown, csv, html
  std::string path;
  friend bool operator==(const Output&, const Output&) = default;
};

struct Experiment {
  std::string name;
  std::string description{};
  std::uint64_t seed = 0;
  faults::Upstream upstream;
  std::vector<faults::PhaseSpec> phases;  // at least one
  std::variant<load::OpenLoop, load::ClosedLoop> loop;
  Duration timeout = std::chrono::seconds(1);
  std::uint32_t max_in_flight = 1000;
  std::vector<load::Endpoint> endpoints{load::Endpoint{}};
  std::uint32_t threads = 1;
  std::uint32_t instances = 1;  // clients, each with breakers of its own
  FailureStatuses failures{};
  breaker::Choice breaker;
  load::BreakerScope scope = load::BreakerScope::client;
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

// What the load and the phases cannot both say: stages that last longer or shorter than the phases.
[[nodiscard]] std::optional<Error> contradiction(const Experiment& experiment);

[[nodiscard]] faults::Plan fault_plan(const Experiment& experiment);
// Its would_succeed() asks a fault plan of its own; whose upstream is another's takes it away.
[[nodiscard]] load::LoadPlan load_plan(const Experiment& experiment);
[[nodiscard]] load::BreakerBank breaker_bank(const Experiment& experiment);

// The load and the outage that the breaker's settings are judged against: the faulty phase in which
// most calls fail or, where none do, the slowest. Of the requests that no rule is about.
[[nodiscard]] breaker::Traffic traffic(const Experiment& experiment);

// What its expectations may name.
[[nodiscard]] expect::Names names(const Experiment& experiment);

}  // namespace tripcurve::experiment
