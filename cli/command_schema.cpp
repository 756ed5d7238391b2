// tripcurve schema: what an experiment file may hold, for editors.

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "experiment/schema.hpp"

namespace tripcurve::cli {

Command add_schema(CLI::App& app) {
  auto& command = add_command(
      app, "schema", "The JSON Schema of experiment files, for editors",
      "An editor with the YAML language server completes and checks a file that begins\n"
      "with the line\n"
      "  # yaml-language-server: $schema=experiment.schema.json\n"
      "Example:\n"
      "  tripcurve schema > experiment.schema.json");
  return {&command, [] {
            print(experiment::schema());
            return ExitCode::success;
          }};
}

}  // namespace tripcurve::cli
