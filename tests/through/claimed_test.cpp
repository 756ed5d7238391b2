// What a service says of its breaker beside what was observed of it.
#include "through/claimed.hpp"

#include <chrono>
#include <functional>

#include "tests/support/catch.hpp"

namespace tripcurve::through {
namespace {

using namespace std::chrono_literals;
using breaker::State;
using claims::Claim;
using claims::Reading;
using testing::ContainsSubstring;

// Closed, open from 5.00..5.01 s on, half-open from 8.00..8.02 s, closed from 8.02..8.06 s until 12
// s.
const std::vector<Spell> outage{
    {.state = State::closed, .began = {}, .ended = {at(5s), at(5010ms)}},
    {.state = State::open, .began = {at(5s), at(5010ms)}, .ended = {at(8s), at(8020ms)}},
    {.state = State::half_open, .began = {at(8s), at(8020ms)}, .ended = {at(8020ms), at(8060ms)}},
    {.state = State::closed, .began = {at(8020ms), at(8060ms)}, .ended = {at(12s), at(12s)}}};

using Says = std::function<std::optional<Claim>(Duration when)>;

// Asked every 100 ms, answered after 4 ms; what is said is that of the middle.
std::vector<Reading> read(const Says& says, Duration every = 100ms) {
  std::vector<Reading> readings;
  for (auto due = 50ms + 0ns; due < 11900ms; due += every) {
    readings.push_back({.asked = at(due), .answered = at(due + 4ms), .claim = says(due + 2ms)});
    readings.back().words = readings.back().claim ? "said" : "there is no metric";
  }
  return readings;
}

std::optional<Claim> truth(Duration when) {
  return claims::claim_of(when < 5005ms   ? State::closed
                          : when < 8010ms ? State::open
                          : when < 8040ms ? State::half_open
                                          : State::closed);
}

Claimed compare(const Says& says, Duration every = 100ms) {
  return compare_claims("gauge", read(says, every), outage);
}

Duration certainly_wrong(const Claimed& claimed) {
  return wrong_between(claimed, true, at(0s), at(12s));
}
Duration maybe_wrong(const Claimed& claimed) {
  return wrong_between(claimed, false, at(0s), at(12s));
}

TEST_CASE("a gauge that tells the truth is not wrong, and as late as it may be between two looks") {
  const auto claimed = compare(truth);
  CHECK(claimed.wrong == 0);
  CHECK(claimed.contradictions.empty());
  CHECK(certainly_wrong(claimed) == 0ms);
  CHECK(maybe_wrong(claimed) > 0ms);
  CHECK(maybe_wrong(claimed) < 300ms);
  CHECK(claim_words(claimed).empty());
  REQUIRE(claimed.lags.size() == 2);  // half_open was over before a reading came
  CHECK(claimed.lags[0].to == State::open);
  CHECK(claimed.lags[0].least == 0ms);
  CHECK(claimed.lags[0].most == 54ms);  // 5.054 s after 5.000 s
  CHECK(claimed.lags[1].to == State::closed);
}

TEST_CASE("what lies within the bounds of a change is not wrong, whichever state it says") {
  for (const auto state : {State::closed, State::open}) {
    const auto claimed = compare_claims(
        "gauge", std::vector<Reading>{{at(4999ms), at(5002ms), claims::claim_of(state), ""}},
        outage);
    CHECK(claimed.wrong == 0);
  }
  const auto late = compare_claims(
      "gauge", std::vector<Reading>{{at(5011ms), at(5012ms), claims::claim_of(State::closed), ""}},
      outage);
  CHECK(late.wrong == 1);
}

TEST_CASE("a gauge that is late is late by what lies between two looks") {
  const auto claimed = compare([](Duration when) { return truth(when - 1s); });
  REQUIRE(claimed.lags.size() == 2);
  CHECK(claimed.lags[0].least == 940ms);  // at 5.95 s it still said closed, 5.01 s at the latest
  CHECK(claimed.lags[0].most == 1054ms);
  CHECK(claimed.wrong == 10 + 10);
  REQUIRE(claimed.contradictions.size() == 2);
  CHECK(claimed.contradictions[0].claim == "closed");
  CHECK(claimed.contradictions[0].state == State::open);
  CHECK(claimed.contradictions[0].first == at(5050ms));
  CHECK(claimed.contradictions[0].readings == 10);
  CHECK_FALSE(claimed.contradictions[1].to_the_end);
  // From the first wrong answer to the last, and no longer.
  CHECK(certainly_wrong(claimed) == 5950ms - 5054ms + 8950ms - 8054ms);
  CHECK(maybe_wrong(claimed) > 2s - 100ms);
  CHECK(maybe_wrong(claimed) < 2s + 300ms);
}

TEST_CASE("a gauge that still says open is never right again") {
  const auto claimed = compare(
      [](Duration when) { return claims::claim_of(when < 5005ms ? State::closed : State::open); });
  REQUIRE(claimed.lags.size() == 2);
  CHECK(claimed.lags[1].to == State::closed);
  CHECK_FALSE(claimed.lags[1].most);
  CHECK(claimed.lags[1].least == 11850ms - 8060ms);
  REQUIRE(claimed.contradictions.size() == 1);
  CHECK(claimed.contradictions[0].to_the_end);
  const auto words = claim_words(claimed);
  REQUIRE(words.size() == 2);
  CHECK_THAT(words[0], ContainsSubstring("its last word, it said open, while the breaker was "
                                         "observed to be closed"));
  CHECK_THAT(words[1], ContainsSubstring("it never said closed after 8.060 s, for at least 3.79s"));
}

TEST_CASE("a flag that does not know half-open contradicts neither state that it may mean") {
  const auto claimed = compare(
      [](Duration when) {
        return std::optional(truth(when)->closed ? claims::not_open : claims::not_closed);
      },
      2ms);
  CHECK(claimed.wrong == 0);
  CHECK(certainly_wrong(claimed) == 0ms);
  for (const auto& lag : claimed.lags) {
    CHECK(lag.least == 0ms);
    REQUIRE(lag.most);
  }
}

TEST_CASE("a gauge that says nothing is no claim, and the first reason is told") {
  const auto none = compare([](Duration) { return std::optional<Claim>(); });
  CHECK(none.readings == 0);
  CHECK(none.missing == 119);
  CHECK(none.lags.empty());
  CHECK(maybe_wrong(none) == 0ms);
  CHECK(claim_words(none) ==
        std::vector<std::string>{"it said nothing of the breaker's state: there is no metric"});
  const auto gap =
      compare([](Duration when) { return when > 6s && when < 7s ? std::nullopt : truth(when); });
  CHECK(gap.missing == 10);
  CHECK(gap.spells.size() == 5);
  CHECK(gap.wrong == 0);
  CHECK_THAT(claim_words(gap).front(),
             ContainsSubstring("10 of 119 readings say nothing of the state"));
}

TEST_CASE("a breaker that nobody asks about in time has no lag of it") {
  CHECK(compare(truth, 20s).lags.empty());
  CHECK(claim_words(compare_claims("gauge", {}, outage)).front() ==
        "it was not asked: the run was over before");
}

TEST_CASE("of the time that it was wrong only what lies in between counts") {
  const auto claimed = compare([](Duration) { return claims::claim_of(State::open); });
  CHECK(wrong_between(claimed, true, at(1s), at(2s)) == 1s);
  CHECK(wrong_between(claimed, true, at(6s), at(7s)) == 0ms);
  CHECK(wrong_between(claimed, false, at(6s), at(7s)) == 0ms);
}

}  // namespace
}  // namespace tripcurve::through
