#include "cli/experiment_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <random>

#include "cli/command.hpp"
#include "cli/text_file.hpp"
#include "core/text.hpp"
#include "faults/virtual_time.hpp"

namespace tripcurve::cli {

experiment::Reading read_experiment_file(const std::string& path) {
  const auto file = path == "-" ? std::string("stdin") : path;
  const experiment::Surroundings surroundings{
      .file = [&](const std::string& other) -> Result<std::string> {
        auto text = existing_file_text(experiment::beside(file, other));
        return text ? text
                    : Result<std::string>(
                          Error{text.error().message,
                                "paths lead from the folder of the file that names them"});
      },
      .variable = [](const std::string& name) -> std::optional<std::string> {
        const auto* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
      .seed = std::random_device{}()};
  return experiment::read_experiment(file, read_text_file(path), surroundings);
}

std::optional<experiment::Experiment> described_by(const ExperimentFlags& flags,
                                                   bool takes_services) {
  std::error_code ignored;
  const bool lies_here = std::filesystem::exists(default_experiment_file, ignored);
  std::optional<experiment::Experiment> base;
  if (flags.file || lies_here) {
    auto reading = read_experiment_file(flags.file.value_or(default_experiment_file));
    for (const auto& error : reading.errors) {
      say(error_line(error));
    }
    if (!reading.errors.empty()) {
      return std::nullopt;
    }
    base = std::move(reading.experiment);
  }
  auto experiment = experiment_of(flags, std::move(base));
  if (!experiment) {
    usage_error(experiment.error());
    return std::nullopt;
  }
  auto described = *std::move(experiment);
  if (described.through && !takes_services) {
    usage_error({"the experiment calls a service ('through'), and only `tripcurve run` can do that",
                 "use tripcurve run, or leave out 'through' and give the client a breaker"});
    return std::nullopt;
  }
  if (lies_here && !flags.file) {
    described.notes.insert(described.notes.begin(),
                           std::string("the experiment is the one in ") + default_experiment_file);
  }
  return described;
}

std::optional<experiment::Experiment> simulated_by(const ExperimentFlags& flags) {
  auto described = described_by(flags);
  if (!described) {
    return std::nullopt;
  }
  if (const auto error = faults::not_simulated(described->upstream, described->phases)) {
    usage_error(*error);
    return std::nullopt;
  }
  return described;
}

std::string error_line(const Error& error) {
  return visible(error.message) + (error.hint.empty() ? "" : " (" + visible(error.hint) + ")");
}

}  // namespace tripcurve::cli
