// Replays traces that were recorded by running the real libraries: every answer and every state.

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "conform/replay.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;

namespace {

// The steps that were recorded, by file.
const std::map<std::string, std::size_t> recorded{
    {"classic", 16069},
    {"failsafe", 16486},
    {"failsafe-go", 16795},
    {"gobreaker", 16385},
    {"resilience4j", 15741},
    {"resilience4j-lockfree", 16231},
};

}  // namespace

TEST_CASE("every step of every recorded trace is reproduced") {
  const std::filesystem::path folder = TRIPCURVE_TEST_DATA "/traces";
  std::map<std::string, std::size_t> steps;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    auto& equal = steps[entry.path().stem()];
    for (std::string line; std::getline(file, line);) {
      const auto trace = conform::parse_trace(line);
      if (!trace) {
        FAIL(entry.path() << ": " << trace.error().message);
      }
      const auto difference = conform::replay(*trace);
      if (difference) {
        FAIL_CHECK(trace->id << " step " << difference->step << " "
                             << trace->steps[difference->step].text << ": got " << difference->got);
      } else {
        equal += trace->steps.size();
      }
    }
  }
  CHECK(steps == recorded);
}
