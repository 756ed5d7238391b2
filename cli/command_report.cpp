// tripcurve report: a result that was kept, in any format.

#include <memory>

#include "cli/colour.hpp"
#include "cli/command.hpp"
#include "cli/report_files.hpp"
#include "cli/text_file.hpp"
#include "cli/waiting.hpp"
#include "report/formats.hpp"

namespace tripcurve::cli {
namespace {

struct RenderFlags {
  std::string result;
  ReportFlags reports;
  std::optional<std::string> colour;
};

ExitCode render(const RenderFlags& flags) {
  const auto colour = colour_of(flags.colour);
  if (!colour) {
    return usage_error(colour.error());
  }
  Waiting waiting("reading " + (flags.result == "-" ? "standard input" : flags.result));
  const auto summary =
      report::read_json(flags.result, read_text_file(flags.result, report::most_result_bytes));
  waiting.now("writing the report");
  if (!summary) {
    waiting.done();
    return usage_error(summary.error());
  }
  if (const auto error = written_twice(files_of(flags.reports))) {
    waiting.done();
    return usage_error(*error);
  }
  if (flags.reports.any()) {
    if (!ReportFiles(flags.reports).write(*summary, &waiting)) {
      return ExitCode::environment;
    }
  } else {
    const auto text = report::to_marked_text(*summary);
    waiting.done();
    if (!all_well(try_print(text, *colour))) {
      return ExitCode::environment;
    }
  }
  return report::exit_code(summary->verdict.result);
}

}  // namespace

Command add_report(CLI::App& app) {
  auto flags = std::make_shared<RenderFlags>();
  auto& command =
      add_command(app, "report", "Show a saved result in another format",
                  "Without flags, prints the report as on the terminal. FILE may be - for "
                  "standard\noutput. Exits with the exit code of the result's verdict. Examples:\n"
                  "  tripcurve report run.json\n"
                  "  tripcurve report run.json --junit junit.xml --markdown -");
  add_argument(command, "RESULT", flags->result, "a file written by --json; - is standard input",
               Completion::of_files());
  add_colour_flag(add_report_flags(command, flags->reports), flags->colour);
  return {&command, [flags] { return render(*flags); }};
}

}  // namespace tripcurve::cli
