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

ExitCode tell(const std::string& text, const std::vector<NamedOutput>& files, ExitCode code) {
  std::vector<NamedFile> names;
  for (const auto& file : files) {
    names.push_back({file.flag, file.path});
  }
  if (const auto error = written_twice(names)) {
    return usage_error(*error);
  }
  bool complete = true;
  bool stdout_taken = false;
  for (const auto& [flag, path, content] : files) {
    OutputFile file(flag, path);
    complete = all_well(file.try_write(content)) && complete;
    stdout_taken = stdout_taken || file.is_stdout();
  }
  if (stdout_taken) {
    say(text.substr(0, text.size() - 1));
  } else {
    complete = all_well(try_print(text)) && complete;
  }
  return complete ? code : ExitCode::environment;
}

ExitCode tell(const std::string& text, const Json& json, const std::optional<std::string>& path,
              ExitCode code) {
  std::vector<NamedOutput> files;
  if (path) {
    files.push_back({"--json", *path, report::render(json, 2)});
  }
  return tell(text, files, code);
}

}  // namespace tripcurve::cli
