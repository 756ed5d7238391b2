// An experiment that was read is written and read again as the same, and every mistake has a place.
#include "experiment/experiment.hpp"
#include "experiment/read.hpp"
#include "experiment/write.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

constexpr std::string_view file = "input.yaml";

// A file beside it that a breaker may be imported from, and a few variables.
experiment::Surroundings surroundings() {
  return {.file = [](const std::string& path) -> Result<std::string> {
            if (path != "beside.yml") {
              return Error{"there is no file " + path, ""};
            }
            return std::string(
                "resilience4j.circuitbreaker.instances.bank: {slidingWindowSize: 20, "
                "failureRateThreshold: 30}\n");
          },
          .variable = [](const std::string& name) -> std::optional<std::string> {
            return name == "RATE" ? std::optional<std::string>("50/s") : std::nullopt;
          },
          .seed = 1};
}

}  // namespace

void try_input(std::string_view input) {
  const auto reading = experiment::read_experiment(std::string(file), input, surroundings());
  for (const auto& error : reading.errors) {
    require_place_in(input, file, error);
  }
  if (!reading.errors.empty()) {
    return;
  }
  (void)experiment::traffic(reading.experiment);
  const auto written = experiment::write_experiment(reading.experiment);
  const auto again = experiment::read_experiment("again.yaml", written, {.seed = 2});
  require(again.errors.empty(), "what was written can be read",
          again.errors.empty() ? written : again.errors.front().message + "\n" + written);
  require_same("it is written the same again", written,
               experiment::write_experiment(again.experiment));
}

}  // namespace tripcurve::fuzz
