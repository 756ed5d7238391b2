#include "cli/json_output.hpp"

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/report_files.hpp"
#include "cli/same_file.hpp"
#include "report/json_values.hpp"

namespace tripcurve::cli {

void add_json_flag(CLI::App& command, std::optional<std::string>& path) {
  const FlagGroup add(command, "Output");
  add("--json", path, "FILE", "write it as JSON to FILE; - is standard output",
      Completion::of_files());
}

ExitCode tell(const std::string& text, const Json& json, const std::optional<std::string>& path,
              ExitCode code) {
  if (!path) {
    print(text);
    return code;
  }
  if (const auto error = written_twice({{"--json", *path}})) {
    return usage_error(*error);
  }
  OutputFile file("--json", *path);
  bool complete = all_well(file.try_write(report::render(json, 2)));
  if (file.is_stdout()) {
    say(text.substr(0, text.size() - 1));
  } else {
    complete = all_well(try_print(text)) && complete;
  }
  return complete ? code : ExitCode::environment;
}

}  // namespace tripcurve::cli
