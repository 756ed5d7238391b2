// The flags that describe an experiment, and what they mean together. run, simulate and upstream
// declare the groups they need here, so their names, help and errors are the same everywhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "core/result.hpp"
#include "experiment/experiment.hpp"

namespace tripcurve::cli {

// As typed; empty means "not given".
struct ExperimentFlags {
  std::optional<std::string> file;  // an argument, not a flag
  std::optional<std::string> rate, arrival, think, fail_fast_pause, timeout, gap_timeout, abandon,
      caller_timeout;
  std::optional<std::string> max_in_flight, threads;
  std::optional<std::string> latency, errors, rate_limit, capacity, size, bandwidth, body, stream;
  std::optional<std::string> duration, port, seed;
  std::optional<std::string> breaker, breaker_from, breaker_per, versus, target, upstream, cacert;
  std::optional<std::string> cert, key, tls_ca_out;
  std::optional<std::string> through, id_header, like, start;
  std::optional<std::string> instances, failure_statuses, counts, breaker_counts;
  std::vector<std::string> phases, stages, workers, endpoints, profiles, policies, states;
  bool allow_remote = false, insecure = false, tls = false, stop_at_error_event = false;
};

// The names of the dialects.
[[nodiscard]] Completion breaker_completion();

void add_file_argument(CLI::App& command, ExperimentFlags& flags);
void add_load_flags(CLI::App& command, ExperimentFlags& flags);
void add_upstream_flags(CLI::App& command, ExperimentFlags& flags);
void add_client_flags(CLI::App& command, ExperimentFlags& flags);
// Of a client whose breaker is named elsewhere.
void add_counting_flags(CLI::App& command, ExperimentFlags& flags);
// Of one whose calls were made already: what they count as.
void add_outcome_flags(CLI::App& command, ExperimentFlags& flags);
void add_seed_flag(CLI::App& command, ExperimentFlags& flags);

// The experiment that the flags describe. Of a `base` that a file describes they replace what they
// name. Without one the base is the built-in outage, and flags that say how the upstream behaves
// (--phase, --stage, --workers with stages, --duration, --latency, --errors, --rate-limit,
// --capacity,
// --target) replace its story.
[[nodiscard]] Result<experiment::Experiment> experiment_of(
    const ExperimentFlags& flags, std::optional<experiment::Experiment> base = std::nullopt);

// Just the upstream of it, for `tripcurve upstream`: without --phase it behaves the same for ever.
[[nodiscard]] Result<experiment::Experiment> upstream_of(const ExperimentFlags& flags);

[[nodiscard]] Result<std::uint16_t> port_of(const ExperimentFlags& flags);

}  // namespace tripcurve::cli
