// tripcurve lint: settings that cannot do what they say, told without running anything.

#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/lint_text.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/units.hpp"
#include "lint/lint.hpp"

namespace tripcurve::cli {
namespace {

std::string trips_text(double per_month) {
  if (per_month >= 1000) {
    return show_count(static_cast<std::uint64_t>(per_month));
  }
  return per_month > 0 && per_month < 0.01 ? "fewer than 0.01" : fmt::format("{:.3g}", per_month);
}

// "False trips in 30 days if 1% of calls fail: 0.02, and 1,200 if half the failures are followed by
// another".
std::string forecast_text(const breaker::Choice& choice, const breaker::Traffic& traffic) {
  const auto trips = lint::false_trips(choice, traffic);
  if (!trips) {
    return "False trips: there is no formula for these settings; simulate can count them\n";
  }
  auto text = fmt::format("False trips in 30 days if {} of calls fail: {}",
                          show_share(traffic.normal_errors), trips_text(trips->independent));
  if (trips->bursty && traffic.normal_errors > 0) {
    text += fmt::format(", and {} if half of the failures are followed by another failure",
                        trips_text(*trips->bursty));
  }
  return text + "\n";
}

ExitCode lint_settings(const ExperimentFlags& flags) {
  const auto experiment = described_by(flags);
  if (!experiment) {
    return ExitCode::usage;
  }
  const auto traffic = experiment::traffic(*experiment);
  print(fmt::format("{}\nat {}\n\n", experiment->breaker.text(), traffic_text(traffic)));
  const auto warnings = lint_lines(*experiment);
  for (const auto& line : told_before(*experiment, warnings)) {
    print(line + "\n");
  }
  print(forecast_text(experiment->breaker, traffic));
  return warnings.empty() ? ExitCode::success : ExitCode::failure;
}

}  // namespace

Command add_lint(CLI::App& app) {
  auto flags = std::make_shared<ExperimentFlags>();
  auto& command =
      add_command(app, "lint", "Find settings that cannot work as intended",
                  "Judges the settings against the load and the outage of the experiment.\n"
                  "Exit 0: no warnings, 1: at least one warning. Examples:\n"
                  "  tripcurve lint tripcurve.yaml\n"
                  "  tripcurve lint --breaker gobreaker,Interval=500ms --timeout 1s\n"
                  "  tripcurve lint --breaker classic --rate 100/s --errors 5%\n"
                  "  tripcurve lint --phase 'ok 1m' --phase 'slow 1m latency=2s..3s' --timeout 5s");
  add_file_argument(command, *flags);
  add_load_flags(command, *flags);
  add_upstream_flags(command, *flags);
  add_client_flags(command, *flags);
  add_seed_flag(command, *flags);
  return {&command, [flags] { return lint_settings(*flags); }};
}

}  // namespace tripcurve::cli
