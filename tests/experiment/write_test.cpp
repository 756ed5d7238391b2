#include "experiment/write.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "experiment/read.hpp"
#include "test_data.hpp"
#include "tests/experiment/chance_experiment.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::experiment {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

const std::filesystem::path root =
    std::filesystem::path(TRIPCURVE_TEST_DATA).parent_path().parent_path();

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

OutcomeChanges changes_of(const std::string& text) {
  return text.empty() ? OutcomeChanges{} : *parse_outcome_changes(text);
}

// The part of an experiment that decides the run.
Experiment without_origin(Experiment experiment) {
  experiment.file = "";
  experiment.variables = {};
  experiment.warnings = {};
  experiment.notes = {};
  experiment.outputs = {};
  // What ends count as can be said in several ways.
  const auto [counts, breaker_counts] = counts_texts(experiment);
  experiment.counting = {.counts = changes_of(counts),
                         .breaker_counts = changes_of(breaker_counts)};
  for (auto* list : {&experiment.expectations, &experiment.baseline}) {
    for (auto& expectation : *list) {
      expectation.place = "";
    }
  }
  return experiment;
}

// Every variable is set, so that one that was not written as text shows.
const Surroundings surroundings{
    .file = [](const std::string& path) { return Result(text_of(root / "examples" / path)); },
    .variable = [](const std::string& /*name*/) { return std::optional<std::string>("7"); },
    .seed = 77};

Experiment read(const std::string& file, const std::string& text) {
  auto reading = read_experiment(file, text, surroundings);
  for (const auto& error : reading.errors) {
    UNSCOPED_INFO(error.message << " (" << error.hint << ")");
  }
  REQUIRE(reading.errors.empty());
  return reading.experiment;
}

// Under a name that says nothing: what a pipe and standard input are called.
void check_comes_back(const Experiment& experiment) {
  const auto written = write_experiment(experiment);
  INFO(written);
  const auto again = read("/dev/fd/63", written);
  CHECK(without_origin(again) == without_origin(experiment));
  CHECK(write_experiment(again) == written);
}

TEST_CASE("the built-in experiment is written as a file that a person could have written") {
  CHECK(Json::parse(write_experiment(outage())) == Json::parse(R"({
    "name": "outage",
    "seed": 1,
    "upstream": {"latency": "p50=8ms,p99=40ms", "errors": "none"},
    "phases": [
      {"name": "healthy", "for": "5s"},
      {"name": "outage", "for": "8s", "latency": "200ms..600ms", "errors": "503:90%,reset:10%"},
      {"name": "recovered", "for": "7s"}
    ],
    "endpoints": ["/"],
    "load": {"rate": "200/s", "arrival": "constant", "max_in_flight": 1000, "timeout": "1s",
             "instances": 1, "threads": 1},
    "client": {"breaker": {"dialect": "classic", "FailureThreshold": "5", "SuccessThreshold": "2",
                           "Timeout": "3s"},
               "breaker_per": "client"}
  })"));
  check_comes_back(outage());
}

TEST_CASE("every example comes back as it was, its imported breaker as plain settings") {
  std::size_t seen = 0;
  for (const auto& folder : {"examples", "cli/templates"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
      const auto text = text_of(entry.path());
      if (entry.path().extension() == ".yaml" && text.find("\nphases:") != std::string::npos) {
        INFO(entry.path().string());
        check_comes_back(read(entry.path().string(), text));
        ++seen;
      }
    }
  }
  CHECK(seen >= 8);
}

TEST_CASE("whatever an experiment says comes back as it was") {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    INFO("experiment " << i);
    check_comes_back(testing::chance_experiment(Random(5).fork(i)));
  }
}

// schema_test.py holds these against the schema.
TEST_CASE("written experiments are those of tests/golden/experiments.jsonl") {
  std::string lines;
  for (std::uint64_t i = 0; i < 150; ++i) {
    lines += write_experiment(testing::chance_experiment(Random(6).fork(i))) + "\n";
  }
  const auto path = std::filesystem::path(TRIPCURVE_TEST_DATA) / "experiments.jsonl";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << lines;
  }
  CHECK((text_of(path) == lines));
}

TEST_CASE("a written experiment is read whatever its file is called") {
  const auto written = write_experiment(outage());
  for (const auto* file : {"stdin", "/dev/fd/63", "result.json", "result.yaml", "result"}) {
    CHECK(without_origin(read(file, written)) == outage());
  }
}

TEST_CASE("a text that looks like a variable stays a text") {
  auto experiment = outage();
  for (const auto* name : {"${RATE}", "$${RATE}", "${", "a$", "${A}${B}", "$$$", "${${A}}"}) {
    experiment.name = name;
    check_comes_back(experiment);
  }
}

TEST_CASE("a seed that a double cannot hold is written as text, for programs such as jq") {
  auto experiment = outage();
  experiment.seed = std::uint64_t{1} << 53U;
  CHECK(Json::parse(write_experiment(experiment))["seed"] == 9007199254740992U);
  ++experiment.seed;
  CHECK(Json::parse(write_experiment(experiment))["seed"] == "9007199254740993");
}

TEST_CASE("a closed loop is written without the keys of an open one") {
  auto experiment = outage();
  experiment.loop = load::ClosedLoop{
      .workers = 50, .think = DurationDistribution::fixed(20ms), .fail_fast_pause = 5ms};
  const auto json = Json::parse(write_experiment(experiment));
  CHECK(json["load"] == Json{{"workers", 50},
                             {"think", "20ms"},
                             {"fail_fast_pause", "5ms"},
                             {"timeout", "1s"},
                             {"instances", 1},
                             {"threads", 1}});
}

TEST_CASE("workers that come and go are written as stages") {
  auto experiment = outage();
  experiment.loop =
      load::ClosedLoop{.think = parse_duration_distribution("1s..2s", "think time").value(),
                       .stages = {{5s, 0, 20}, {15s, 20, 20}}};
  const auto json = Json::parse(write_experiment(experiment));
  CHECK(json["load"]["workers"] == Json{"5s 0->20", "15s 20"});
  CHECK(json["load"]["think"] == "1s..2s");
}

TEST_CASE("matches are texts, and blocks where a header's value has blanks") {
  auto experiment = outage();
  experiment.upstream.rules = {{.match = *faults::parse_match("POST /pay/** x-tenant=gold")},
                               {.match = {.path = "/pay", .headers = {{"x-tenant", "gold coin"}}}}};
  CHECK(Json::parse(write_experiment(experiment))["upstream"]["rules"] == Json::parse(R"([
    {"match": "POST /pay/** x-tenant=gold"},
    {"match": {"path": "/pay", "header": {"x-tenant": "gold coin"}}}])"));
}

TEST_CASE("expectations are written with their scope, and outputs are not written") {
  auto experiment = outage();
  experiment.outputs = {{"json", "out.json"}};
  experiment.baseline = {*expect::parse_expectation("availability > 99%")};
  experiment.expectations = {*expect::parse_expectation("opens >= 1 and p99 < 50ms")};
  experiment.expectations.front().scope.phase = "outage";
  const auto json = Json::parse(write_experiment(experiment));
  CHECK(json["baseline"] == Json{"availability > 99%"});
  CHECK(json["expect"] ==
        Json::parse(R"([{"phase": "outage", "that": "opens >= 1 and p99 < 50ms"}])"));
  CHECK_FALSE(json.contains("outputs"));
}

TEST_CASE("a name that is not UTF-8 does not cost the experiment") {
  auto experiment = outage();
  experiment.name = "bad \xff";
  CHECK(Json::parse(write_experiment(experiment))["name"] == "bad \uFFFD");
}

}  // namespace
}  // namespace tripcurve::experiment
