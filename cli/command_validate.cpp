// tripcurve validate: everything that is wrong with an experiment file, before anything runs.

#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/lint_text.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::cli {
namespace {

std::string counted(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

// "tripcurve.yaml: ok: 3 phases, 20s, 4 expectations"
std::string ok_line(const experiment::Experiment& experiment) {
  Duration length{};
  for (const auto& phase : experiment.phases) {
    length += phase.length;
  }
  return fmt::format("{}: ok: {}, {}, {}\n", visible(experiment.file),
                     counted(experiment.phases.size(), "phase"), format_duration(length),
                     counted(experiment.expectations.size(), "expectation"));
}

bool validate(const std::string& path) {
  const auto reading = read_experiment_file(path);
  for (const auto& error : reading.errors) {
    say(error_line(error));
  }
  if (!reading.errors.empty()) {
    return false;
  }
  print(ok_line(reading.experiment));
  for (const auto& warning : lint_lines(reading.experiment)) {
    print(fmt::format("{}: warning: {}\n", visible(reading.experiment.file), warning));
  }
  return true;
}

}  // namespace

Command add_validate(CLI::App& app) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto& command = add_command(app, "validate", "List every mistake in an experiment file",
                              "Prints one line with file:line:column for each mistake. Exit 0: no "
                              "mistakes,\n2: mistakes, 4: a file cannot be read. Examples:\n"
                              "  tripcurve validate\n"
                              "  tripcurve validate experiments/*.yaml");
  add_optional_argument(command, "FILE", *files, "the files to check (tripcurve.yaml); - is stdin",
                        Completion::of_files());
  return {&command, [files] {
            if (files->empty()) {
              files->emplace_back(default_experiment_file);
            }
            bool all_sound = true;
            for (const auto& file : *files) {
              all_sound = validate(file) && all_sound;
            }
            return all_sound ? ExitCode::success : ExitCode::usage;
          }};
}

}  // namespace tripcurve::cli
