#include "load/tally.hpp"

#include "core/outcome_rules.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using load::Counts;

TEST_CASE("every way a call can end is counted in its own counter") {
  struct Row {
    CallEnd end;
    std::uint64_t Counts::* counter;
  };
  for (const auto& [end, counter] : {
           Row{{CallEnd::Kind::answer, 200}, &Counts::ok},
           Row{{CallEnd::Kind::answer, 404}, &Counts::ok},
           Row{{CallEnd::Kind::answer, 499}, &Counts::ok},
           Row{{CallEnd::Kind::answer, 500}, &Counts::error_answers},
           Row{{CallEnd::Kind::answer, 503}, &Counts::error_answers},
           Row{{CallEnd::Kind::timeout, 0}, &Counts::timeouts},
           Row{{CallEnd::Kind::reset, 0}, &Counts::resets},
           Row{{CallEnd::Kind::closed, 0}, &Counts::closed},
           Row{{CallEnd::Kind::connect_failed, 0}, &Counts::connect_failed},
           Row{{CallEnd::Kind::bad_answer, 0}, &Counts::bad_answers},
       }) {
    INFO(words(end));
    const auto outcome = OutcomeRules().of(end);
    Counts counts;
    counts.note(end, outcome);
    Counts expected;
    expected.*counter = 1;
    CHECK(counts == expected);
    CHECK(counts.failed() == (outcome == Outcome::failure ? 1 : 0));
  }
}

TEST_CASE("a call is counted as what it counts as, however it ended") {
  const CallEnd timeout{CallEnd::Kind::timeout, 0};
  Counts counts;
  counts.note({CallEnd::Kind::answer, 429}, Outcome::failure);
  counts.note({CallEnd::Kind::answer, 503}, Outcome::success);
  counts.note(timeout, Outcome::success);
  CHECK(counts.error_answers == 1);
  CHECK(counts.ok == 2);
  CHECK(counts.ended() == 3);
  counts.note({CallEnd::Kind::answer, 404}, Outcome::ignored);
  counts.note(timeout, Outcome::ignored);
  CHECK(counts.ignored == 2);
  CHECK(counts.failed() == 1);
  CHECK(counts.ended() == 3);
}

TEST_CASE("what is added can be taken away again") {
  Counts a;
  a.calls = 10;
  a.unfinished = 3;
  Counts b = a;
  b.ok = 4;
  Counts sum = a;
  sum += b;
  CHECK(sum.calls == 20);
  CHECK(sum.ok == 4);
  sum -= b;
  CHECK(sum == a);
}

TEST_CASE("peaks of engines add up, and of phases the largest is that of all") {
  load::PhaseTally tally(1);
  tally.peak_in_flight = 51;
  load::PhaseTally other(1);
  other.peak_in_flight = 50;
  auto of_two_engines = tally;
  of_two_engines.merge(other);
  CHECK(of_two_engines.peak_in_flight == 101);
  auto of_two_phases = tally;
  of_two_phases.append(other);
  CHECK(of_two_phases.peak_in_flight == 51);
}

TEST_CASE(
    "limits of engines add up, and of phases the last, the least and the most is that of all") {
  const auto range = [](std::uint64_t last, std::uint64_t least, std::uint64_t most) {
    return load::LimitRange{.last = last, .least = least, .most = most};
  };
  load::PhaseTally tally(1);
  for (const std::uint64_t limit : {20U, 12U, 31U, 15U}) {
    tally.limit.note(limit);
  }
  CHECK(tally.limit == range(15, 12, 31));
  auto of_two_engines = tally;
  load::PhaseTally other(1);
  other.limit = range(10, 8, 14);
  of_two_engines.merge(other);
  CHECK(of_two_engines.limit == range(25, 20, 45));
  auto of_two_phases = tally;
  of_two_phases.append(other);
  CHECK(of_two_phases.limit == range(10, 8, 31));
  of_two_phases.append(load::PhaseTally(1));  // one that the run did not reach
  CHECK(of_two_phases.limit == range(10, 8, 31));
}

TEST_CASE("merged tallies are what one tally would have seen") {
  load::Tally one(2, 2);
  load::Tally other(2, 2);
  load::Tally both(2, 2);
  for (int i = 0; i < 100; ++i) {
    for (auto* tally : {i % 3 == 0 ? &one : &other, &both}) {
      auto& phase = tally->phases[static_cast<std::size_t>(i % 2)];
      auto& cell = phase.endpoints[static_cast<std::size_t>(i / 2 % 2)];
      ++cell.counts.calls;
      cell.times.record(i * 1ms, i * 2ms, i * 1ms);
      phase.schedule_error.record(i * 3ms);
      phase.fail_fast.record(i * 4ms);
      phase.wasted += i * 1ms;
    }
  }
  one.merge(other);
  CHECK(one.endpoints() == both.endpoints());
  CHECK(one.endpoints()[1].calls == 50);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& merged = one.phases[i];
    const auto& expected = both.phases[i];
    CHECK(merged.counts() == expected.counts());
    CHECK(merged.counts().calls == 50);
    CHECK(merged.wasted == expected.wasted);
    CHECK(merged.response().quantile(0.5) == expected.response().quantile(0.5));
    CHECK(merged.response().mean() == expected.response().mean());
    CHECK(merged.response().count() == 50);
    CHECK(merged.service().max() == expected.service().max());
    CHECK(merged.schedule_error.histogram().max() == expected.schedule_error.histogram().max());
    CHECK(merged.first_byte().count() == 50);
    CHECK(merged.first_byte().mean() == expected.first_byte().mean());
    CHECK(merged.fail_fast.max() == expected.fail_fast.max());
    for (std::size_t e = 0; e < 2; ++e) {
      CHECK(merged.endpoints[e].counts == expected.endpoints[e].counts);
      CHECK(merged.endpoints[e].times.response().max() ==
            expected.endpoints[e].times.response().max());
    }
  }
  CHECK(one.response().max() == 99ms);
}

TEST_CASE("the peak of several engines is never said to be lower than it was") {
  load::Tally one(1, 1);
  load::Tally other(1, 1);
  one.phases[0].peak_in_flight = 3;
  other.phases[0].peak_in_flight = 4;
  one.merge(other);
  CHECK(one.phases[0].peak_in_flight == 7);
}

TEST_CASE("merged snapshots have a tally when both have one") {
  const auto snapshot = [](bool with_tally) {
    load::Snapshot taken{at(1s), {Counts{.calls = 1}}, {}, 1};
    if (with_tally) {
      taken.tally.emplace(1, 1);
      taken.tally->phases[0].endpoints[0].counts.calls = 1;
    }
    return taken;
  };
  auto sum = snapshot(true);
  sum.merge(snapshot(true));
  REQUIRE(sum.tally);
  CHECK(sum.tally->phases[0].counts().calls == 2);
  CHECK(sum.total().calls == 2);
  sum.merge(snapshot(false));
  CHECK_FALSE(sum.tally);
}
