#include "replay/expectations.hpp"

#include <fmt/format.h>

#include "replay/replay.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using replay::Judgement;

namespace {

// A setting that tripped twice, once outside of the incident; 10 calls rejected, 4 of 8 failed ones
// among them.
replay::Findings findings() {
  replay::Findings found;
  found.plan.incidents = {{0, 100'000'000'000, "bank down"}};
  found.trace.end = Duration(10h).count();
  found.outcomes.resize(1);
  auto& outcomes = found.outcomes.front();
  outcomes.trips = {{.begin = at(3s), .end = at(9s), .cause = {}, .reopened = 1, .incident = 0},
                    {.begin = at(5min), .end = at(6min), .cause = {}}};
  outcomes.trip_count = 2;
  outcomes.reopened = 1;
  outcomes.open = 7s;
  outcomes.responses = {{.first_trip = 3s, .covered = 6s}};
  outcomes.total = {.calls = 100, .failed = 8, .rejected = 10, .rejected_failed = 4};
  outcomes.outside = {.calls = 80, .failed = 3, .rejected = 5, .rejected_failed = 2};
  outcomes.spared = 2s;
  outcomes.sum = {.counts = outcomes.total, .trips = 2, .false_trips = 1, .length = 10h};
  outcomes.trips_per_month = replay::Interval{72, 216};
  outcomes.false_trips_per_month = replay::Interval{0, 144};
  return found;
}

Judgement judged(replay::Findings found, const std::string& text) {
  INFO(text);
  const auto expectation = replay::parse_expectation(text, found.outcomes.size(), true);
  REQUIRE(expectation.ok());
  found.plan.expectations = {*expectation};
  return replay::verdict(replay::judge(found));
}

Error mistake(const std::string& text, bool has_incidents = true) {
  const auto expectation = replay::parse_expectation(text, 2, has_incidents);
  REQUIRE_FALSE(expectation.ok());
  return expectation.error();
}

}  // namespace

TEST_CASE("each metric is what was found, and no more and no less") {
  const auto found = findings();
  for (const auto& [metric, value] :
       std::vector<std::pair<std::string, std::string>>{{"trips", "2"},
                                                        {"false_trips", "1"},
                                                        {"missed_incidents", "0"},
                                                        {"time_to_trip", "3s"},
                                                        {"reopened", "1"},
                                                        {"time_open", "7s"},
                                                        {"rejected", "10"},
                                                        {"calls_saved", "4"},
                                                        {"waiting_saved", "2s"},
                                                        {"good_calls_lost", "6"},
                                                        {"good_calls_lost_outside", "3"},
                                                        {"precision", "40%"},
                                                        {"recall", "50%"}}) {
    CHECK(judged(found, metric + " == " + value) == Judgement::pass);
    CHECK(judged(found, metric + " <= " + value) == Judgement::pass);
    CHECK(judged(found, metric + " > " + value) == Judgement::fail);
    CHECK(judged(found, metric + " != " + value) == Judgement::fail);
  }
  std::vector<std::string_view> names;
  for (const auto& metric : replay::metrics()) {
    names.push_back(metric.name);
  }
  CHECK(names.size() == 13 + 2);
}

TEST_CASE("a number of a month is judged by the interval that chance leaves") {
  const auto found = findings();
  CHECK(judged(found, "trips_per_month <= 300") == Judgement::pass);
  CHECK(judged(found, "trips_per_month <= 50") == Judgement::fail);
  CHECK(judged(found, "trips_per_month <= 100") == Judgement::inconclusive);
  CHECK(judged(found, "false_trips_per_month < 145") == Judgement::pass);
  CHECK(judged(found, "false_trips_per_month > 200") == Judgement::fail);
  auto brief = found;
  brief.trace.end = Duration(1h).count();
  brief.outcomes[0].trips_per_month.reset();
  CHECK(judged(brief, "trips_per_month <= 300") == Judgement::inconclusive);
}

TEST_CASE("an incident that was missed fails every time to trip") {
  auto found = findings();
  found.outcomes[0].responses.push_back({});
  CHECK(judged(found, "time_to_trip < 1h") == Judgement::fail);
  CHECK(judged(found, "missed_incidents == 1") == Judgement::pass);
  found.outcomes[0].responses = {{.first_trip = -2s, .covered = 0s}};
  CHECK(judged(found, "time_to_trip == 0s") == Judgement::pass);
}

TEST_CASE("without rejected or failed calls nobody knows a precision or a recall") {
  auto found = findings();
  found.outcomes[0].sum.counts = {.calls = 10};
  CHECK(judged(found, "precision > 10%") == Judgement::inconclusive);
  CHECK(judged(found, "recall > 10%") == Judgement::inconclusive);
}

TEST_CASE("where not all transitions were kept, only what more of them cannot change is decided") {
  auto found = findings();
  found.outcomes[0].is_complete = false;
  CHECK(judged(found, "false_trips >= 1") == Judgement::pass);
  CHECK(judged(found, "false_trips < 1") == Judgement::fail);
  CHECK(judged(found, "false_trips < 5") == Judgement::inconclusive);
  CHECK(judged(found, "false_trips > 5") == Judgement::inconclusive);
  CHECK(judged(found, "false_trips == 1") == Judgement::inconclusive);
  found.outcomes[0].responses.push_back({});
  CHECK(judged(found, "missed_incidents < 5") == Judgement::inconclusive);
  CHECK(judged(found, "time_to_trip < 5s") == Judgement::inconclusive);
}

TEST_CASE("an expectation is of each setting, or of the one that it names, and one failure is enough") {
  auto found = findings();
  found.outcomes.push_back(found.outcomes[0]);
  found.outcomes[1].trip_count = 5;
  CHECK(judged(found, "trips < 3") == Judgement::fail);
  CHECK(judged(found, "A: trips < 3") == Judgement::pass);
  CHECK(judged(found, " B : trips<3") == Judgement::fail);
  found.plan.expectations = {*replay::parse_expectation("trips < 3", 2, true)};
  const auto all = replay::judge(found);
  REQUIRE(all.size() == 2);
  CHECK(all[0].observed == "2");
  CHECK(all[1].judgement == Judgement::fail);
  CHECK(replay::verdict({}) == Judgement::pass);
}

TEST_CASE("what cannot be expected of a replay is refused with what would work") {
  CHECK_THAT(mistake("false_trip < 1").hint, ContainsSubstring("false_trips"));
  CHECK_THAT(mistake("recall > 3").message, ContainsSubstring("3"));
  CHECK_THAT(mistake("recall").message, ContainsSubstring("no comparison"));
  CHECK_THAT(mistake("trips < 1.5").message, ContainsSubstring("'1.5' is not a bound for trips"));
  CHECK_THAT(mistake("C: trips < 1").message, ContainsSubstring("no setting 'C'"));
  CHECK_THAT(mistake("false_trips < 1", false).message, ContainsSubstring("none is marked"));
}
