#include "cli/run_output.hpp"

#include <unistd.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/waiting.hpp"
#include "core/exit_code.hpp"
#include "core/units.hpp"
#include "report/formats.hpp"
#include "report/verdict.hpp"

namespace tripcurve::cli {

void add_output_flags(CLI::App& command, OutputFlags& flags) {
  const auto add = add_report_flags(command, flags.reports);
  add("--events", flags.events, "FILE", "write events as JSON lines during the run",
      Completion::of_files());
  add("--progress", flags.progress, "TIME", "time between updates (100ms; 1s in a pipe)");
  add_colour_flag(add, flags.colour);
  add("--quiet", flags.quiet, "no live view; the report is still printed");
  add("--print-plan", flags.print_plan, "print what the faults imply, and exit");
}

namespace {

void add_outputs(OutputFlags& flags, const std::vector<experiment::Output>& outputs) {
  const auto formats = report::formats();
  for (const auto& output : outputs) {
    const auto format = std::ranges::find(formats, output.format, &report::Format::name);
    auto& path = format == formats.end()
                     ? flags.events
                     : flags.reports.paths[static_cast<std::size_t>(format - formats.begin())];
    if (!path) {
      path = output.path;
    }
  }
}

}  // namespace

Result<RunOutput> RunOutput::open(OutputFlags flags, const experiment::Experiment& experiment,
                                  World world) {
  add_outputs(flags, experiment.outputs);
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
  const auto colour = colour_of(flags.colour);
  if (!colour) {
    return colour.error();
  }
  auto files = files_of(flags.reports);
  if (flags.events) {
    files.push_back({"--events", *flags.events});
  }
  if (const auto error = written_twice(files)) {
    return *error;
  }

  RunOutput output;
  output.colour_ = *colour;
  output.reports_ = std::make_unique<ReportFiles>(flags.reports);
  if (flags.events) {
    output.events_ = std::make_unique<EventFile>(
        *flags.events, world == World::real ? live::Haste::cannot_wait : live::Haste::can_wait);
  }
  output.silent_ = flags.quiet || (world == World::simulated && !flags.progress);
  if (flags.quiet) {
    output.display_ = live::make_silent();
  } else if (output.silent_) {
    output.display_ = make_simulation_progress(
        experiment::load_plan(experiment).timetable.end().time_since_epoch());
  } else if (world == World::real && live::is_terminal(STDERR_FILENO) && live::moves_its_cursor()) {
    output.display_ = live::make_panel(STDERR_FILENO, style_on(STDERR_FILENO, *colour), interval);
  } else {
    output.display_ =
        live::make_plain(STDERR_FILENO, interval,
                         world == World::real ? live::Haste::cannot_wait : live::Haste::can_wait);
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

ExitCode RunOutput::write(const report::Summary& summary, const report::MarkedText& more) const {
  display_->series_over();
  bool complete = reports_->write(summary);
  auto text = report::to_marked_text(summary);
  text += more;
  if (reports_->take_stdout() || (events_ != nullptr && events_->is_stdout())) {
    say(text, colour_);
  } else {
    complete = all_well(try_print(text, colour_)) && complete;
  }
  if (events_ != nullptr) {  // last: it may have to wait for its reader
    complete = all_well(events_->finish()) && complete;
  }
  return complete ? report::exit_code(summary.verdict.result) : ExitCode::environment;
}

ExitCode print_plan(const experiment::Experiment& experiment) {
  auto text = faults::explain(experiment::fault_plan(experiment), experiment.timeout);
  const auto others = experiment::other_plans(experiment);
  for (std::size_t i = 0; i < others.size(); ++i) {
    text += "\nDependency " + experiment.through->others[i].name + ":\n" +
            faults::explain(others[i], experiment.timeout);
  }
  print(text);
  return ExitCode::success;
}

}  // namespace tripcurve::cli
