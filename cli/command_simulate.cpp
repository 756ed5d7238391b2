// tripcurve simulate: the experiment in virtual time.

#include <algorithm>
#include <memory>
#include <numeric>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/lint_text.hpp"
#include "cli/narrator.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "sim/world.hpp"

namespace tripcurve::cli {
namespace {

struct SimulateFlags {
  ExperimentFlags experiment;
  OutputFlags output;
};

int simulate(const SimulateFlags& flags) {
  const auto experiment = experiment_of(flags.experiment);
  if (!experiment) {
    return usage_error(experiment.error());
  }
  if (const auto port = port_of(flags.experiment); !port) {
    return usage_error(port.error());
  }
  const auto faults = experiment::fault_plan(*experiment);
  if (flags.output.print_plan) {
    return print_plan(*experiment, faults);
  }
  auto output = RunOutput::open(flags.output, RunOutput::World::simulated);
  if (!output) {
    return usage_error(output.error());
  }
  for (const auto& [flag, given] : {std::pair{"--threads", flags.experiment.threads.has_value()},
                                    std::pair{"--port", flags.experiment.port.has_value()}}) {
    if (given) {
      output->note(std::string(flag) + " has no effect in virtual time");
    }
  }

  auto warnings = lint_lines(*experiment);
  for (const auto& line : told_before(*experiment, warnings)) {
    output->note(line);
  }
  auto load = experiment::load_plan(*experiment);
  load.shards = 1;
  auto bank = experiment::breaker_bank(*experiment);
  const Signals signals;
  std::optional<int> stopped_by;

  auto facts = run_facts("simulate", *experiment, bank, std::move(warnings));
  Narrator narrator(facts.timetable, bank, output->display(), output->events());
  narrator.begin(scene_of(*experiment, bank, "virtual time"), facts);

  const Duration second = std::chrono::seconds(1);
  const Duration frame = output->display().interval();
  const sim::Observer observer{
      frame == Duration::max() ? second : Duration(std::gcd(second.count(), frame.count())),
      [&](const load::Engine& engine, TimePoint now) {
        narrator.tell(now);
        if (narrator.next_tick() <= now) {
          narrator.tick(engine.snapshot(now));
        }
        const auto signal = signals.wait({});
        if (signal && *signal != SIGWINCH) {
          stopped_by = signal;
        }
        return !stopped_by;
      }};
  auto outcome = sim::run_world(load, faults, bank, sim::ServerModel{}, observer);

  facts.ended_at = outcome.ended_at;
  facts.ending = stopped_by ? report::Ending::interrupted : report::Ending::completed;
  return finish_run(*output, narrator, bank, outcome.ledger, std::move(facts),
                    {load, std::move(outcome.tally)}, stopped_by);
}

}  // namespace

Command add_simulate(CLI::App& app) {
  auto flags = std::make_shared<SimulateFlags>();
  auto* command = app.add_subcommand("simulate", "The same experiment in virtual time, in moments");
  add_load_flags(*command, flags->experiment);
  add_upstream_flags(*command, flags->experiment);
  add_client_flags(*command, flags->experiment);
  add_output_flags(*command, flags->output);
  add_seed_flag(*command, flags->experiment);
  command->footer(
      "Examples:\n"
      "  tripcurve simulate --seed 1\n"
      "  tripcurve simulate --rate 10000/s --duration 1h --errors 1% --json result.json\n"
      "  tripcurve simulate --phase 'ok 1m' --phase 'slow 1m latency=2s' --timeout 5s");
  return {command, [flags] { return simulate(*flags); }};
}

}  // namespace tripcurve::cli
