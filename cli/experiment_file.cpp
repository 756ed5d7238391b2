#include "cli/experiment_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <random>

#include "cli/text_file.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {

experiment::Reading read_experiment_file(const std::string& path) {
  const auto file = path == "-" ? std::string("stdin") : path;
  const experiment::Surroundings surroundings{
      .file = [&](const std::string& other) -> Result<std::string> {
        const auto place = experiment::beside(file, other);
        std::error_code ignored;
        if (!std::filesystem::exists(place, ignored)) {
          return Error{"there is no file " + tripcurve::quoted(place),
                       "paths lead from the folder of the file that names them"};
        }
        return read_text_file(place);
      },
      .variable = [](const std::string& name) -> std::optional<std::string> {
        const auto* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
      .seed = std::random_device{}()};
  return experiment::read_experiment(file, read_text_file(path), surroundings);
}

std::string error_line(const Error& error) {
  return visible(error.message) + (error.hint.empty() ? "" : " (" + visible(error.hint) + ")");
}

}  // namespace tripcurve::cli
