#include <nlohmann/json.hpp>

#include "report/formats.hpp"
#include "report/record.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;

Json json_of(const Run& facts) { return Json::parse(to_json(summarize(facts))); }

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> all;
  for (const auto& [key, value] : object.items()) {
    all.push_back(key);
  }
  return all;
}

using Keys = std::vector<std::string>;

TEST_CASE("the JSON file says what was run and by what") {
  auto facts = busy_run(outage);
  facts.host = {{"cpus", "2"}, {"os", "Linux"}};
  facts.target = "http://127.0.0.1:8080";
  facts.experiment_json = R"({"name": "example", "load": {"rate": "100/s"}})";

  const auto json = json_of(facts);

  CHECK(keys(json) == Keys{"schema_version",
                           "tool_version",
                           "command",
                           "name",
                           "description",
                           "seed",
                           "timeout_ms",
                           "load",
                           "reproduce",
                           "experiment",
                           "host",
                           "target",
                           "ending",
                           "ended_at_ms",
                           "stopped_because",
                           "verdict",
                           "doubts",
                           "baseline",
                           "expectations",
                           "repeats",
                           "warnings",
                           "notes",
                           "interventions",
                           "totals",
                           "phases",
                           "breakers",
                           "transitions",
                           "transitions_total",
                           "series"});
  CHECK(json["schema_version"] == schema_version);
  CHECK(json["tool_version"] == "1.2.3");
  CHECK(json["command"] == "run");
  CHECK(json["seed"] == 42);
  CHECK(json["experiment"]["load"]["rate"] == "100/s");
  CHECK(json["host"]["os"] == "Linux");
  CHECK(json["target"] == "http://127.0.0.1:8080");
}

TEST_CASE("virtual time has no host and no target") {
  const auto json = json_of(busy_run(outage));
  CHECK_FALSE(json.contains("host"));
  CHECK_FALSE(json.contains("target"));
}

TEST_CASE("the largest seed comes out whole") {
  auto facts = busy_run(outage);
  facts.seed = 18446744073709551615U;
  CHECK(json_of(facts)["seed"].get<std::uint64_t>() == 18446744073709551615U);
}

TEST_CASE("a phase has its times, counts, rates and latencies with their units") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 1, 600, 12ms);
  add_fail_fasts(facts, 1, 200);
  auto& tally = facts.tally.phases[1];
  tally.endpoints[0].counts.ok -= 30;
  tally.endpoints[0].counts.error_answers = 1;
  tally.endpoints[0].counts.timeouts = 2;
  tally.endpoints[0].counts.resets = 3;
  tally.endpoints[0].counts.closed = 4;
  tally.endpoints[0].counts.connect_failed = 5;
  tally.endpoints[0].counts.bad_answers = 6;
  tally.endpoints[0].counts.abandoned = 9;
  tally.endpoints[0].counts.unfinished = 7;
  tally.endpoints[0].counts.dropped = 8;
  tally.endpoints[0].times.record(12ms, 13ms);
  tally.schedule_error.record(250us);

  const auto phase = json_of(facts)["phases"][1];

  CHECK(phase["name"] == "outage");
  CHECK(phase["begin_ms"] == 5000.0);
  CHECK(phase["end_ms"] == 13000.0);
  CHECK(phase["fault"] == true);
  CHECK(phase["counts"] == Json{{"calls", 800},        {"fail_fast", 200}, {"rejected_good", 0},
                                {"dropped", 8},        {"full", 0},        {"fallback", 0},
                                {"fallback_open", 0},  {"cached", 0},      {"queued", 0},
                                {"cache_misses", 0},   {"queue_full", 0},  {"drained", 0},
                                {"lost", 0},           {"sent", 600},      {"ok", 570},
                                {"ignored", 0},        {"failed", 30},     {"error_answers", 1},
                                {"timeouts", 2},       {"resets", 3},      {"closed", 4},
                                {"connect_failed", 5}, {"bad_answers", 6}, {"abandoned", 9},
                                {"unfinished", 7},     {"handshakes", 0},  {"cut", 0}});
  CHECK(phase["fail_fast_share"] == 0.25);
  CHECK(phase["rate_per_s"] == 100.0);
  CHECK(keys(phase["response_ms"]) ==
        Keys{"count", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"});
  CHECK(phase["response_ms"]["count"] == 601);
  CHECK(phase["response_ms"]["max"] == 12.0);
  CHECK(phase["response_ms"]["mean"] == 12.0);
  CHECK(phase["service_ms"]["max"] == 13.0);
  CHECK(phase["schedule_error_us"]["max"] == 250.0);
}

TEST_CASE("what a fallback answered with, and what became of its queue, is by phase") {
  auto facts = busy_run(outage);
  auto& tally = facts.tally.phases[1];
  auto& counts = tally.endpoints[0].counts;
  counts.fallback = 15;
  counts.cached = 3;
  counts.cache_misses = 1;
  counts.queued = 10;
  counts.drained = 4;
  counts.lost = 1;
  tally.stale_age.record(2s);
  tally.queue_wait.record(7s);

  const auto json = json_of(facts);
  for (const auto& phase : {json["phases"][1], json["totals"]}) {
    CHECK(phase["still_queued"] == 5);
    CHECK(phase["cache_hit_rate"] == 0.75);
    CHECK(phase["stale_age_ms"]["max"] == 2000.0);
    CHECK(phase["queue_wait_ms"]["max"] == 7000.0);
  }
  CHECK(json["phases"][0]["still_queued"] == 0);
  CHECK(json["phases"][0]["cache_hit_rate"].is_null());
  CHECK(json["phases"][0]["stale_age_ms"]["count"] == 0);
}

TEST_CASE("first bytes, gaps, cut answers and failed handshakes have numbers of their own") {
  auto facts = busy_run(outage);
  auto& tally = facts.tally.phases[1];
  tally.endpoints[0].times.record(5ms, 5ms, 300ms);
  tally.gap.record(4s);
  tally.endpoints[0].counts.handshakes = 2;
  tally.endpoints[0].counts.cut = 3;
  const auto json = json_of(facts);
  for (const auto& phase : {json["phases"][1], json["totals"]}) {
    CHECK(phase["ttfb_ms"]["max"] == 300.0);
    CHECK(phase["gap_ms"]["max"] == 4000.0);
    CHECK(phase["counts"]["handshakes"] == 2);
    CHECK(phase["counts"]["cut"] == 3);
  }
  CHECK(json["phases"][0]["gap_ms"]["count"] == 0);
}

TEST_CASE("the totals have the same fields as a phase") {
  const auto json = json_of(busy_run(outage));
  CHECK(keys(json["totals"]) == keys(json["phases"][0]));
  CHECK(json["totals"]["name"] == "total");
  CHECK(json["totals"]["end_ms"] == 20000.0);
  CHECK(json["totals"]["counts"]["calls"] == 2000);
}

TEST_CASE("each percentile is in its own place") {
  auto facts = quiet_run({{"all", 10s}});
  for (int i = 1; i <= 1000; ++i) {
    add_ok_calls(facts, 0, 1, i * 1ms);
  }
  const auto latency = json_of(facts)["totals"]["response_ms"];
  const auto near = [&](const char* name, double expected) {
    const auto value = latency[name].get<double>();
    CAPTURE(name, value);
    CHECK(value >= expected);
    CHECK(value <= expected * 1.004);
  };
  near("p50", 500);
  near("p90", 900);
  near("p95", 950);
  near("p99", 990);
  near("p99.9", 999);
}

TEST_CASE("without samples a latency is null and not zero") {
  const auto phase = json_of(quiet_run(outage))["phases"][0];
  CHECK(phase["response_ms"]["count"] == 0);
  for (const auto* name : {"mean", "p50", "p90", "p95", "p99", "p99.9", "max"}) {
    CAPTURE(name);
    CHECK(phase["response_ms"][name].is_null());
    CHECK(phase["service_ms"][name].is_null());
    CHECK(phase["schedule_error_us"][name].is_null());
  }
  CHECK(phase["fail_fast_share"].is_null());
  CHECK(phase["rate_per_s"] == 0.0);
}

TEST_CASE("a phase that was not reached has no rate") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 200, 5ms);
  facts.ending = Ending::interrupted;
  facts.ended_at = at(2s);

  const auto json = json_of(facts);

  CHECK(json["phases"][0]["rate_per_s"] == 100.0);
  CHECK(json["phases"][1]["rate_per_s"].is_null());
  CHECK(json["verdict"]["result"] == "interrupted");
}

TEST_CASE("the upstream's counts are null when it is not ours") {
  auto facts = busy_run({{"all", 1s}});
  CHECK(json_of(facts)["totals"]["upstream"].is_null());

  facts.upstream = {{100, 3, 60, {{"503", 30}, {"reset", 10}}, 4, 5}};
  CHECK(json_of(facts)["phases"][0]["upstream"] ==
        Json{{"requests", 100},
             {"leaked_while_open", 3},
             {"overtaken", 4},
             {"strangers", 5},
             {"served", 60},
             {"injected", {{"503", 30}, {"reset", 10}}}});
}

TEST_CASE("nothing injected is an empty object") {
  auto facts = busy_run({{"all", 1s}});
  facts.upstream = {{100, 0, 100, {}}};
  CHECK(json_of(facts)["totals"]["upstream"]["injected"] == Json::object());
}

TEST_CASE("a breaker has its times and its reactions") {
  auto facts = busy_run(outage);
  add_transition(facts, 5500ms, State::closed, State::open);
  add_transition(facts, 15s, State::open, State::half_open);

  const auto breaker = json_of(facts)["breakers"][0];

  CHECK(breaker == Json{{"name", "client"},
                        {"instance", 1},
                        {"endpoint", nullptr},
                        {"dialect", "classic,FailureThreshold=5"},
                        {"initial_state", "closed"},
                        {"final_state", "half_open"},
                        {"opens", 1},
                        {"trips", 1},
                        {"closes", 0},
                        {"time_closed_ms", 5500.0},
                        {"time_open_ms", 9500.0},
                        {"time_half_open_ms", 5000.0},
                        {"reactions", Json::array({{{"fault_begin_ms", 5000.0},
                                                    {"fault_end_ms", 13000.0},
                                                    {"opened", true},
                                                    {"time_to_open_ms", 500.0},
                                                    {"closed_again", false},
                                                    {"time_to_close_ms", nullptr},
                                                    {"opened_for_previous", false},
                                                    {"cut_off", nullptr}}})},
                        {"last_probes", 0},
                        {"last_most_probes", 0}});
}

TEST_CASE("a transition names its breaker and counts from the fault's begin") {
  auto facts = busy_run(outage);
  facts.breakers = breakers({{.endpoint = "/a", .name = "/a"}, {.endpoint = "/b", .name = "/b"}});
  add_transition(facts, 1s, State::closed, State::open, "early", 0);
  add_transition(facts, 16410ms, State::half_open, State::closed, "late", 1);

  const auto json = json_of(facts);

  CHECK(json["transitions"][0] == Json{{"t_ms", 1000.0},
                                       {"breaker", "/a"},
                                       {"from", "closed"},
                                       {"to", "open"},
                                       {"cause", "early"},
                                       {"since_fault_ms", nullptr},
                                       {"call_sent_ms", nullptr}});
  CHECK(json["transitions"][1]["breaker"] == "/b");
  CHECK(json["transitions"][1]["from"] == "half_open");
  CHECK(json["transitions"][1]["since_fault_ms"] == 11410.0);
}

TEST_CASE("transitions that were not kept are counted") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  facts.transition_count = 17;
  const auto json = json_of(facts);
  CHECK(json["transitions"].size() == 1);
  CHECK(json["transitions_total"] == 17);
}

TEST_CASE("an empty run has a verdict with reasons and empty lists") {
  const auto json = json_of(quiet_run(outage));
  CHECK(json["verdict"]["result"] == "inconclusive");
  REQUIRE(json["verdict"]["reasons"].size() == 1);
  CHECK(json["transitions"] == Json::array());
}

TEST_CASE("the same facts give the same bytes") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  const auto once = to_json(summarize(facts));
  CHECK(once == to_json(summarize(facts)));
  CHECK(once.back() == '\n');
}

TEST_CASE("names that are not UTF-8 do not cost the result") {
  auto facts = busy_run({{"bad \xff name", 1s}});
  facts.breakers = breakers({{.name = "cl\xc3"}});
  facts.host = {{"os\xfe", "\x80"}};
  add_transition(facts, 500ms, State::closed, State::open, "a \"\xe2\x82\" cause\n");
  const auto json = json_of(facts);
  CHECK(json["phases"][0]["name"] == "bad \uFFFD name");
  CHECK(json["breakers"][0]["name"] == "cl\uFFFD");
  CHECK(json["transitions"][0]["cause"] == "a \"\uFFFD\" cause\n");
}

TEST_CASE("an expectation is written with all that is known of it") {
  const auto json = Json::parse(to_json(judged_run()));
  CHECK(json["expectations"][1] == Json{{"text", "time_to_open < 200ms"},
                                        {"scope",
                                         {{"phase", "outage"},
                                          {"endpoint", nullptr},
                                          {"breaker", "client"},
                                          {"service", nullptr},
                                          {"link", nullptr}}},
                                        {"place", "checkout.yaml:31:5"},
                                        {"result", "fail"},
                                        {"observed", "214ms"},
                                        {"bound", "< 200ms"},
                                        {"margin", "-14ms"},
                                        {"samples", 1},
                                        {"reason", "it opened 214ms after the fault began"},
                                        {"value", 214.0},
                                        {"unit", "ms"}});
  CHECK(json["expectations"][2]["value"].is_null());
}

TEST_CASE("the verdict has its exit code and what that means") {
  const auto verdict = Json::parse(to_json(judged_run()))["verdict"];
  CHECK(verdict["result"] == "fail");
  CHECK(verdict["exit_code"] == 1);
  CHECK(verdict["meaning"] == "At least one expectation failed");
}

TEST_CASE("the series is written in columns of one length") {
  auto series = Json::parse(to_json(judged_run()))["series"];
  CHECK(series["interval_ms"] == 10000.0);
  CHECK(series["failed"] == Json::array({88, 0}));
  CHECK(series["p50_ms"] == Json::array({8.0, nullptr}));
  CHECK(series["upstream_requests"] == Json::array({497, 0}));
  series.erase("interval_ms");
  for (const auto& [name, column] : series.items()) {
    CAPTURE(name);
    CHECK(column.size() == 2);
  }
}

TEST_CASE("a series of a foreign upstream has no arrivals") {
  auto summary = judged_run();
  for (auto& point : summary.facts.series.points) {
    point.upstream_requests.reset();
  }
  CHECK_FALSE(Json::parse(to_json(summary))["series"].contains("upstream_requests"));
}

TEST_CASE("the distribution holds every answer once") {
  const auto phase = Json::parse(to_json(judged_run()))["phases"][0];
  REQUIRE(phase["distribution"].size() == 1);
  CHECK(phase["distribution"][0][0].get<double>() >= 8.0);
  CHECK(phase["distribution"][0][1] == 500);
}

}  // namespace
}  // namespace tripcurve::report
