#include "replay/replay.hpp"

#include <fmt/format.h>

#include "core/request_number.hpp"
#include "load/pacer.hpp"
#include "replay/html_report.hpp"
#include "replay/json_report.hpp"
#include "replay/kept.hpp"
#include "replay/text_report.hpp"
#include "sim/world.hpp"
#include "tests/replay/texts.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

constexpr replay::EpochTime ten_o_clock = 1'795'514'400'000'000'000;

replay::Setting setting(const std::string& breaker) {
  const auto chosen = choice(breaker);
  return {chosen, breaker::usual_rules(chosen.dialect())};
}

replay::Plan plan_of(const std::vector<std::string>& breakers,
                     const std::vector<std::string>& incidents = {}) {
  replay::Plan plan;
  for (const auto& breaker : breakers) {
    plan.settings.push_back(setting(breaker));
  }
  for (const auto& incident : incidents) {
    plan.incidents.push_back(*replay::parse_incident(incident, std::nullopt));
  }
  return plan;
}

replay::Findings replayed(const std::string& text, const replay::Plan& plan,
                          replay::TraceOptions options = {.name = "trace"}) {
  options.name = "trace";
  replay::Trace trace(std::make_unique<TextSource>(text, 100'000), std::move(options));
  REQUIRE_FALSE(trace.open());
  replay::Replay replay(plan, trace.keys().most());
  std::vector<sim::RecordedCall> calls;
  for (bool has_begun = false; *trace.next(calls); has_begun = true) {
    if (!has_begun) {
      replay.begin(trace.facts().begin);
    }
    replay.play(calls);
  }
  return replay.finish(trace.facts(), trace.keys().names());
}

struct Call {
  std::int64_t ms = 0;  // since ten o'clock
  int latency_ms = 10;
  std::string status = "200";
};

std::string csv_of(const std::vector<Call>& calls) {
  std::string text = "ts,latency_ms,status\n";
  for (const auto& [ms, latency, status] : calls) {
    text += fmt::format("{},{},{}\n", ten_o_clock / 1'000'000 + ms, latency, status);
  }
  return text;
}

// Ten calls a second, of which all fail from `from` to `to`, in seconds.
std::vector<Call> outage(std::int64_t length, std::int64_t from, std::int64_t to) {
  std::vector<Call> calls;
  for (std::int64_t ms = 0; ms < length * 1000; ms += 100) {
    calls.push_back({ms, 10, ms >= from * 1000 && ms < to * 1000 ? "503" : "200"});
  }
  return calls;
}

}  // namespace

TEST_CASE("a planted incident is found when it began, with the breaker's own cause") {
  const auto found = replayed(csv_of(outage(60, 20, 40)),
                              plan_of({"classic,failures=5,timeout=3s", "classic,failures=1000"},
                                      {"2026-11-24T10:00:20Z/10:00:40Z bank down"}));
  REQUIRE(found.outcomes.size() == 2);
  const auto& met = found.outcomes[0];
  REQUIRE(met.trips.size() == 1);
  CHECK(met.trips[0].begin == at(20'410ms));
  CHECK(met.trips[0].cause == "5 failures in a row, the last a 503");
  CHECK(met.trips[0].incident == 0);
  CHECK(met.trips[0].reopened == 6);
  CHECK(met.responses[0].first_trip == 410ms);
  CHECK(met.responses[0].covered == 20s - 410ms);
  CHECK(met.total.calls == 600);
  CHECK(met.total.failed == 200);
  CHECK(met.total.rejected_failed > 180);
  CHECK(met.outside.rejected > 0);  // until it closed again

  const auto& missed = found.outcomes[1];
  CHECK(missed.trips.empty());
  CHECK_FALSE(missed.responses[0].first_trip);
  CHECK(missed.total.rejected == 0);
}

TEST_CASE("a trip that lies in no incident is a false one, and one that came early has a lead") {
  auto calls = outage(100, 50, 60);
  for (int i = 100; i < 105; ++i) {
    calls[static_cast<std::size_t>(i)].status = "500";  // at 10 s
  }
  const auto found =
      replayed(csv_of(calls), plan_of({"classic,failures=5,timeout=3s,successes=1"},
                                      {"2026-11-24T10:00:51Z/2026-11-24T10:01:00Z"}));
  const auto& met = found.outcomes[0];
  REQUIRE(met.trips.size() == 2);
  CHECK_FALSE(met.trips[0].incident);
  CHECK(met.trips[0].begin == at(10'410ms));
  CHECK(met.trips[1].incident == 0);
  CHECK(met.responses[0].first_trip == -590ms);
  CHECK(met.outside.rejected_failed > 0);
}

TEST_CASE("precision and recall tell which of the rejected calls had failed") {
  // Two failures open it for a second: ten calls are rejected, of which three had failed.
  std::vector<Call> calls{{0, 10, "500"}, {100, 10, "500"}};
  for (int i = 0; i < 9; ++i) {
    calls.push_back({200 + i * 100, 10, i < 3 ? "500" : "200"});
  }
  calls.push_back({5000, 10, "200"});
  const auto found = replayed(csv_of(calls), plan_of({"classic,failures=2,timeout=1s"}));
  const auto& met = found.outcomes[0];
  CHECK(met.total.rejected == 9);
  CHECK(met.total.rejected_failed == 3);
  CHECK(met.spared == 90ms);
  CHECK(*replay::precision(met.sum) == Approx(3.0 / 9));
  CHECK(*replay::recall(met.sum) == Approx(3.0 / 5));
}

TEST_CASE("with a timeout, a call that took longer has failed for its caller") {
  std::vector<Call> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back({i * 1000, 5000, "200"});
  }
  auto plan = plan_of({"classic,failures=3,timeout=1h"});
  CHECK(replayed(csv_of(calls), plan).outcomes[0].trips.empty());
  plan.timeout = 500ms;
  const auto found = replayed(csv_of(calls), plan);
  REQUIRE(found.outcomes[0].trips.size() == 1);
  CHECK(found.outcomes[0].trips[0].begin == at(2500ms));
  CHECK(found.outcomes[0].trips[0].cause == "3 failures in a row, the last a timeout");
  CHECK(found.outcomes[0].total.failed == 20);
}

TEST_CASE("a trace that was written by a run has the transitions of that run") {
  std::vector<faults::PhaseSpec> phases;
  for (const auto* text : {"healthy 30s errors=2%", "failing 20s errors=503:60%,reset:20%",
                           "well 40s", "slow 30s latency=300ms..2s", "well 60s"}) {
    phases.push_back(*faults::parse_phase(text));
  }
  const Random random(3);
  const faults::Plan faults({.normal = {*faults::parse_latency("p50=20ms,p99=200ms"), {}}}, phases,
                            random);
  load::LoadPlan load{.timetable = faults.timetable(), .loop = load::OpenLoop{.rate = Rate{40}}};
  load.timeout = 10s;
  load.random = random;
  load.max_in_flight = 100'000;

  // Every call as it would end, with the nanoseconds of its time, written in the order of their
  // ends as a log is.
  struct Line {
    TimePoint ended;
    std::string text;
  };
  std::vector<Line> lines;
  faults::Injector outcomes(faults);
  sim::Answers upstream(outcomes, {});
  load::Pacer pacer(std::get<load::OpenLoop>(load.loop), 0, 1, random);
  for (; pacer.due() < load.timetable.end(); pacer.advance()) {
    const auto answer = upstream.to(
        request_number(pacer.ordinal(), 1), load.endpoints.front(), [] { return Passage::fair; },
        pacer.due());
    lines.push_back({answer.when,
                     fmt::format("{},{},{}\n", ten_o_clock + pacer.due().time_since_epoch().count(),
                                 (answer.when - pacer.due()).count(),
                                 answer.end.kind() == CallEnd::Kind::reset
                                     ? "reset"
                                     : std::to_string(answer.end.status()))});
  }
  std::ranges::stable_sort(lines, {}, &Line::ended);
  std::string csv = "ts,latency_ns,status\n";
  for (const auto& line : lines) {
    csv += line.text;
  }

  for (const auto* text : {"classic,failures=3", "resilience4j,slidingWindowSize=20", "polly",
                           "gobreaker", "hystrix", "opossum"}) {
    INFO(text);
    const auto breaker = choice(text);
    load.breaker_counts = breaker::usual_rules(breaker.dialect());
    load::BreakerBank bank(breaker, load::BreakerScope::client, load.endpoints, Random(1));
    faults::Injector injector(faults);
    static_cast<void>(
        sim::run_world(load, injector, bank, {},
                       {[] { return never; }, [](const sim::View&, TimePoint) { return true; }}));
    const auto was = replay::trips_of(bank.events_since(0));

    auto plan = plan_of({text});
    plan.timeout = 10s;
    const auto is = replayed(csv, plan).outcomes[0].trips;
    REQUIRE(is.size() == was.size());
    CHECK(!is.empty());
    for (std::size_t i = 0; i < is.size(); ++i) {
      CHECK(is[i].begin == was[i].begin);
      CHECK(is[i].end == was[i].end);
      CHECK(is[i].cause == was[i].cause);
      CHECK(is[i].reopened == was[i].reopened);
    }
  }
}

TEST_CASE("several settings at once find what each finds alone") {
  const auto csv = csv_of(outage(60, 20, 40));
  const std::vector<std::string> breakers{"classic", "resilience4j,slidingWindowSize=10", "polly"};
  const auto together = replayed(csv, plan_of(breakers));
  for (std::size_t i = 0; i < breakers.size(); ++i) {
    const auto alone = replayed(csv, plan_of({breakers[i]}));
    CHECK(alone.outcomes[0].total == together.outcomes[i].total);
    CHECK(alone.outcomes[0].trips.size() == together.outcomes[i].trips.size());
  }
}

TEST_CASE("each instance has a breaker of its own") {
  std::string csv = "ts,status,host\n";
  for (int i = 0; i < 100; ++i) {
    csv += fmt::format("{},{},a\n{},200,b\n", 1'795'514'400 + i, i > 50 ? 503 : 200,
                       1'795'514'400 + i);
  }
  const auto found = replayed(csv, plan_of({"classic,failures=5,timeout=1h"}));
  REQUIRE(found.outcomes[0].trips.size() == 1);
  CHECK(found.breakers[found.outcomes[0].trips[0].breaker] == "a");
  CHECK(found.outcomes[0].total.rejected == 44);
}

TEST_CASE("the bootstrap says how far chance moves trips a month, from the seed alone") {
  // Ten days; a trip on some of them.
  std::vector<replay::Block> days(10, {.counts = {}, .trips = 0, .false_trips = 0, .length = 24h});
  days[2].trips = 1;
  days[5].trips = 2;
  const auto month = replay::bootstrap(days, Random(1), replay::trips_per_month);
  REQUIRE(month);
  CHECK(month->low == Approx(0));
  CHECK(month->high > 9);
  CHECK(month->high <= 27);
  CHECK(month == replay::bootstrap(days, Random(1), replay::trips_per_month));
  CHECK(*replay::trips_per_month({.counts = {}, .trips = 3, .length = 240h}) == Approx(9));
  days.resize(4);
  CHECK_FALSE(replay::bootstrap(days, Random(1), replay::trips_per_month));
  CHECK(replay::block_length(5 * 24h) == 24h);
  CHECK(replay::block_length(24h) == 1h);
  CHECK_FALSE(replay::block_length(4h));
}

TEST_CASE("incidents are read as people write them") {
  const auto times = [](const char* text) {
    const auto incident = replay::parse_incident(text, std::nullopt);
    REQUIRE(incident.ok());
    return std::pair(incident->begin - ten_o_clock, incident->end - ten_o_clock);
  };
  const std::pair<std::int64_t, std::int64_t> wanted{0, 1'200'000'000'000};
  CHECK(times("2026-11-24T10:00:00Z/10:20:00Z") == wanted);
  CHECK(times("2026-11-24T10:00:00Z/10:20:00 a name") == wanted);
  CHECK(times("2026-11-24T11:00:00+01:00/11:20:00") == wanted);
  CHECK(times("2026-11-24T10:00:00Z/2026-11-24T10:20:00Z") == wanted);
  CHECK(times("2026-11-24T10:00:00Z/20m") == wanted);
  CHECK(replay::parse_incident("2026-11-24T10:00:00Z/20m the bank", std::nullopt)->name ==
        "the bank");
  for (const auto* text : {"", "x", "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z/09:00:00Z",
                           "2026-11-24T10:00:00Z/never"}) {
    INFO(text);
    CHECK_FALSE(replay::parse_incident(text, std::nullopt).ok());
  }
  const auto file = replay::parse_incidents("# all of them\n\n2026-11-24T10:00:00Z/20m\nx\n",
                                            "i.txt", std::nullopt);
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().message.find("i.txt:4: ") == 0);
}

TEST_CASE("the reports say what was found and what a replay cannot know") {
  const auto found = replayed(
      csv_of(outage(60, 20, 40)),
      plan_of({"classic,failures=5,timeout=3s"}, {"2026-11-24T10:00:20Z/10:00:40Z <bank>"}));
  const auto text = replay::text_report(found);
  for (const auto* part :
       {"600 calls in 59.9s, 33.3% of them failed", "2026-11-24T10:00:20.410Z after 20.4s",
        "5 failures in a row, the last a 503", "first trip 410ms after it began",
        "A replay is counterfactual", "too short for"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
  const auto page = replay::html_report(found);
  CHECK(page.find("&lt;bank&gt;") != std::string::npos);
  CHECK(page.find("<bank>") == std::string::npos);
  CHECK(page.find("<script") == std::string::npos);
  const auto json = replay::json_report(found);
  CHECK(json.find("\"first_trip_ms\": 410.0") != std::string::npos);
}

TEST_CASE("what is kept of a setting is all that a report tells of it") {
  const auto plan = plan_of({"classic,failures=5,timeout=3s", "polly"},
                            {"2026-11-24T10:00:20Z/10:00:40Z bank down"});
  const auto all = replayed(csv_of(outage(60, 20, 40)), plan);
  replay::Findings merged{.trace = {}, .plan = plan, .breakers = {}, .outcomes = {}};
  for (std::size_t i = 0; i < 2; ++i) {
    auto alone = plan;
    alone.settings = {plan.settings[i]};
    const auto text = replay::write(replay::kept(replayed(csv_of(outage(60, 20, 40)), alone), 0));
    CHECK(text.find('\n') == std::string::npos);
    auto kept = replay::read_kept(text);
    REQUIRE(kept);
    CHECK(kept->common == replay::kept(all, i).common);
    auto common = replay::read_common(kept->common);
    REQUIRE(common);
    merged.trace = common->trace;
    merged.breakers = common->breakers;
    merged.timeline = common->timeline;
    merged.outcomes.push_back(std::move(kept->outcomes));
    merged.outcomes.back().setting = plan.settings[i];
    CHECK_FALSE(replay::read_kept(text.substr(0, text.rfind(',')) + "]"));
  }
  CHECK(replay::json_report(merged) == replay::json_report(all));
  CHECK(replay::text_report(merged) == replay::text_report(all));
  CHECK(replay::html_report(merged) == replay::html_report(all));
}
