// tripcurve upstream: the fault-injecting server alone.

#include <unistd.h>

#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/output_file.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "core/units.hpp"
#include "net/upstream.hpp"

namespace tripcurve::cli {
namespace {

struct UpstreamFlags {
  ExperimentFlags experiment;
  std::optional<std::string> body_limit;
  bool print_plan = false;
};

constexpr Duration attention = std::chrono::milliseconds(100);

// What arrived and what was done to it, a line per phase.
std::string ledger_text(const faults::Ledger& ledger, const Timetable& timetable) {
  std::string text;
  for (std::size_t i = 0; i < ledger.phases().size(); ++i) {
    const auto& phase = ledger.phases()[i];
    text += timetable.phases()[i].name + ": " + show_count(phase.arrived) + " arrived, " +
            show_count(phase.served) + " served";
    for (const auto& [kind, count] : phase.injected) {
      text += ", " + show_count(count) + " " + kind;
    }
    text += "\n";
  }
  return text;
}

int serve(const UpstreamFlags& flags) {
  const auto experiment = upstream_of(flags.experiment);
  if (!experiment) {
    return usage_error(experiment.error());
  }
  const auto port = port_of(flags.experiment);
  if (!port) {
    return usage_error(port.error());
  }
  net::UpstreamOptions options;
  options.port = *port;
  options.threads = experiment->threads;
  if (flags.body_limit) {
    const auto limit = parse_size(*flags.body_limit);
    if (!limit) {
      return usage_error(limit.error().in("--body-limit"));
    }
    options.body_limit = *limit;
  }
  const auto plan = experiment::fault_plan(*experiment);
  if (flags.print_plan) {
    print(faults::explain(plan, std::nullopt));
    return finished;
  }

  const Signals signals;
  const net::SteadyClock clock;
  const net::Upstream upstream(plan, clock, options);
  print("http://127.0.0.1:" + std::to_string(upstream.port()) + "/\n");
  say("serving, seed " + std::to_string(experiment->seed) + "; Ctrl-C stops");

  const auto& phases = plan.timetable().phases();
  std::size_t told = 0;
  std::optional<int> signal;
  while (!signal || *signal == SIGWINCH) {
    const auto now = clock.now();
    for (; phases.size() > 1 && told < phases.size() && phases[told].begin <= now; ++told) {
      say(format_duration(phases[told].begin.time_since_epoch()) + "  " +
          plan.phases()[told].text());
    }
    if (upstream.failure()) {
      throw std::system_error(upstream.failure(), "the upstream cannot go on serving");
    }
    signal = signals.wait(attention);
  }
  print(ledger_text(upstream.ledger(), plan.timetable()));
  return *signal == SIGTERM ? terminated : interrupted;
}

}  // namespace

Command add_upstream(CLI::App& app) {
  auto flags = std::make_shared<UpstreamFlags>();
  auto& command = add_command(
      app, "upstream", "Only the fault-injecting server",
      "Prints its address on standard output. Examples:\n"
      "  tripcurve upstream --port 8080 --latency p50=20ms,p99=400ms --errors 5%\n"
      "  tripcurve upstream --errors 500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%\n"
      "  tripcurve upstream --phase 'up 30s' --phase 'down 10s errors=refuse'");
  add_upstream_flags(command, flags->experiment);
  const FlagGroup add(command, "Server");
  add("--threads", flags->experiment.threads, "N", "serving threads (1)");
  add("--body-limit", flags->body_limit, "SIZE", "a longer request body gets a 413 (8MiB)");
  FlagGroup(command, "Other")("--print-plan", flags->print_plan,
                              "say what the faults imply, and stop");
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return serve(*flags); }};
}

}  // namespace tripcurve::cli
