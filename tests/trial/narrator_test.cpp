#include "trial/narrator.hpp"

#include <chrono>

#include "tests/support/catch.hpp"
#include "tests/trial/experiments.hpp"
#include "trial/parts.hpp"

using namespace tripcurve;
using namespace tripcurve::trial::testing;
using namespace std::chrono_literals;

namespace {

load::Snapshot snapshot_at(Duration when, std::uint64_t calls) {
  return {.at = at(when),
          .endpoints = {{.calls = calls, .sent = calls, .ok = calls}},
          .response = {},
          .in_flight = 0};
}

}  // namespace

TEST_CASE("phases, interventions and transitions are told in the order they happened") {
  trial::Parts parts(experiment_of({"ok 1s", "down 1s errors=100%", "ok-again 1s"}));
  Witness witness;
  std::string lines;
  const trial::EventSink events = [&](const std::string& line) { lines += line; };
  trial::Narrator narrator(parts.load.timetable, parts.bank, parts.by_hand, {&witness}, events);

  REQUIRE_FALSE(
      parts.by_hand.inject({{"errors", "503:100%"}}, faults::Plan::Answers::own, at(500ms)));
  narrator.tell(at(200ms));
  narrator.tell(at(1500ms));
  parts.by_hand.clear(at(1600ms));
  narrator.tell(at(3s));

  CHECK(witness.words ==
        std::vector<std::string>{"phase ok", "note injected by hand: errors=503:100%", "phase down",
                                 "note cleared by hand", "phase ok-again"});
  CHECK(lines.find(R"("event":"intervention","t_ms":500.0)") != std::string::npos);
}

TEST_CASE("each point of the series has the requests that came in at the upstream meanwhile") {
  trial::Parts parts(experiment_of({"ok 1s"}));
  const trial::EventSink nobody;
  trial::Narrator narrator(parts.load.timetable, parts.bank, parts.by_hand, {}, nobody);

  narrator.tick(snapshot_at(100ms, 10), 8);
  narrator.tick(snapshot_at(200ms, 20), 19);
  narrator.finish(snapshot_at(250ms, 25), 25);

  const auto& points = narrator.series().points;
  REQUIRE(points.size() == 3);
  CHECK(points[0].upstream_requests == 8);
  CHECK(points[1].upstream_requests == 11);
  CHECK(points[2].upstream_requests == 6);
}

TEST_CASE("what comes in at the very end of the last point is in that point") {
  trial::Parts parts(experiment_of({"ok 1s"}));
  const trial::EventSink nobody;
  trial::Narrator narrator(parts.load.timetable, parts.bank, parts.by_hand, {}, nobody);
  narrator.tick(snapshot_at(100ms, 10), 8);
  narrator.finish(snapshot_at(100ms, 12), 12);
  const auto& points = narrator.series().points;
  REQUIRE(points.size() == 1);
  CHECK(points[0].counts.calls == 12);
  CHECK(points[0].upstream_requests == 12);
}

TEST_CASE("the series of an upstream that is not ours says nothing of what came in there") {
  trial::Parts parts(experiment_of({"ok 1s"}));
  const trial::EventSink nobody;
  trial::Narrator narrator(parts.load.timetable, parts.bank, parts.by_hand, {}, nobody);
  narrator.tick(snapshot_at(100ms, 10), std::nullopt);
  CHECK_FALSE(narrator.series().points.front().upstream_requests);
}
