// tripcurve schema: what an experiment file may hold, for editors, and what a result holds.

#include <memory>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "experiment/schema.hpp"
#include "report/results_schema.hpp"

namespace tripcurve::cli {

Command add_schema(CLI::App& app) {
  auto& command = add_command(
      app, "schema", "Print the JSON Schema of experiment files or results",
      "An editor with the YAML language server completes and checks a file that begins\n"
      "with the line\n"
      "  # yaml-language-server: $schema=experiment.schema.json\n"
      "Example:\n"
      "  tripcurve schema > experiment.schema.json");
  auto results = std::make_shared<bool>(false);
  const FlagGroup add(command, "Schema");
  add("--results", *results, "print the schema of --json files instead");
  return {&command, [results] {
            print(*results ? report::results_schema() : experiment::schema());
            return ExitCode::success;
          }};
}

}  // namespace tripcurve::cli
