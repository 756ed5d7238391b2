// tripcurve simulate: the experiment in virtual time.

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/judging.hpp"
#include "cli/run_output.hpp"
#include "cli/sharding.hpp"
#include "cli/signals.hpp"
#include "cli/simulated_series.hpp"
#include "cli/trial_flags.hpp"
#include "core/exit_code.hpp"
#include "experiment/write.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::cli {
namespace {

struct SimulateFlags {
  ExperimentFlags experiment;
  JudgingFlags judging;
  OutputFlags output;
  ShardFlags shards;
};

bool wants_events(const OutputFlags& flags, const experiment::Experiment& experiment) {
  return flags.events.has_value() ||
         std::ranges::find(experiment.outputs, "events", &experiment::Output::format) !=
             experiment.outputs.end();
}

// Nobody watches them, so they can be made together.
ExitCode simulate_series(const SimulateFlags& flags, const experiment::Experiment& experiment,
                         const trial::Judging& judging, const trial::Origin& origin,
                         const RunOutput& output) {
  output.display().series_over();  // how far all of them are is told together
  SimulatedSeries series(experiment, judging, origin, wants_events(flags.output, experiment),
                         output);
  if (const auto ended = do_work(flags.shards, series, experiment::write_experiment(experiment),
                                 "simulating", "interrupted")) {
    return *ended;
  }
  return output.write(series.outcome());
}

// What cannot be shared between machines.
std::optional<Error> unfit_for_shards(const SimulateFlags& flags, const trial::Judging& judging) {
  if (const auto error = unfit_for_shards(flags.shards, flags.experiment)) {
    return error;
  }
  if (flags.shards.shard && judging.repeat == 1) {
    return Error{"--shard: a single run cannot be shared", "say how many there are: --repeat 100"};
  }
  if (flags.shards.shard && flags.output.progress) {
    return Error{"--shard and --progress contradict each other", "leave out --progress"};
  }
  return std::nullopt;
}

// Of a shard, which leaves its part and nothing else.
Result<RunOutput> no_output(OutputFlags flags, experiment::Experiment experiment) {
  flags.reports = {};
  flags.events.reset();
  experiment.outputs.clear();
  return RunOutput::open(std::move(flags), experiment, RunOutput::World::simulated);
}

ExitCode simulate(const SimulateFlags& flags) {
  auto experiment = simulated_by(flags.experiment);
  if (!experiment) {
    return ExitCode::usage;
  }
  if (const auto port = port_of(flags.experiment); !port) {
    return usage_error(port.error());
  }
  if (flags.output.print_plan) {
    return print_plan(*experiment);
  }
  const auto judging = judging_of(flags.judging, *experiment);
  if (!judging) {
    return usage_error(judging.error());
  }
  if (const auto error = unfit_for_shards(flags, *judging)) {
    return usage_error(*error);
  }
  auto output = flags.shards.shard
                    ? no_output(flags.output, *experiment)
                    : RunOutput::open(flags.output, *experiment, RunOutput::World::simulated);
  if (!output) {
    return usage_error(output.error());
  }
  for (const auto& [flag, given] : {std::pair{"--threads", flags.experiment.threads.has_value()},
                                    std::pair{"--port", flags.experiment.port.has_value()}}) {
    if (given) {
      output->note(std::string(flag) + " has no effect in virtual time");
    }
  }

  const auto origin = announce(*experiment, *output);
  if (judging->repeat > 1 && !flags.output.progress) {
    return simulate_series(flags, *experiment, *judging, origin, *output);
  }
  const Signals signals;
  trial::VirtualTime world;
  const auto summary =
      trial::run_all(*experiment, world, origin, *judging, audience_of(*output, signals));
  signals.release();
  return output->write(summary);
}

}  // namespace

Command add_simulate(CLI::App& app) {
  auto flags = std::make_shared<SimulateFlags>();
  auto& command = add_command(
      app, "simulate", "Run the same experiment in virtual time, in moments",
      "Examples:\n"
      "  tripcurve simulate --seed 1\n"
      "  tripcurve simulate --rate 10000/s --duration 1h --errors 1% --json result.json\n"
      "  tripcurve simulate --phase 'ok 1m' --phase 'slow 1m latency=2s' --timeout 5s");
  add_file_argument(command, flags->experiment);
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_client_flags(command, flags->experiment);
  add_judging_flags(command, flags->judging);
  add_output_flags(command, flags->output);
  add_shard_flags(command, flags->shards);
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return simulate(*flags); }};
}

}  // namespace tripcurve::cli
