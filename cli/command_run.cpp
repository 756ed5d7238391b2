// tripcurve run: the experiment on the wire, live.

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/judging.hpp"
#include "cli/page_flags.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "cli/simulation_check.hpp"
#include "cli/trial_flags.hpp"
#include "core/exit_code.hpp"
#include "faults/virtual_time.hpp"
#include "load/worker_curve.hpp"
#include "net/client.hpp"
#include "trial/wire.hpp"

namespace tripcurve::cli {
namespace {

struct RunFlags {
  ExperimentFlags experiment;
  JudgingFlags judging;
  OutputFlags output;
  PageFlags pages;
  std::optional<std::string> check_sim;
};

// Connections need a file each, two when their other end is in this process. Lowers the default cap
// to what fits and says so; refuses what was asked for and does not fit.
std::optional<Error> fit_to_file_limit(experiment::Experiment& experiment, const RunFlags& flags,
                                       const RunOutput& output) {
  const auto [limit, fits] =
      trial::room_for_calls(experiment.threads, !flags.experiment.target, experiment.topology);
  const auto* closed = std::get_if<load::ClosedLoop>(&experiment.loop);
  const std::uint64_t wanted =
      closed != nullptr ? load::peak_workers(*closed) : experiment.max_in_flight;
  if (wanted <= fits) {
    return std::nullopt;
  }
  if (closed != nullptr || flags.experiment.max_in_flight || fits < experiment.threads) {
    return Error{
        std::string(closed != nullptr ? "--workers" : "--max-in-flight") + ": " +
            std::to_string(wanted) + " connections" +
            (experiment.topology.empty() ? "" : " and those of the services behind them") +
            " need more open files than the limit of " + std::to_string(limit),
        (fits < experiment.threads ? "" : "ask for at most " + std::to_string(fits) + ", or ") +
            std::string("raise `ulimit -n`")};
  }
  experiment.max_in_flight = static_cast<std::uint32_t>(fits);
  output.note("the limit of " + std::to_string(limit) + " open files allows --max-in-flight " +
              std::to_string(fits) + " instead of " + std::to_string(wanted));
  return std::nullopt;
}

Result<net::Target> target_of(const ExperimentFlags& flags) {
  auto parsed = net::parse_target(*flags.target);
  if (!parsed) {
    return parsed.error().in("--target");
  }
  auto target = *std::move(parsed);
  if (!target.tls && (flags.insecure || flags.cacert)) {
    return Error{std::string(flags.insecure ? "--insecure" : "--cacert") +
                     " is for certificates, and '" + *flags.target + "' has none",
                 "write https://" + target.authority() + target.path + ", or leave it out"};
  }
  if (target.tls) {
    target.tls = {.anyone = flags.insecure, .ca_file = flags.cacert.value_or("")};
  }
  if (const auto error = net::resolve(target)) {
    throw std::system_error(error, "--target: cannot resolve '" + target.host +
                                       "'; check the name, or write the address");
  }
  if (!target.loopback && !flags.allow_remote) {
    return Error{"--target: '" + target.host + "' is not on this machine",
                 "add --allow-remote if the upstream there may be put under load"};
  }
  return target;
}

// Ends the run as Ctrl-C does, and a second time does nothing. For other threads.
std::function<void()> interrupt_once() {
  return [done = std::make_shared<std::atomic<bool>>(false)] {
    if (!done->exchange(true)) {
      kill(getpid(), SIGINT);
    }
  };
}

ExitCode run(const RunFlags& flags) {
  auto described = described_by(flags.experiment);
  if (!described) {
    return ExitCode::usage;
  }
  auto& experiment = *described;
  if (flags.output.print_plan) {
    return print_plan(experiment, experiment::fault_plan(experiment));
  }
  const auto port = port_of(flags.experiment);
  if (!port) {
    return usage_error(port.error());
  }
  const auto tolerance = parse_sim_tolerance(flags.check_sim.value_or(""));
  if (!tolerance) {
    return usage_error(tolerance.error());
  }
  if (flags.check_sim && flags.experiment.target) {
    return usage_error({"--check-sim: what the upstream of --target does cannot be simulated",
                        "leave out one of them"});
  }

  if (const auto error = faults::not_simulated(experiment.upstream, experiment.phases);
      flags.check_sim && error) {
    return usage_error(error->in("--check-sim"));
  }

  net::Target target{.host = "127.0.0.1", .loopback = true};
  if (flags.experiment.target) {
    const auto given = target_of(flags.experiment);
    if (!given) {
      return usage_error(given.error());
    }
    target = *given;
    if (flags.experiment.endpoints.empty()) {
      experiment.endpoints = {{.path = target.path}};
    } else if (target.path != "/") {
      return usage_error(
          {"--target names the path '" + target.path + "', but --endpoint gives others",
           "give paths with --endpoint only"});
    }
    if (const auto error = net::try_connect(target)) {
      throw std::system_error(error, "--target: cannot connect to " + target.authority());
    }
    if (target.tls) {
      if (const auto error = net::try_handshake(target)) {
        return environment_error(*error);
      }
    }
  }

  const auto judging = judging_of(flags.judging, experiment);
  if (!judging) {
    return usage_error(judging.error());
  }
  auto output = RunOutput::open(flags.output, experiment, RunOutput::World::real);
  if (!output) {
    return usage_error(output.error());
  }
  auto origin = announce(experiment, *output);
  if (flags.experiment.target) {
    origin.false_trips.reset();  // nobody knows how a target fares on a good day
  }
  if (const auto error = fit_to_file_limit(experiment, flags, *output)) {
    return environment_error(*error);
  }

  const Signals signals;  // before any thread
  const auto options = pages_of(flags.pages, !flags.experiment.target);
  if (!options) {
    return usage_error(options.error());
  }
  const trial::Pages pages(*options);
  for (const auto& line : pages.notes()) {
    output->note(line);
  }
  auto audience = audience_of(*output, signals);
  if (pages.dashboard() != nullptr) {
    audience.displays.push_back(pages.dashboard());
  }
  auto wire = flags.experiment.target ? std::make_unique<trial::Wire>(target)
                                      : std::make_unique<trial::Wire>(*port);
  wire->show_in(pages, interrupt_once());
  const auto summary = trial::run_all(experiment, *wire, origin, *judging, audience);
  signals.release();
  const auto check =
      flags.check_sim ? check_simulation(summary, experiment, *tolerance) : SimulationCheck();
  const auto code = output->write(summary, check.text);
  pages.done(summary);
  return code == ExitCode::success && !check.agrees ? ExitCode::failure : code;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  auto& command = add_command(
      app, "run", "Break an upstream and watch the breaker live",
      "Without flags, runs the built-in outage: 20 s at 200/s. Examples:\n"
      "  tripcurve run --latency 20ms --errors 30% --duration 15s\n"
      "  tripcurve run --phase 'ok 5s' --phase 'down 9s errors=100%' --phase 'back 9s'\n"
      "  tripcurve run --workers 50 --breaker classic,failures=10,timeout=5s --json -");
  add_file_argument(command, flags->experiment);
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_client_flags(command, flags->experiment);
  const FlagGroup add(command, "Load");
  add("--target", flags->experiment.target, "URL",
      "call this http or https URL, not the built-in upstream");
  add("--allow-remote", flags->experiment.allow_remote, "allow a --target on another machine");
  add("--insecure", flags->experiment.insecure, "take any certificate of an https --target");
  add("--cacert", flags->experiment.cacert, "FILE", "who may have signed its certificate, in PEM",
      Completion::of_files());
  add_judging_flags(command, flags->judging);
  FlagGroup(command, "Verdict")
      .with_optional_text("--check-sim", flags->check_sim, "[SHARE]",
                          "simulate it, too; fail if numbers differ by more (5%)");
  add_output_flags(command, flags->output);
  add_page_flags(command, flags->pages);
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return run(*flags); }};
}

}  // namespace tripcurve::cli
