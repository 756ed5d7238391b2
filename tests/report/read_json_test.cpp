#include <nlohmann/json.hpp>

#include "report/formats.hpp"
#include "report/json_tree.hpp"
#include "report/record.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;

void check_same_bytes(const Summary& summary) {
  const auto written = to_json(summary);
  const auto read = read_json("run.json", written);
  REQUIRE(read);
  CHECK(to_json(*read) == written);
  CHECK(to_text(*read).size() > 0);
}

std::string error_of(const std::string& text) {
  const auto read = read_json("run.json", text);
  REQUIRE_FALSE(read);
  CHECK_FALSE(read.error().hint.empty());
  return read.error().message;
}

// What is wrong with a good result in which one value was replaced.
std::string error_with(const char* pointer, const Json& value) {
  auto json = Json::parse(to_json(judged_run()));
  json.at(Json::json_pointer(pointer)) = value;
  return error_of(json.dump());
}

TEST_CASE("what was written and read is written again to the byte") {
  check_same_bytes(judged_run());
  check_same_bytes(summarize(eventful_run()));
  check_same_bytes(summarize(quiet_run(outage)));
}

TEST_CASE("every format of what was read is that of what was written") {
  const auto summary = judged_run();
  const auto read = read_json("run.json", to_json(summary));
  REQUIRE(read);
  CHECK(to_text(*read) == to_text(summary));
  CHECK(to_markdown(*read) == to_markdown(summary));
  CHECK(to_junit(*read) == to_junit(summary));
  CHECK(to_csv(*read) == to_csv(summary));
  CHECK(to_github(*read) == to_github(summary));
}

TEST_CASE("every ending, state and result comes back") {
  for (const auto ending : {Ending::completed, Ending::interrupted, Ending::unhealthy,
                            Ending::stopped, Ending::running}) {
    auto run = busy_run(outage);
    run.ending = ending;
    check_same_bytes(summarize(run));
  }
  auto run = busy_run(outage);
  Duration when = 1s;
  for (const auto state : {State::open, State::half_open, State::forced_open, State::disabled}) {
    add_transition(run, when += 1s, State::closed, state);
  }
  check_same_bytes(summarize(run));
}

TEST_CASE("several runs of one experiment come back") {
  auto summary = judged_run();
  summary.repeats = {.runs = {{1, "pass"}, {18446744073709551615U, "fail"}},
                     .metrics = {{.metric = "time_in(open)",
                                  .scope = {.phase = "outage"},
                                  .unit = "ms",
                                  .runs = 1,
                                  .of = 2,
                                  .min = 309.25,
                                  .median = 412,
                                  .max = 1e6,
                                  .min_text = "309ms",
                                  .median_text = "412ms",
                                  .max_text = "16m40s"}},
                     .passed = 1,
                     .needed = 2,
                     .low = 0.0945,
                     .high = 0.9055};
  summary.verdict = decide(summary);
  check_same_bytes(summary);
}

TEST_CASE("hostile names come back as they were shown") {
  const std::string nasty = "\"},{\\ \n\t\x1b[31m \xff\xfe\xc3 </script> | \u2028 \xf0\x9f\x98\x80";
  auto run = busy_run({{nasty, 1s, true}, {nasty, 1s}});
  run.name = run.description = run.target = run.dialect = run.load_words = run.reproduce = nasty;
  run.breakers = breakers({{.instance = 3, .endpoint = nasty, .name = nasty}, {.name = "/other"}});
  run.reproduce_all = nasty;
  run.breaker_settings = {{"dialect", nasty}, {nasty, nasty}};
  run.warnings = run.notes = {nasty};
  run.host = {{nasty, nasty}};
  run.interventions = {{at(1s), nasty}};
  add_transition(run, 500ms, State::closed, State::open, nasty);
  auto summary = summarize(run);
  summary.expectations = {{.text = nasty,
                           .scope = {nasty, nasty, nasty},
                           .place = nasty,
                           .observed = nasty,
                           .bound = nasty,
                           .margin = nasty,
                           .reason = nasty,
                           .unit = nasty}};
  summary.verdict = decide(summary);
  check_same_bytes(summary);
}

TEST_CASE("times of every length come back to the nanosecond, as far as JSON tells them apart") {
  for (const Duration length : {Duration(1ns), Duration(123456789ns), Duration(3600s + 1ns),
                                Duration(26 * 24h + 7ns), Duration(9999h + 999999999ns)}) {
    CAPTURE(length.count());
    check_same_bytes(summarize(quiet_run({{"all", length}})));
  }
  const auto read = read_json("f", to_json(summarize(quiet_run({{"all", 86400s + 1ns}}))));
  REQUIRE(read);
  CHECK(read->facts.timetable.end() == at(86400s + 1ns));
}

TEST_CASE("the highest counts come back") {
  auto run = busy_run(outage);
  run.tally.phases[0].endpoints[0].counts.bad_answers = 18446744073709551615U;
  check_same_bytes(summarize(run));
}

TEST_CASE("what is no result is refused with the reason") {
  CHECK(error_of("") == "'run.json' is not a result: it is empty");
  CHECK(error_of(" \n") == "'run.json' is not a result: it is empty");
  CHECK(error_of("name: checkout\n") == "'run.json' is not a result: it is not JSON");
  CHECK(error_of("[1, 2]") == "'run.json' is not a result: it has no schema_version");
  CHECK(error_of("{\"event\":\"start\"}\n{\"event\":\"end\"}\n") ==
        "'run.json' is not a result: it is not JSON");
  CHECK(error_of("null") == "'run.json' is not a result: it has no schema_version");
}

TEST_CASE("a result that was cut off anywhere is refused") {
  const auto whole = to_json(judged_run());
  for (std::size_t size = 1; size + 2 < whole.size(); size += 97) {
    CAPTURE(size);
    CHECK_THAT(error_of(whole.substr(0, size)), ContainsSubstring("cut off"));
  }
}

TEST_CASE("another version of the format is named") {
  CHECK(error_with("/schema_version", 2) ==
        "'run.json' has schema_version 2, and this tripcurve reads 3");
  CHECK(error_with("/schema_version", 4) ==
        "'run.json' has schema_version 4, and this tripcurve reads 3");
  CHECK_THAT(error_with("/schema_version", "3"), ContainsSubstring("schema_version: it is not"));
}

TEST_CASE("what is nested without end or is huge is refused and takes no time") {
  CHECK_THAT(error_of(std::string(5'000'000, '[')), ContainsSubstring("5000000 levels deep"));
  const auto nested = [](std::size_t depth) {
    auto json = Json::parse(to_json(judged_run()));
    json["experiment"]["a"] = Json::parse(std::string(depth, '[') + std::string(depth, ']'));
    return json.dump();
  };
  CHECK(read_json("run.json", nested(62)));  // and two around it
  CHECK_THAT(error_of(nested(63)), ContainsSubstring("it is nested 65 levels deep"));
  CHECK_THAT(error_with("/series/t_ms", Json(std::vector<int>(100'001))),
             ContainsSubstring("series.t_ms: it is a list of 100001"));
  CHECK(error_of(std::string(most_result_bytes + 1, ' ')) ==
        "'run.json' is not a result: it is larger than 64 MiB");
}

TEST_CASE("many keys cost no more than their number") {
  auto json = to_json(judged_run());
  std::string keys;
  for (int i = 0; i < 300'000; ++i) {
    keys += "\"key" + std::to_string(i) + "\": 1,";
  }
  CHECK(read_json("run.json", "{" + keys + json.substr(1)));  // quadratic, it would take a minute
  const std::string begin = "\"experiment\": {";
  json.insert(json.find(begin) + begin.size(), keys);
  CHECK_THAT(error_of(json), ContainsSubstring("experiment: it has an object of 3000"));
  auto settings = Json::parse(to_json(judged_run()));
  for (int i = 0; i < 1'001; ++i) {
    settings["breaker_settings"]["key" + std::to_string(i)] = "x";
  }
  CHECK_THAT(error_of(settings.dump()), ContainsSubstring("breaker_settings: it has 10"));
}

TEST_CASE("too many values are refused before they cost anything") {
  std::string zeros;
  while (zeros.size() < 2 * JsonTree::most_values) {
    zeros += "0,";
  }
  CHECK_THAT(error_of("{\"a\": [" + zeros + "0]}"), ContainsSubstring("more than 2000000 values"));
}

TEST_CASE("a key that is given twice is named") {
  const auto json = to_json(judged_run());
  CHECK_THAT(error_of("{\"seed\": 1," + json.substr(1)),
             ContainsSubstring("'seed' is given twice"));
}

TEST_CASE("a value of another kind is named by its path") {
  CHECK(error_with("/phases/1/counts/calls", -1) ==
        "'run.json' is not a result: phases[1].counts.calls: it is not a whole number from 0 to "
        "2^64 - 1");
  CHECK_THAT(error_with("/seed", 1.5), ContainsSubstring("seed: it is not a whole number"));
  CHECK_THAT(error_with("/name", nullptr), ContainsSubstring("name: it is not a text"));
  CHECK_THAT(error_with("/phases/0/fault", 1), ContainsSubstring("phases[0].fault: "));
  CHECK_THAT(error_with("/totals/response_ms/p99", -1), ContainsSubstring("no time is as short"));
  CHECK_THAT(error_with("/ended_at_ms", 1e30),
             ContainsSubstring("ended_at_ms: no time is as long"));
  auto json = Json::parse(to_json(judged_run()));
  json["transitions"][0]["probes"] = 4294967296U;
  CHECK_THAT(error_of(json.dump()),
             ContainsSubstring("transitions[0].probes: it is more than 2^32 - 1"));
  CHECK_THAT(error_with("/expectations", Json::object()), ContainsSubstring("it is not a list"));
  CHECK_THAT(error_with("/experiment", Json::array()), ContainsSubstring("it is not an object"));
  CHECK_THAT(error_with("/ending", "gone"), ContainsSubstring("ending: 'gone' is not known"));
  CHECK_THAT(error_with("/transitions/0/to", "ajar"),
             ContainsSubstring("transitions[0].to: 'ajar'"));
  CHECK_THAT(error_with("/phases/0/distribution/0", Json::array({1})),
             ContainsSubstring("it is not a pair"));
}

TEST_CASE("a value that is missing is named") {
  auto json = Json::parse(to_json(judged_run()));
  json["phases"][2].erase("counts");
  CHECK_THAT(error_of(json.dump()), ContainsSubstring("phases[2].counts: it is missing"));
}

TEST_CASE("numbers that contradict each other are refused") {
  CHECK_THAT(error_with("/phases/1/begin_ms", 4000),
             ContainsSubstring("phases: they do not follow"));
  CHECK_THAT(error_with("/phases/1/end_ms", 5000), ContainsSubstring("phases: they do not follow"));
  CHECK_THAT(error_with("/phases", Json::array()), ContainsSubstring("phases: there is none"));
  CHECK_THAT(error_with("/transitions_total", 2), ContainsSubstring("more transitions than that"));
  CHECK_THAT(error_with("/transitions/1/breaker", "other"),
             ContainsSubstring("no breaker has this"));
  CHECK_THAT(error_with("/breakers/0/reactions/0/time_to_open_ms", nullptr),
             ContainsSubstring("its times contradict it"));
  CHECK_THAT(error_with("/breakers/0/reactions/0/closed_again", false),
             ContainsSubstring("its times contradict it"));
  CHECK_THAT(error_with("/series/calls", Json::array({1})),
             ContainsSubstring("series.calls: it is not as long as t_ms"));
  CHECK_THAT(error_with("/phases/0/upstream", nullptr),
             ContainsSubstring("some phases have it and some do not"));
}

TEST_CASE("fields that a later version added are no hindrance") {
  auto json = Json::parse(to_json(judged_run()));
  json["later"] = {{"more", 1}};
  json["phases"][0]["later"] = 5;
  CHECK(read_json("run.json", json.dump()));
}

}  // namespace
}  // namespace tripcurve::report
