#include "cli/scenario_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/json_output.hpp"
#include "report/layout.hpp"

namespace tripcurve::cli {
namespace {

// As long as a sweep has it, for a client with the usual timeout.
constexpr Duration usual_length = std::chrono::minutes(10);
constexpr Duration usual_timeout = std::chrono::seconds(1);

}  // namespace

ExitCode list_scenarios(const std::optional<std::string>& json_path) {
  std::string text;
  auto json = Json::array();
  for (const auto& story : sweep::stories()) {
    auto phases = Json::array();
    for (const auto& phase : story.phases(usual_length, usual_timeout)) {
      phases.push_back(phase.text());
    }
    json.push_back({{"name", story.name},
                    {"summary", story.summary},
                    {"everyday", story.everyday},
                    {"phases", std::move(phases)}});
    text += report::hang(fmt::format("{:<10}", story.name), story.summary);
  }
  text +=
      "\ntripcurve sweep tries settings in all of them, or in those that --scenario names.\n"
      "tripcurve describe NAME shows the phases of one.\n";
  return tell(text, {{"scenarios", std::move(json)}}, json_path, ExitCode::success);
}

std::string phases_explained(const sweep::Story& story) {
  auto text = report::hang(fmt::format("{}: ", story.name), story.summary) +
              report::hang("  ", story.meaning) + "\nOf 10m, with a timeout of 1s\n";
  for (const auto& phase : story.phases(usual_length, usual_timeout)) {
    text += "  " + phase.text() + "\n";
  }
  return text + fmt::format("\n  tripcurve sweep --scenario {} --over KEY=VALUES\n", story.name);
}

}  // namespace tripcurve::cli
