#include "report/history.hpp"

#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;

constexpr Span whole_run{at(0s), at(20s), true};

History history_of(const Run& run) { return summarize(run).histories[0]; }

std::vector<Reaction> reactions_of(const Run& run) { return summarize(run).breakers[0].reactions; }

// Two faults of a second, 300 ms apart.
Run two_faults() {
  auto run =
      busy_run({{"up", 1s}, {"down", 1s, true}, {"up", 300ms}, {"down", 1s, true}, {"up", 2s}});
  run.timeout = 1s;
  return run;
}

TEST_CASE("an opening is a change from letting calls through to rejecting them") {
  struct Case {
    State from, to;
    bool opens, trips, closes;
  };
  for (const auto& [from, to, opens, trips, closes] : {
           Case{State::closed, State::open, true, true, false},
           Case{State::closed, State::forced_open, true, true, false},
           Case{State::disabled, State::open, true, true, false},
           Case{State::half_open, State::open, true, false, false},
           Case{State::open, State::forced_open, false, false, false},
           Case{State::open, State::half_open, false, false, false},
           Case{State::half_open, State::closed, false, false, true},
           Case{State::open, State::disabled, false, false, true},
           Case{State::forced_open, State::closed, false, false, true},
           Case{State::disabled, State::closed, false, false, false},
           Case{State::closed, State::disabled, false, false, false},
           Case{State::closed, State::half_open, false, false, false},
       }) {
    INFO(breaker::name(from) << " to " << breaker::name(to));
    auto run = busy_run(outage);
    add_transition(run, 6s, from, to);
    const auto history = history_of(run);
    CHECK(history.opens(whole_run).value == (opens ? 1 : 0));
    CHECK(history.trips(whole_run).value == (trips ? 1 : 0));
    CHECK(history.closes(whole_run).value == (closes ? 1 : 0));
    const Span then{at(6s), at(6001ms)};  // counted from the log, and not from the totals
    CHECK(history.opens(then).value == (opens ? 1 : 0));
    CHECK(history.trips(then).value == (trips ? 1 : 0));
    CHECK(history.closes(then).value == (closes ? 1 : 0));
  }
}

TEST_CASE("a span begins with its first moment and ends before its last, but for the run's") {
  auto run = busy_run(outage);
  add_transition(run, 5s, State::closed, State::open);
  add_transition(run, 13s, State::open, State::closed);
  const auto history = history_of(run);
  CHECK(history.opens({at(0s), at(5s)}).value == 0);
  CHECK(history.opens({at(5s), at(13s)}).value == 1);
  CHECK(history.closes({at(5s), at(13s)}).value == 0);
  CHECK(history.closes({at(5s), at(13s), true}).value == 1);
  CHECK(history.state_at(at(5s)) == State::closed);
  CHECK(history.state_at(at(5001ms)) == State::open);
  CHECK(history.time_in(State::open, {at(4s), at(9s)}).value == 4s);
}

TEST_CASE("where the log is full a part of the run is known to its last transition only") {
  auto run = busy_run(outage);
  add_transition(run, 2s, State::closed, State::open);
  add_transition(run, 6s, State::open, State::closed);
  lose_transition(run, 7s, State::closed, State::open);
  const auto history = history_of(run);
  CHECK(history.opens({at(0s), at(5s)}).whole);
  const auto later = history.opens({at(5s), at(13s)});
  CHECK(later.value == 0);
  CHECK_FALSE(later.whole);
  const auto spent = history.time_in(State::open, {at(5s), at(13s)});
  CHECK(spent.value == 1s);
  CHECK_FALSE(spent.whole);
  CHECK(history.closes({at(5s), at(13s)}).whole);  // there was but one, and it was kept
  CHECK(history.opens(whole_run).value == 2);
  CHECK(history.opens(whole_run).whole);
  CHECK(history.time_in(State::open, {at(0s), at(20s)}).value == 4s + 13s);
  CHECK(history.time_in(State::open, {at(0s), at(20s)}).whole);
}

TEST_CASE("a breaker whose transitions were all kept is known, though another's were not") {
  auto run = busy_run(outage);
  run.breakers = breakers({{.name = "a"}, {.name = "b"}});
  add_transition(run, 2s, State::closed, State::open, "because", 0);
  lose_transition(run, 3s, State::closed, State::open, 1);
  const auto both = summarize(run).histories;
  CHECK(both[0].opens({at(5s), at(13s)}).whole);
  CHECK_FALSE(both[1].opens({at(5s), at(13s)}).whole);
}

TEST_CASE("late answers of one fault do not open the breaker for the next") {
  auto run = two_faults();
  add_transition(run, 2350ms, State::closed, State::open);  // 50 ms into the second
  run.events[0].sent = at(1900ms);                          // by a call that the first has met
  add_transition(run, 4s, State::open, State::closed);

  const auto reactions = reactions_of(run);

  REQUIRE(reactions.size() == 2);
  CHECK(reactions[0].time_to_open == 1350ms);
  CHECK_FALSE(reactions[1].opened);
  CHECK(reactions[1].opened_for_previous);
}

TEST_CASE("a breaker that late answers have opened answers the next fault by opening again") {
  auto run = two_faults();
  add_transition(run, 2350ms, State::closed, State::open);
  run.events[0].sent = at(1900ms);
  add_transition(run, 2850ms, State::open, State::half_open);
  add_transition(run, 2900ms, State::half_open, State::open);
  run.events[2].sent = at(2850ms);

  const auto reaction = reactions_of(run)[1];

  CHECK(reaction.time_to_open == 600ms);
  CHECK_FALSE(reaction.opened_for_previous);
}

TEST_CASE("an opening by a call that was sent between two faults is the next one's") {
  auto run = two_faults();
  add_transition(run, 2350ms, State::closed, State::open);
  run.events[0].sent = at(2295ms);
  const auto reactions = reactions_of(run);
  CHECK_FALSE(reactions[0].opened);
  CHECK(reactions[1].time_to_open == 50ms);
}

}  // namespace
}  // namespace tripcurve::report
