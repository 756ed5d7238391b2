// tripcurve upstream: the fault-injecting server alone.

#include <unistd.h>

#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/output_file.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "core/exit_code.hpp"
#include "core/units.hpp"
#include "net/upstream.hpp"

namespace tripcurve::cli {
namespace {

struct UpstreamFlags {
  ExperimentFlags experiment;
  std::optional<std::string> body_limit;
  bool loop = false;
  bool print_plan = false;
};

constexpr Duration attention = std::chrono::milliseconds(100);
// Of the phases of --loop: shorter ones would follow each other faster than they can be told.
constexpr Duration shortest_round = attention;

// What arrived and what was done to it, a line per phase.
std::string ledger_text(const faults::Ledger& ledger, const Timetable& timetable) {
  std::string text;
  for (std::size_t i = 0; i < ledger.phases().size(); ++i) {
    const auto& phase = ledger.phases()[i];
    text += timetable.phases()[i].name + ": " + show_count(phase.requests) + " arrived, " +
            show_count(phase.served) + " served";
    for (const auto& [kind, count] : phase.injected) {
      text += ", " + show_count(count) + " " + kind;
    }
    text += "\n";
  }
  return text;
}

// Without phases, the upstream is normal from the first to the last.
faults::After after(const UpstreamFlags& flags) {
  if (flags.experiment.phases.empty()) {
    return faults::After::last;
  }
  return flags.loop ? faults::After::again : faults::After::normal;
}

// The phase that begins at `edge`.
std::string phase_words(const faults::Plan& plan, TimePoint edge) {
  const auto phase = plan.phase_at(edge);
  const bool is_added = plan.after() == faults::After::normal && phase + 1 == plan.phases().size();
  return format_duration(edge.time_since_epoch()) + "  " +
         (is_added ? "the phases are over, and the upstream is normal again"
                   : plan.phases()[phase].text());
}

ExitCode serve(const UpstreamFlags& flags) {
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
  if (flags.loop && flags.experiment.phases.empty()) {
    return usage_error({"--loop repeats the phases, but there are none",
                        "add phases, such as --phase 'up 30s' --phase 'down 10s errors=refuse'"});
  }
  const auto plan = experiment::fault_plan(*experiment, after(flags));
  if (flags.loop && plan.timetable().end() < at(shortest_round)) {
    return usage_error(
        {"--loop: all phases together take less than " + format_duration(shortest_round),
         "make them longer"});
  }
  if (flags.print_plan) {
    print(faults::explain(plan, std::nullopt));
    return ExitCode::success;
  }

  const Signals signals;
  const net::SteadyClock clock;
  faults::Injector injector(plan);
  const net::Upstream upstream(injector, clock, options);
  print("http://127.0.0.1:" + std::to_string(upstream.port()) + "/\n");
  say("serving, seed " + std::to_string(experiment->seed) + "; Ctrl-C stops");

  TimePoint edge = flags.experiment.phases.empty() ? never : TimePoint{};
  std::optional<int> signal;
  while (!signal || *signal == SIGWINCH) {
    const auto now = clock.now();
    for (; edge <= now; edge = plan.next_edge(edge)) {
      say(phase_words(plan, edge));
    }
    if (upstream.failure()) {
      throw std::system_error(upstream.failure(), "the upstream cannot go on serving");
    }
    signal = signals.wait(attention);
  }
  signals.release();
  print(ledger_text(upstream.ledger(), plan.timetable()));
  return *signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
}

}  // namespace

Command add_upstream(CLI::App& app) {
  auto flags = std::make_shared<UpstreamFlags>();
  auto& command =
      add_command(app, "upstream", "Start only the fault-injecting server",
                  "Prints its address on standard output. After the last --phase, the\nupstream "
                  "returns to normal. Examples:\n"
                  "  tripcurve upstream --port 8080 --latency p50=20ms,p99=400ms --errors 5%\n"
                  "  tripcurve upstream --errors 500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%\n"
                  "  tripcurve upstream --phase 'up 30s' --phase 'down 10s errors=refuse' --loop");
  add_upstream_flags(command, flags->experiment);
  FlagGroup(command, "Upstream")("--loop", flags->loop, "repeat the phases after the last one");
  const FlagGroup add(command, "Server");
  add("--threads", flags->experiment.threads, "N", "serving threads (1)");
  add("--body-limit", flags->body_limit, "SIZE", "a longer request body gets a 413 (8MiB)");
  FlagGroup(command, "Other")("--print-plan", flags->print_plan,
                              "print what the faults imply, and exit");
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return serve(*flags); }};
}

}  // namespace tripcurve::cli
