// tripcurve simulate: the experiment in virtual time.

#include <algorithm>
#include <memory>
#include <numeric>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/guard.hpp"
#include "cli/judging.hpp"
#include "cli/lint_text.hpp"
#include "cli/narrator.hpp"
#include "cli/run_flow.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "sim/world.hpp"

namespace tripcurve::cli {
namespace {

struct SimulateFlags {
  ExperimentFlags experiment;
  JudgingFlags judging;
  OutputFlags output;
};

Outcome simulate_once(const experiment::Experiment& experiment, const RunOutput& output,
                      const Judging& judging, const Signals& signals) {
  const auto faults = experiment::fault_plan(experiment);
  faults::Injector injector(faults);
  auto load = experiment::load_plan(experiment);
  load.would_succeed = experiment::would_succeed(experiment, injector);
  load.shards = 1;
  auto bank = experiment::breaker_bank(experiment);

  auto facts = run_facts("simulate", experiment, bank);
  Narrator narrator(facts.timetable, bank, output.display(), output.events());
  narrator.begin(scene_of(experiment, bank, "virtual time"), facts);
  Guard guard(experiment, judging.abort_on);
  std::optional<int> signal;

  const Duration second = std::chrono::seconds(1);
  const Duration frame = output.display().interval();
  const Duration point = narrator.series().interval;
  const auto shorter = [](Duration a, Duration b) {
    return Duration(std::gcd(a.count(), b.count()));
  };
  const Duration step = shorter(shorter(second, point), frame == Duration::max() ? second : frame);
  const sim::Observer observer{
      step, [&](const load::Engine& engine, const faults::Ledger& ledger, TimePoint now) {
        narrator.tell(now);
        if (narrator.next_tick() <= now) {
          narrator.tick(engine.snapshot(now));
        }
        if (const auto came = signals.wait({}); came && *came != SIGWINCH) {
          signal = came;
          facts.ending = report::Ending::interrupted;
        }
        if (facts.ending == report::Ending::completed && guard.next_look() <= now) {
          auto so_far = facts;
          so_far.ending = report::Ending::running;
          so_far.ended_at = now;
          const auto sum = [&](TimePoint until) {
            return sum_up(so_far, bank, load, engine.tally(), ledger, until);
          };
          if (auto stop = guard.look(sum, now)) {
            facts.ending = stop->ending;
            facts.stopped_because = std::move(stop->reasons);
          }
        }
        return facts.ending == report::Ending::completed;
      }};
  auto outcome = sim::run_world(load, injector, bank, sim::ServerModel{}, observer);

  facts.ended_at = outcome.ended_at;
  narrator.finish({facts.ended_at, outcome.tally.endpoints(), outcome.tally.response, 0, {}});
  facts.series = narrator.series();
  Outcome over{sum_up(std::move(facts), bank, load, std::move(outcome.tally), outcome.ledger),
               signal};
  judge(over.summary, guard, judging.expectations);
  narrator.end(over.summary);
  return over;
}

int simulate(const SimulateFlags& flags) {
  const auto experiment = described_by(flags.experiment);
  if (!experiment) {
    return usage;
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

  for (const auto& line : told_before(*experiment, lint_lines(*experiment))) {
    output->note(line);
  }
  const Signals signals;
  return run_and_report(*output, *judging, *experiment, [&](const experiment::Experiment& one) {
    return simulate_once(one, *output, *judging, signals);
  });
}

}  // namespace

Command add_simulate(CLI::App& app) {
  auto flags = std::make_shared<SimulateFlags>();
  auto* command = app.add_subcommand("simulate", "The same experiment in virtual time, in moments");
  add_file_argument(*command, flags->experiment);
  add_load_flags(*command, flags->experiment);
  add_upstream_flags(*command, flags->experiment);
  add_client_flags(*command, flags->experiment);
  add_judging_flags(*command, flags->judging);
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
