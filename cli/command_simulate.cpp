// tripcurve simulate: the experiment in virtual time.

#include <memory>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/judging.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "cli/trial_flags.hpp"
#include "core/exit_code.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::cli {
namespace {

struct SimulateFlags {
  ExperimentFlags experiment;
  JudgingFlags judging;
  OutputFlags output;
};

ExitCode simulate(const SimulateFlags& flags) {
  auto experiment = described_by(flags.experiment);
  if (!experiment) {
    return ExitCode::usage;
  }
  if (const auto port = port_of(flags.experiment); !port) {
    return usage_error(port.error());
  }
  const auto faults = experiment::fault_plan(*experiment);
  if (flags.output.print_plan) {
    return print_plan(*experiment, faults);
  }
  const auto judging = judging_of(flags.judging, *experiment);
  if (!judging) {
    return usage_error(judging.error());
  }
  auto output = RunOutput::open(flags.output, *experiment, RunOutput::World::simulated);
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
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return simulate(*flags); }};
}

}  // namespace tripcurve::cli
