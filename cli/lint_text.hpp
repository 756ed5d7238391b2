// How warnings about settings read, for lint itself and for the commands that run a breaker.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace tripcurve::cli {

// A line per warning of the experiment's breaker: the setting, the reason, the remedy; those of the
// file that it was read from first. Then those of a topology's links, which begin with its name.
[[nodiscard]] std::vector<std::string> lint_lines(const experiment::Experiment& experiment);

// What else is to be known of it: the notes of that file, and what the breaker counts otherwise
// than the caller.
[[nodiscard]] std::vector<std::string> notes_of(const experiment::Experiment& experiment);

// All that is to be told before a run: these notes, then these warnings.
[[nodiscard]] std::vector<std::string> told_before(const experiment::Experiment& experiment,
                                                   const std::vector<std::string>& warnings);

// What load and outage the settings are judged against.
[[nodiscard]] std::string traffic_text(const breaker::Traffic& traffic);

}  // namespace tripcurve::cli
