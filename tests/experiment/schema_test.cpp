#include "experiment/schema.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "breaker/registry.hpp"
#include "test_data.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::experiment {
namespace {

TEST_CASE("the schema in docs is the one that the program prints") {
  const auto path = std::filesystem::path(TRIPCURVE_TEST_DATA).parent_path().parent_path() /
                    "docs/experiment.schema.json";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << schema();
  }
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  CHECK(text.str() == schema());
}

TEST_CASE("the schema knows every dialect and its settings") {
  const auto rules = nlohmann::json::parse(schema())["$defs"]["dialect"]["allOf"];
  REQUIRE(rules.size() == breaker::dialects().size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& key : breaker::dialects()[i].keys) {
      INFO(breaker::dialects()[i].name << " " << key.name);
      CHECK(rules[i]["then"]["properties"].contains(key.name));
    }
  }
}

}  // namespace
}  // namespace tripcurve::experiment
