#include "through/observe.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/through/played_service.hpp"
#include "through/identity.hpp"

namespace tripcurve::through {
namespace {

using breaker::State;
using testing::ContainsSubstring;

const Timetable three_phases({{"healthy", at(0s), at(5s), false},
                              {"outage", at(5s), at(10s), true},
                              {"recovered", at(10s), at(20s), false}});

bool well_but_in_outage(TimePoint when) { return when < at(5s) || when >= at(10s); }

std::vector<State> states(const std::vector<Change>& changes) {
  std::vector<State> all{State::closed};
  for (const auto& change : changes) {
    all.push_back(change.to);
  }
  return all;
}

// Each change that was observed is one that the breaker made, within its bounds.
void check_against_truth(const Observed& observed, const std::vector<breaker::Transition>& truth) {
  REQUIRE(observed.changes.size() == truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    CAPTURE(i, truth[i].cause, to_milliseconds(truth[i].at));
    const auto& change = observed.changes[i];
    CHECK(change.to == truth[i].to);
    CHECK(change.from == truth[i].from);
    CHECK(change.when.earliest <= truth[i].at);
    CHECK(truth[i].at <= change.when.latest);
  }
}

bool any_says(const std::vector<std::string>& all, const std::string& words) {
  return std::ranges::any_of(
      all, [&](const std::string& one) { return one.find(words) != std::string::npos; });
}
bool notes_say(const Observed& observed, const std::string& words) {
  return any_says(observed.notes, words);
}
bool doubts_say(const Observed& observed, const std::string& words) {
  return any_says(observed.doubts, words);
}

TEST_CASE("what was observed holds what the breaker did, of many breakers and rates") {
  const std::string breaker = GENERATE(
      "classic,failures=5,successes=1,timeout=2s", "gobreaker,Timeout=2s",
      "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10,waitDurationInOpenState=2s,"
      "permittedNumberOfCallsInHalfOpenState=3",
      "opossum,resetTimeout=2s,volumeThreshold=10");
  const Duration gap = GENERATE(Duration(5ms), Duration(1ms), Duration(20ms));
  const bool attributed = GENERATE(true, false);
  const Duration answers_after = GENERATE(Duration(2ms), Duration(30ms));
  CAPTURE(breaker, gap.count(), attributed, answers_after.count());
  PlayedService service;
  service.breaker = breaker;
  service.gap = gap;
  service.passes_identity_on = attributed;
  service.answers_after = answers_after;
  service.fails_after = answers_after;
  service.healthy = well_but_in_outage;

  const auto observed = observe(service.play(20s), three_phases, at(20s));

  CHECK(observed.doubts.empty());
  CHECK(observed.calibration.attributed == attributed);
  check_against_truth(observed, service.truth);
}

TEST_CASE("an outage is seen as opened, half-open and closed again, between two times each") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));

  CHECK(states(observed.changes) == std::vector{State::closed, State::open, State::half_open,
                                                State::open, State::half_open, State::closed});
  const auto& opened = observed.changes.front();
  CHECK(opened.cause == "3 calls in a row were answered, and none went out");
  // Five calls, 5 ms apart, fail; then the first is withheld.
  CHECK(opened.when.earliest == at(5020ms));
  CHECK(opened.when.latest == at(5025ms + 500us));
  // One trial each time, though calls went out at once when it was closed again.
  CHECK(observed.changes[2].probes == 1);
  CHECK(observed.changes[4].probes == 1);
  CHECK(observed.changes[4].most_probes == 1);
  const auto& spell = observed.spells[1];
  CHECK(spell.calls > 590);
  CHECK(spell.withheld == spell.calls);
  CHECK(observed.phases[1].while_open == 0);
  CHECK(observed.phases[1].out == 6);
  CHECK(observed.phases[0].withheld == 0);
  CHECK(observed.notes ==
        std::vector<std::string>{"the service passes the identity of a call on, so each arrival is "
                                 "attributed to its call"});
}

TEST_CASE(
    "a call that was let out before the breaker opened is no trial, however late it arrives") {
  Seen seen;
  const auto sent = [&](Duration when, Duration takes) {
    seen.calls.push_back({.number = seen.calls.size() + 1,
                          .sent = at(when),
                          .ended = at(when + takes),
                          .end = CallEnd(CallEnd::Kind::answer, 503)});
  };
  const auto arrived = [&](Duration when) {
    seen.arrivals.push_back({.at = at(when), .call = seen.calls.size()});
  };
  for (auto when = 0ms; when < 5s; when += 10ms) {
    sent(when, 2ms);
    arrived(when + 1ms);
  }
  // It waits for a connection while the others are withheld already.
  sent(5s, 62ms);
  const auto delayed = seen.calls.size();
  for (auto when = 5010ms; when < 10s; when += 10ms) {
    sent(when, 1ms);
  }
  seen.arrivals.push_back({.at = at(5060ms), .call = delayed});

  const auto observed = observe(seen, three_phases, at(10s));
  CHECK(states(observed.changes) == std::vector{State::closed, State::open});
}

TEST_CASE("a fallback does not hide that no call goes out") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.fallback = true;
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.changes.size() == 5);
  CHECK(observed.phases[1].withheld_good == observed.phases[1].withheld);
  CHECK(observed.phases[1].withheld > 900);
}

TEST_CASE("a service without a breaker never seems open") {
  PlayedService service;
  service.healthy = well_but_in_outage;
  service.passes_identity_on = GENERATE(true, false);
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.changes.empty());
  CHECK(observed.phases[1].withheld == 0);
}

TEST_CASE("a service that is down is not taken for one with an open breaker") {
  PlayedService service;
  service.down = [](TimePoint when) { return at(6s) <= when && when < at(9s); };
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.changes.empty());
  CHECK(observed.phases[1].lost == 600);
  CHECK(notes_say(observed, "the service was down or stuck, which is not an open breaker"));
}

TEST_CASE("retries are seen before the fault, and do not count as calls") {
  PlayedService service;
  service.attempts = 3;
  service.healthy = [](TimePoint when) {
    return when.time_since_epoch().count() % 2 == 0 && when.time_since_epoch() / 5ms % 4 != 0;
  };
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.calibration.extra > 0);
  CHECK(notes_say(observed, "times per call: it retries"));
}

TEST_CASE("a cache makes it take more withheld calls to be sure that a breaker is open") {
  PlayedService service;
  service.cached_each = 2;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.calibration.patience.withheld == 20);
  CHECK(notes_say(observed, "20 such calls in a row are taken for an open breaker"));
  REQUIRE_FALSE(observed.changes.empty());
  CHECK(observed.changes.front().to == State::open);
  CHECK(observed.changes.front().when.latest < at(5100ms));
}

TEST_CASE("a health check that calls the dependency is no call that went out") {
  PlayedService service;
  service.health = 100ms;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.changes.size() == 5);
  CHECK(observed.calibration.strange == 49);
  CHECK(notes_say(observed, "a health check or a background task of the service"));
}

// A service that has no breaker, whose dependency is slow in the outage.
Observed with_places(std::size_t places, Duration slow) {
  PlayedService service;
  service.places = places;
  service.fails_after = slow;
  service.healthy = well_but_in_outage;
  return observe(service.play(20s), three_phases, at(20s));
}

TEST_CASE("a bulkhead is told from a breaker by the calls that are under way") {
  CHECK(doubts_say(with_places(4, 100ms),
                   "a bulkhead with 4 places looks like that, and a breaker does not"));
}

TEST_CASE("a bulkhead that hanging calls fill is doubted to be a breaker") {
  CHECK(doubts_say(with_places(4, 20s), "a bulkhead whose places they hold looks the same"));
}

TEST_CASE("a rate limiter is told from a breaker by what arrives in each second") {
  PlayedService service;
  service.per_second = 150;
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(doubts_say(observed, "a rate limiter looks like that, and a breaker does not"));
}

TEST_CASE("of two instances, one breaker that is open is told as what it may be") {
  PlayedService service;
  service.instances = 2;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  // Only the calls of one instance fail.
  service.healthy = [](TimePoint when) {
    return well_but_in_outage(when) || when.time_since_epoch() / 5ms % 2 == 0;
  };
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.changes.empty());
  CHECK(doubts_say(observed, "a breaker of one of several instances of the service"));
}

TEST_CASE("what was told does not change when more is seen") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=1s";
  service.healthy = well_but_in_outage;
  const auto all = service.play(20s);
  const auto whole = observe(all, three_phases, at(20s)).changes;
  for (auto now = at(5s); now < at(20s); now += 70ms) {
    Seen part;
    for (auto call : all.calls) {
      if (call.sent <= now) {
        if (call.ended > now) {
          call = {.number = call.number, .sent = call.sent};
        }
        part.calls.push_back(call);
      }
    }
    for (const auto& arrival : all.arrivals) {
      if (arrival.at <= now) {
        part.arrivals.push_back(arrival);
      }
    }
    const auto told = observe(part, three_phases, now).changes;
    REQUIRE(told.size() <= whole.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
      CHECK(told[i].when == whole[i].when);
      CHECK(told[i].to == whole[i].to);
    }
  }
}

TEST_CASE("a service that does not call its dependency is told so") {
  PlayedService service;
  service.cached_each = 1;
  const auto seen = service.play(200ms);
  const auto reasons = unfit(seen, "127.0.0.1:9000");
  REQUIRE(reasons.size() == 1);
  CHECK_THAT(reasons.front(), ContainsSubstring("the service does not call its dependency: of the "
                                                "first 40 calls, 40 were answered"));
  CHECK_THAT(reasons.front(), ContainsSubstring("nothing arrived at 127.0.0.1:9000"));
  CHECK(unfit(PlayedService().play(200ms), "127.0.0.1:9000").empty());
  PlayedService down;
  down.down = [](TimePoint) { return true; };
  CHECK(unfit(down.play(200ms), "x").front() ==
        "the service cannot be reached: none of the first 40 calls was answered");
}

TEST_CASE("the identity of a call is found in whatever field brings it") {
  const auto id = identity(0xabcdef0123456789U, 42);
  CHECK(id == "abcdef0123456789000000000000002a");
  CHECK(call_in({{"X-B3-TraceId", id}}, 0xabcdef0123456789U) == 42);
  CHECK(call_in({{"traceparent", "00-" + id + "-00f067aa0ba902b7-01"}}, 0xabcdef0123456789U) == 42);
  CHECK_FALSE(call_in({{"traceparent", "00-" + id + "-00f067aa0ba902b7-01"}}, 7));
  CHECK_FALSE(call_in({{"x", "abcdef0123456789"}}, 0xabcdef0123456789U));
  CHECK(identity_fields(1, "X-Order").size() == 3);
}

}  // namespace
}  // namespace tripcurve::through
