#include "cli/run_output.hpp"

#include <unistd.h>

#include <csignal>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/version.hpp"
#include "core/units.hpp"
#include "load/rate_curve.hpp"
#include "report/formats.hpp"

namespace tripcurve::cli {
namespace {

std::string load_words(const experiment::Experiment& experiment) {
  if (const auto* open = std::get_if<load::OpenLoop>(&experiment.loop)) {
    const auto rate = open->stages.empty() ? format_rate(open->rate)
                                           : "up to " + format_rate(load::highest_rate(*open));
    return rate + (open->arrival == load::Arrival::poisson ? " poisson" : " constant");
  }
  const auto& closed = std::get<load::ClosedLoop>(experiment.loop);
  return std::to_string(closed.workers) + (closed.workers == 1 ? " worker" : " workers");
}

std::vector<std::string> names(const load::BreakerBank& bank) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    all.push_back(bank.name(i));
  }
  return all;
}

std::vector<report::UpstreamCounts> upstream_counts(const faults::Ledger& ledger) {
  std::vector<report::UpstreamCounts> all;
  for (const auto& phase : ledger.phases()) {
    all.push_back({phase.arrived, phase.arrived_while_open, phase.served, phase.injected});
  }
  return all;
}

}  // namespace

void add_output_flags(CLI::App& command, OutputFlags& flags) {
  const auto add = adder(command, "Output");
  add("--json", flags.json, "FILE", "write all results there; - is standard output");
  add("--events", flags.events, "FILE", "write JSON lines there as things happen");
  add("--progress", flags.progress, "TIME", "between frames or lines (100ms, in a pipe 1s)");
  command.add_flag("--quiet", flags.quiet, "no live view; the report still comes")
      ->group("Output")
      ->disable_flag_override();
  command.add_flag("--print-plan", flags.print_plan, "say what the faults imply, and stop")
      ->group("Output")
      ->disable_flag_override();
}

Result<RunOutput> RunOutput::open(const OutputFlags& flags, World world) {
  Duration interval{};
  if (flags.progress) {
    const auto given = parse_duration(*flags.progress);
    if (!given) {
      return given.error().in("--progress");
    }
    if (*given < std::chrono::milliseconds(10)) {
      return Error{"--progress: '" + *flags.progress + "' is below 10ms", "write --progress 1s"};
    }
    if (*given % std::chrono::milliseconds(1) != Duration{}) {
      return Error{"--progress: '" + *flags.progress + "' is finer than 1ms",
                   "write --progress 1s"};
    }
    if (flags.quiet) {
      return Error{"--quiet and --progress contradict each other", "give one of them"};
    }
    interval = *given;
  }
  if (flags.json && flags.json == flags.events) {
    return Error{"--json and --events both name '" + *flags.json + "'",
                 "give each a file of its own"};
  }

  RunOutput output;
  if (flags.json) {
    output.json_ = std::make_unique<OutputFile>("--json", *flags.json);
  }
  if (flags.events) {
    output.events_ = std::make_unique<OutputFile>("--events", *flags.events);
  }
  output.silent_ = flags.quiet || (world == World::simulated && !flags.progress);
  if (output.silent_) {
    output.display_ = live::make_silent();
  } else if (world == World::real && live::is_terminal(STDERR_FILENO)) {
    output.display_ = live::make_panel(STDERR_FILENO, live::style_of_environment(), interval);
  } else {
    output.display_ = live::make_plain(STDERR_FILENO, interval);
  }
  return output;
}

void RunOutput::note(const std::string& text) const {
  if (silent_) {
    say("tripcurve: " + text);
  } else {
    display_->note(text);
  }
}

void RunOutput::write(const report::Summary& summary) const {
  const bool json_takes_stdout = json_ != nullptr && json_->is_stdout();
  const bool events_take_stdout = events_ != nullptr && events_->is_stdout();
  if (json_ != nullptr) {
    json_->write(report::to_json(summary));
  }
  const auto text = report::to_text(summary);
  if (json_takes_stdout || events_take_stdout) {
    say(text.substr(0, text.size() - 1));
  } else {
    print(text);
  }
}

int print_plan(const experiment::Experiment& experiment, const faults::Plan& plan) {
  print(faults::explain(plan, experiment.timeout));
  return finished;
}

report::RunFacts run_facts(const char* command, const experiment::Experiment& experiment,
                           const load::BreakerBank& bank) {
  auto load = experiment::load_plan(experiment);
  const auto timetable = load.timetable;
  load::Tally nothing(timetable.phases().size(), load.endpoints.size());
  return {.command = command,
          .name = experiment.name,
          .tool_version = version,
          .seed = experiment.seed,
          .experiment_json = experiment::to_json(experiment),
          .host = {},
          .target = {},
          .timetable = timetable,
          .load = std::move(load),
          .tally = std::move(nothing),
          .breaker_names = names(bank),
          .dialect = experiment.breaker.text(),
          .events = {},
          .transition_count = 0,
          .upstream = {},
          .ending = report::Ending::completed,
          .ended_at = {}};
}

live::Scene scene_of(const experiment::Experiment& experiment, const load::BreakerBank& bank,
                     const std::string& target) {
  return {.title = experiment.name,
          .load = load_words(experiment),
          .target = target,
          .seed = experiment.seed,
          .timetable = experiment::load_plan(experiment).timetable,
          .endpoints = experiment.endpoints,
          .breakers = names(bank),
          .instances = experiment.instances,
          .dialect = experiment.breaker.text()};
}

int finish_run(const RunOutput& output, Narrator& narrator, const load::BreakerBank& bank,
               const std::optional<faults::Ledger>& ledger, report::RunFacts facts,
               std::optional<int> stopped_by) {
  facts.events = bank.events_since(0);
  facts.transition_count = bank.transition_count();
  if (ledger) {
    facts.upstream = upstream_counts(*ledger);
  }
  narrator.finish({facts.ended_at, facts.tally.endpoints(), facts.tally.response, 0});
  facts.series = narrator.series();
  const auto summary = report::summarize(std::move(facts));
  narrator.end(summary);
  output.write(summary);
  if (stopped_by) {
    return *stopped_by == SIGTERM ? terminated : interrupted;
  }
  return summary.verdict.result == report::Verdict::Result::inconclusive ? inconclusive : finished;
}

}  // namespace tripcurve::cli
