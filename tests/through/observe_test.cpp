#include "through/observe.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

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
  service.cached_share = 0.5;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  const auto patience = observed.calibration.patience.withheld;
  CHECK(patience >= 18);
  CHECK(patience <= 25);
  CHECK(notes_say(observed, "such calls in a row are taken for an open breaker"));
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

TEST_CASE("a health check that calls often does not hide who calls, nor count as a leak") {
  PlayedService service;
  service.gap = 20ms;
  service.health = 30ms;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.calibration.attributed);
  CHECK(observed.doubts.empty());
  check_against_truth(observed, service.truth);
  CHECK(observed.phases[1].while_open == 0);
  CHECK(observed.phases[1].strange > 150);
}

TEST_CASE("arrivals of no call that come only when it is open leak past it") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  auto seen = service.play(20s);
  for (const auto when : {6s, 7s}) {
    const auto later =
        std::ranges::find_if(seen.arrivals, [&](const Arrival& one) { return one.at > at(when); });
    seen.arrivals.insert(later, Arrival{.at = at(when)});
  }
  CHECK(observe(seen, three_phases, at(20s)).phases[1].while_open == 2);
}

TEST_CASE("where calls are only counted, a health check puts the states in doubt") {
  PlayedService service;
  service.gap = 20ms;
  service.health = 130ms;
  service.passes_identity_on = false;
  service.breaker = GENERATE("classic,failures=5,successes=1,timeout=3s", "none");
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(doubts_say(observed, "have the service pass on X-Request-Id") == !observed.changes.empty());
  CHECK(observed.changes.empty() == (service.breaker == "none"));
}

TEST_CASE("a service that answers before it calls its dependency is seen by who calls") {
  PlayedService service;
  service.answers_first = true;
  service.gap = GENERATE(Duration(5ms), Duration(50ms));
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  const auto all = service.play(20s);
  const auto observed = observe(all, three_phases, at(20s));
  check_against_truth(observed, service.truth);
  CHECK(observed.phases[0].withheld == 0);
  CHECK(observed.phases[2].withheld < 600);
  CHECK(notes_say(observed, "the service answers before it calls its dependency"));
  SECTION("and not taken for open while a call is still to arrive") {
    for (auto now = at(5s); now < at(12s); now += 170ms) {
      Seen part;
      std::ranges::copy_if(all.calls, std::back_inserter(part.calls),
                           [&](const Call& call) { return call.ended <= now; });
      std::ranges::copy_if(all.arrivals, std::back_inserter(part.arrivals),
                           [&](const Arrival& one) { return one.at <= now; });
      const auto told = observe(part, three_phases, now).changes;
      REQUIRE(told.size() <= observed.changes.size());
      CHECK(std::ranges::equal(told, observed.changes | std::views::take(told.size()), {},
                               &Change::when, &Change::when));
    }
  }
}

TEST_CASE("a service that answers first and does not say who calls puts the states in doubt") {
  PlayedService service;
  service.answers_first = true;
  service.passes_identity_on = false;
  service.gap = 20ms;
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(doubts_say(observed, "calls that were answered before"));
  CHECK(observed.calibration.withheld > 200);
}

TEST_CASE("a port that is closed does not pass for an open breaker") {
  PlayedService service;
  service.shut = Shut{.from = at(5s), .until = at(10s)};
  service.passes_identity_on = GENERATE(true, false);
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.changes.empty());
  CHECK(observed.phases[1].withheld == 0);
  CHECK(observed.phases[1].hidden == observed.phases[1].calls);
  CHECK(observed.phases[1].unknown == observed.phases[1].hidden);
  CHECK(observed.phases[2].hidden == 0);
  REQUIRE(observed.unseen.size() == 1);
  CHECK_THAT(observed.unseen.front(),
             ContainsSubstring("in phase outage, 1,000 calls were answered while the dependency "
                               "took no connections"));
}

TEST_CASE("a breaker that opened while the port was closed is seen when it is open again") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.shut = Shut{.from = at(5s), .until = at(10s)};
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  REQUIRE(states(observed.changes) ==
          std::vector{State::closed, State::open, State::half_open, State::closed});
  CHECK(observed.changes[0].when.earliest < at(5s));
  CHECK(observed.changes[0].when.latest >= at(10s));
}

TEST_CASE("a breaker behind a cache is seen to close again, and opens no later than it did") {
  PlayedService service;
  service.gap = 20ms;
  service.cached_for = GENERATE(Duration(50ms), Duration(200ms));
  service.breaker = "classic,failures=5,successes=1,timeout=1s";
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.doubts.empty());
  check_against_truth(observed, service.truth);
}

TEST_CASE(
    "a breaker behind a cache that answers more calls in a row than a fault meets is unseen") {
  PlayedService service;
  service.gap = 20ms;
  service.cached_for = 3s;
  service.healthy = well_but_in_outage;
  CHECK(doubts_say(observe(service.play(20s), three_phases, at(20s)),
                   "would show an open breaker, and no fault met more than 250 calls"));
}

TEST_CASE("a call that was let out before it opened and arrives late does not leak") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.healthy = well_but_in_outage;
  auto seen = service.play(20s);
  const auto call = std::ranges::find(seen.calls, at(5015ms), &Call::sent);
  const auto arrival =
      std::ranges::find(seen.arrivals, std::optional(call->number), &Arrival::call);
  REQUIRE(arrival != seen.arrivals.end());
  arrival->at = at(5100ms);
  call->ended = at(5101ms);
  std::ranges::stable_sort(seen.arrivals, {}, &Arrival::at);
  CHECK(observe(seen, three_phases, at(20s)).phases[1].while_open == 0);
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
  CHECK(doubts_say(with_places(4, 20s),
                   "a pool of connections whose places they hold looks the same"));
}

TEST_CASE("calls that wait for a place, and go without one, are doubted to meet a breaker") {
  PlayedService service;
  service.places = 4;
  service.rejects_after = 60ms;
  service.gap = 20ms;
  service.passes_identity_on = GENERATE(true, false);
  service.fails_after = GENERATE(Duration(400ms), Duration(3s));
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK_FALSE(observed.doubts.empty());
}

TEST_CASE("connections held by requests that were given up are doubted to be a breaker") {
  PlayedService service;
  service.places = 4;
  service.patience = 300ms;
  service.rejects_after = 300ms;
  service.passes_identity_on = GENERATE(true, false);
  service.gap = GENERATE(Duration(20ms), Duration(400ms));
  service.fails_after = 8s;
  service.healthy = well_but_in_outage;
  CHECK(doubts_say(observe(service.play(20s), three_phases, at(20s)),
                   "calls were under way at the dependency all the time"));
}

TEST_CASE("a breaker is none the less seen where requests that were given up hang") {
  PlayedService service;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  service.patience = 300ms;
  service.passes_identity_on = GENERATE(true, false);
  service.fails_after = 30s;
  service.healthy = well_but_in_outage;
  const auto observed = observe(service.play(20s), three_phases, at(20s));
  CHECK(observed.doubts.empty());
  check_against_truth(observed, service.truth);
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

TEST_CASE("breakers that take turns at letting calls out are told as more than one") {
  PlayedService service;
  service.instances = 2;
  service.breaker = "classic,failures=5,successes=1,timeout=3s";
  // The calls of one instance begin to fail half a second later.
  service.healthy = [](TimePoint when) {
    const bool is_first = when.time_since_epoch() / 5ms % 2 == 0;
    return when < at(is_first ? Duration(5s) : Duration(5500ms)) || when >= at(10s);
  };
  CHECK(notes_say(observe(service.play(20s), three_phases, at(20s)),
                  "a breaker in each worker process or instance of the service looks like that"));
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
