// tripcurve explain-faults: what the faults of an experiment imply, without running it.

#include <memory>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/run_output.hpp"

namespace tripcurve::cli {

Command add_explain_faults(CLI::App& app) {
  auto flags = std::make_shared<ExperimentFlags>();
  auto& command = add_command(
      app, "explain-faults", "Tell what the faults of an experiment imply",
      "For each phase: the quantiles of the latency, the share of each outcome, and how\n"
      "many requests miss the client's timeout. `--print-plan` of run, simulate,\n"
      "upstream and proxy prints the same. Examples:\n"
      "  tripcurve explain-faults tripcurve.yaml\n"
      "  tripcurve explain-faults --latency p50=20ms,p99=400ms --errors 5%,burst=20");
  add_file_argument(command, *flags);
  add_upstream_flags(command, *flags);
  add_load_flags(command, *flags);
  add_seed_flag(command, *flags);
  return {&command, [flags] {
            const auto experiment = described_by(*flags, /*takes_services=*/true);
            return experiment ? print_plan(*experiment) : ExitCode::usage;
          }};
}

}  // namespace tripcurve::cli
