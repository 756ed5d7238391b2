// tripcurve compare: two results of one experiment, and whether the new one is worse.

#include <memory>

#include "cli/colour.hpp"
#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/report_files.hpp"
#include "cli/text_file.hpp"
#include "cli/waiting.hpp"
#include "core/exit_code.hpp"
#include "report/compare.hpp"
#include "report/formats.hpp"

namespace tripcurve::cli {
namespace {

struct CompareFlags {
  std::string before, after;
  std::string tolerance = "5%";
  std::optional<std::string> json, colour;
};

ExitCode compare_results(const CompareFlags& flags) {
  const auto tolerance = parse_share(flags.tolerance);
  if (!tolerance) {
    return usage_error(tolerance.error().in("--tolerance"));
  }
  const auto colour = colour_of(flags.colour);
  if (!colour) {
    return usage_error(colour.error());
  }
  Waiting waiting("reading");
  const auto read = [&](const std::string& path) {
    waiting.now("reading " + (path == "-" ? "standard input" : path));
    return report::read_json(path, read_text_file(path, report::most_result_bytes));
  };
  const auto before = read(flags.before);
  if (!before) {
    waiting.done();
    return usage_error(before.error());
  }
  const auto after = read(flags.after);
  if (!after) {
    waiting.done();
    return usage_error(after.error());
  }
  waiting.now("comparing");
  if (flags.json) {
    if (const auto error = written_twice({{"--json", *flags.json}})) {
      waiting.done();
      return usage_error(*error);
    }
  }
  const auto comparison = report::compare(*before, *after, *tolerance);
  if (!comparison) {
    waiting.done();
    return usage_error(comparison.error());
  }
  const auto text = report::to_marked_text(*comparison);
  bool complete = true;
  bool is_printed = false;
  if (flags.json) {
    const auto json = report::to_json(*comparison);
    waiting.done();
    OutputFile file("--json", *flags.json);
    complete = all_well(file.try_write(json));
    is_printed = file.is_stdout();
  }
  waiting.done();
  if (is_printed) {
    say(text, *colour);
  } else {
    complete = all_well(try_print(text, *colour)) && complete;
  }
  return !complete              ? ExitCode::environment
         : comparison->failed() ? ExitCode::failure
                                : ExitCode::success;
}

}  // namespace

Command add_compare(CLI::App& app) {
  auto flags = std::make_shared<CompareFlags>();
  auto& command = add_command(
      app, "compare", "Compare two results and fail on a regression",
      "The tolerance is relative; for shares it is in percentage points.\nExit 0: no regression, "
      "1: a number is worse by more than the tolerance and\nchance is an unlikely reason. "
      "Example:\n  tripcurve compare main.json branch.json --tolerance 10%");
  for (const auto& [name, path] :
       {std::pair{"OLD", &flags->before}, std::pair{"NEW", &flags->after}}) {
    add_argument(command, name, *path, "a result written by run --json or simulate --json",
                 Completion::of_files());
  }
  const FlagGroup add(command, "Output");
  add("--tolerance", flags->tolerance, "SHARE", "how much worse a number may get (5%)");
  add("--json", flags->json, "FILE", "write the comparison to FILE; - is standard output",
      Completion::of_files());
  add_colour_flag(add, flags->colour);
  return {&command, [flags] { return compare_results(*flags); }};
}

}  // namespace tripcurve::cli
