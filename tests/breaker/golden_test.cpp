// Replays traces that were recorded by running the real libraries: every answer and every state.

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "breaker/registry.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using nlohmann::json;

namespace {

std::string setting_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

breaker::Outcome outcome_of(const std::string& word) {
  if (word == "success") return breaker::Outcome::success;
  if (word == "failure") return breaker::Outcome::failure;
  if (word == "ignored") return breaker::Outcome::ignored;
  throw std::runtime_error("unknown outcome " + word);
}

// Replays one trace; gives the number of steps that were equal and throws at the first that is not.
std::size_t replay(const json& trace) {
  std::string text = trace.at("dialect").get<std::string>();
  for (const auto& [key, value] : trace.at("config").items()) {
    text += "," + key + "=" + setting_text(value);
  }
  const auto choice = breaker::parse_choice(text);
  if (!choice) {
    throw std::runtime_error(text + ": " + choice.error().message);
  }
  const auto breaker = choice->make(Random(1));

  std::map<std::string, breaker::Permit> running;
  std::size_t number = 0;
  for (const auto& step : trace.at("steps")) {
    const auto differs = [&](const std::string& got) {
      throw std::runtime_error(trace.at("id").get<std::string>() + " step " +
                               std::to_string(number) + " " + step.dump() + ": got " + got);
    };
    const auto now = at(std::chrono::milliseconds(step.at(0).get<std::int64_t>()));
    const auto kind = step.at(1).get<std::string>();
    while (breaker->next_tick() <= now) {
      breaker->tick(breaker->next_tick());
    }
    if (kind == "start") {
      const auto admission = breaker->try_acquire(now);
      const bool admitted = admission.answer == breaker::Admission::Answer::admitted;
      if (step.at(3) != (admitted ? "admitted" : "rejected")) {
        differs(admitted ? "admitted" : "rejected");
      }
      if (admitted) {
        running[step.at(2).dump()] = admission.permit;
      } else if (step.at(5) != admission.error) {
        differs(std::string(admission.error));
      }
    } else if (kind == "end") {
      const auto outcome = outcome_of(step.at(3).get<std::string>());
      const CallEnd end{
          CallEnd::Kind::answer,
          static_cast<std::uint16_t>(outcome == breaker::Outcome::failure ? 503 : 200)};
      breaker->record(running.at(step.at(2).dump()), outcome, end, now);
    } else if (kind == "read") {
      breaker->observe(now);
    } else {
      differs("an unknown kind of step");
    }
    const auto& state = step.at(kind == "read" ? 2 : 4);
    if (state != breaker::name(breaker->state())) {
      differs(std::string(breaker::name(breaker->state())));
    }
    ++number;
  }
  return number;
}

}  // namespace

TEST_CASE("every step of every recorded trace is reproduced") {
  const std::filesystem::path folder = TRIPCURVE_TEST_DATA "/traces";
  std::map<std::string, std::size_t> steps;  // by file
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const auto trace = json::parse(line);
      std::size_t equal = 0;
      CHECK_NOTHROW(equal = replay(trace));
      steps[entry.path().filename()] += equal;
    }
  }
  CHECK(steps.size() == 1);
  CHECK(steps["classic.ndjson"] == 16069);  // as many as were recorded
}
