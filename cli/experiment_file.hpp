// An experiment file that an argument names.
#pragma once

#include <optional>
#include <string>

#include "cli/experiment_flags.hpp"
#include "experiment/read.hpp"

namespace tripcurve::cli {

// The name of a file that nobody names.
inline constexpr const char* default_experiment_file = "tripcurve.yaml";

// Reads it, or standard input for "-", with the environment and the files beside it. A file without
// a seed gets one that nobody has had. Throws std::system_error when it cannot be read.
[[nodiscard]] experiment::Reading read_experiment_file(const std::string& path);

// The experiment of a command that takes a file and flags: the file they name, or tripcurve.yaml if
// there is one here, or else the built-in outage, and what the flags change. Empty after it has
// said what is wrong, which is ExitCode::usage; so it is when the experiment calls a service
// (`through`) and the command does not take those.
[[nodiscard]] std::optional<experiment::Experiment> described_by(const ExperimentFlags& flags,
                                                                 bool takes_services = false);
// The same for virtual time: refuses faults that have no meaning there, too.
[[nodiscard]] std::optional<experiment::Experiment> simulated_by(const ExperimentFlags& flags);

// "tripcurve.yaml:12:5: an upstream has no key 'latencey' (did you mean 'latency'?)"
[[nodiscard]] std::string error_line(const Error& error);

}  // namespace tripcurve::cli
