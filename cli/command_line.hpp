// The command as it was typed, so that a report can say how to run it again.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace tripcurve::cli {

// Called once, by main(); and again by a command that has another one done, with its words.
void remember_command_line(int argc, const char* const* argv);
void remember_command_line(const std::vector<std::string>& words);

// What was typed, word by word, but for --shard and --parts: it does all of the work that this is
// one shard of.
[[nodiscard]] std::vector<std::string> command_without_shard();

// A line for a shell that makes the same run again, in the same folder: with the experiment's seed,
// whatever seeds were typed, with the file that nobody named because it lay there, and with the
// environment's variables that the file was filled in with. The flags that say where results go,
// and how often it is run, are left out.
//
// What came in by a pipe cannot be read again. Such a run is made of its own result, which has the
// experiment in it; the flags that are no part of an experiment are kept.
[[nodiscard]] std::string run_again(const experiment::Experiment& experiment);

// The same for all runs of a series, of which `first` is the experiment of the first.
[[nodiscard]] std::string series_again(const experiment::Experiment& first);

}  // namespace tripcurve::cli
