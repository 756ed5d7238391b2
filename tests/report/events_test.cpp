#include <nlohmann/json.hpp>

#include "report/formats.hpp"
#include "report/record.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;

// The line's object, after a look at its shape: one line, ended by the only newline.
Json parse_line(const std::string& line) {
  CAPTURE(line);
  REQUIRE_FALSE(line.empty());
  CHECK(line.find('\n') == line.size() - 1);
  return Json::parse(line);
}

TEST_CASE("the first line says what will be run") {
  auto facts = quiet_run(outage);
  facts.target = "http://127.0.0.1:8080";
  facts.experiment_json = "{\n  \"name\": \"example\"\n}";

  const auto line = parse_line(start_line(facts));

  CHECK(line["event"] == "start");
  CHECK(line["schema_version"] == schema_version);
  CHECK(line["tool_version"] == "1.2.3");
  CHECK(line["command"] == "run");
  CHECK(line["seed"] == 42);
  CHECK(line["target"] == "http://127.0.0.1:8080");
  CHECK(line["experiment"]["name"] == "example");
  CHECK(line["breakers"] == Json{"client"});
  CHECK(line["dialect"] == "classic,FailureThreshold=5");
  REQUIRE(line["phases"].size() == 3);
  CHECK(line["phases"][1] ==
        Json{{"name", "outage"}, {"begin_ms", 5000.0}, {"end_ms", 13000.0}, {"fault", true}});
}

TEST_CASE("the first line of a run in virtual time has no target") {
  CHECK_FALSE(parse_line(start_line(quiet_run(outage))).contains("target"));
}

TEST_CASE("a phase line says which phase began when") {
  const auto timetable = timetable_of(outage);
  CHECK(parse_line(phase_line(timetable.phases()[1])) ==
        Json{{"event", "phase"}, {"t_ms", 5000.0}, {"name", "outage"}, {"fault", true}});
}

TEST_CASE("a transition line says what changed and why") {
  const load::BreakerEvent event{
      0, {at(5214500us), State::closed, State::open, "5 failures in a row, the last a 503"}};
  CHECK(parse_line(transition_line(event, "client", timetable_of(outage))) ==
        Json{{"event", "transition"},
             {"t_ms", 5214.5},
             {"breaker", "client"},
             {"from", "closed"},
             {"to", "open"},
             {"cause", "5 failures in a row, the last a 503"},
             {"since_fault_ms", 214.5},
             {"call_sent_ms", nullptr}});
}

TEST_CASE("a second line has what happened in the interval") {
  Tick tick;
  tick.begin = at(1s);
  tick.end = at(2s);
  tick.counts = {.calls = 10,
                 .fail_fast = 1,
                 .dropped = 2,
                 .sent = 7,
                 .ok = 3,
                 .error_answers = 1,
                 .timeouts = 2,
                 .resets = 1,
                 .closed = 0,
                 .connect_failed = 0,
                 .bad_answers = 0,
                 .abandoned = 0,
                 .unfinished = 0};
  tick.total.calls = 99;
  tick.in_flight = 4;
  tick.breakers = {State::open, State::half_open};
  tick.p50 = 1500us;
  tick.p99 = 9ms;

  const auto line = parse_line(second_line(tick));
  CHECK(line["event"] == "second");
  CHECK(line["t_ms"] == 2000.0);
  CHECK(line["calls"] == 10);  // of the interval, not since the start
  CHECK(line["sent"] == 7);
  CHECK(line["ok"] == 3);
  CHECK(line["failed"] == 4);
  CHECK(line["error_answers"] == 1);
  CHECK(line["timeouts"] == 2);
  CHECK(line["fail_fast"] == 1);
  CHECK(line["dropped"] == 2);
  CHECK(line["in_flight"] == 4);
  CHECK(line["p50_ms"] == 1.5);
  CHECK(line["p99_ms"] == 9.0);
  CHECK(line["states"] == Json{"open", "half_open"});
  CHECK_FALSE(line.contains("upstream_requests"));  // the upstream is not ours
  tick.upstream_requests = 6;
  CHECK(parse_line(second_line(tick))["upstream_requests"] == 6);
}

TEST_CASE("a second has what each service of a topology is doing") {
  topology::Topology topology;
  const auto choice = [](const char* text) { return breaker::parse_choice(text).value(); };
  topology.services = {
      {.name = "gateway",
       .workers = 200,
       .links = {{.to = 1, .breaker = choice("classic")}, {.breaker = choice("none")}}},
      {.name = "bank"}};
  Tick tick;
  CHECK_FALSE(parse_line(second_line(tick, topology)).contains("services"));  // nobody looked
  tick.services = {{.busy = 97, .waiting = 3, .links = {State::half_open, State::closed}},
                   {.busy = 1}};
  CHECK(parse_line(second_line(tick, topology))["services"] == Json::parse(R"([
    {"name": "gateway", "workers": 200, "busy": 97, "waiting": 3,
     "links": [{"to": "bank", "state": "half_open"}, {"to": "upstream", "state": null}]},
    {"name": "bank", "workers": null, "busy": 1, "waiting": 0, "links": []}])"));
}

TEST_CASE("a second without answers has null percentiles") {
  const auto line = parse_line(second_line(Tick{}));
  CHECK(line["p50_ms"].is_null());
  CHECK(line["p99_ms"].is_null());
  CHECK(line["states"] == Json::array());
}

TEST_CASE("the last line has the result and the totals") {
  auto facts = busy_run(outage);
  facts.ended_at = at(20005ms);
  const auto line = parse_line(end_line(summarize(facts)));
  CHECK(line["event"] == "end");
  CHECK(line["t_ms"] == 20005.0);
  CHECK(line["result"] == "finished");
  CHECK(line["reasons"] == Json::array());
  CHECK(line["totals"]["calls"] == 2000);
  CHECK(line["totals"]["failed"] == 0);
}

TEST_CASE("every event is one line of JSON whatever its names hold") {
  const std::string nasty = "a \"quote\", a \\ a\nnewline, \x1b[31m and \xff\xfe";
  const std::string shown = "a \"quote\", a \\ a\nnewline, \x1b[31m and \uFFFD\uFFFD";
  auto facts = busy_run({{nasty, 1s, true}});
  facts.breakers = breakers({{.name = nasty}});
  facts.target = nasty;
  add_transition(facts, 500ms, State::closed, State::open, nasty);

  CHECK(parse_line(start_line(facts))["target"] == shown);
  CHECK(parse_line(start_line(facts))["breakers"][0] == shown);
  CHECK(parse_line(phase_line(facts.timetable.phases()[0]))["name"] == shown);
  const auto transition = parse_line(transition_line(facts.events[0], nasty, facts.timetable));
  CHECK(transition["breaker"] == shown);
  CHECK(transition["cause"] == shown);
  CHECK(parse_line(end_line(summarize(facts)))["result"] == "finished");
}

}  // namespace
}  // namespace tripcurve::report
