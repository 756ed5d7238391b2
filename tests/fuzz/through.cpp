// What may be seen of a service, in whatever order: each line of the input is a call, an arrival or
// a look at what the service says of itself. Whatever was seen, states follow each other, bounds
// are bounds, and counts add up.
#include <algorithm>
#include <array>
#include <vector>

#include "claims/claim.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "through/claimed.hpp"
#include "through/identity.hpp"
#include "through/observe.hpp"

namespace tripcurve::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_lines = 400;  // it takes time that grows with their square

struct Story {
  through::Seen seen{};
  std::vector<claims::Reading> readings{};
  TimePoint now{};
};

std::uint64_t number_in(std::string_view& line) {
  const auto number = parse_count(trim(take_until(line, " ")), 0, 1'000'000);
  return number ? *number : 0;
}

// "c 3 2 503", "a 1 7", "r 5 open": after 3 ms a call that takes 2 ms and ends in 503; after 1 ms
// an arrival of call 7; after 5 ms a claim. 0 is no end, no identity, no status.
void tell(std::string_view line, Story& story) {
  const auto kind = take_until(line, " ");
  story.now += std::chrono::milliseconds(number_in(line));
  if (kind == "c") {
    const auto takes = number_in(line);
    const auto status = number_in(line);
    through::Call call{.number = story.seen.calls.size() + 1, .sent = story.now};
    if (takes > 0) {
      call.ended = story.now + std::chrono::milliseconds(takes);
      call.end = status == 0
                     ? CallEnd(CallEnd::Kind::reset, 0)
                     : CallEnd(CallEnd::Kind::answer, static_cast<std::uint16_t>(status % 1000));
      call.good = status == 200;
    }
    story.seen.calls.push_back(call);
  } else if (kind == "a") {
    const auto of = number_in(line);
    story.seen.arrivals.push_back(
        {.at = story.now, .call = of == 0 ? std::nullopt : std::optional(of)});
  } else if (kind == "r") {
    story.readings.push_back({.asked = story.now,
                              .answered = story.now + 1ms,
                              .claim = claims::claim_named(trim(line))});
  }
}

void require_ordered(const through::Bounds& bounds) {
  require(bounds.earliest <= bounds.latest, "the earliest time is not after the latest");
}

void require_sense(const through::Observed& observed, const through::Seen& seen) {
  auto before = breaker::State::closed;
  auto bounds = through::Bounds{};
  for (const auto& change : observed.changes) {
    require(change.from == before, "a change leaves the state that the last one led to");
    require(change.to != change.from, "a change is one");
    require_ordered(change.when);
    require(bounds.earliest <= change.when.earliest && bounds.latest <= change.when.latest,
            "changes come in order");
    bounds = change.when;
    before = change.to;
  }
  require(observed.spells.size() == observed.changes.size() + 1, "there is a stay between changes");
  through::PhaseCounts all;
  for (const auto& counts : observed.phases) {
    all += counts;
  }
  require(all.calls == all.out + all.withheld + all.unknown + all.lost, "each call is one thing");
  require(all.calls <= seen.calls.size(), "no call is counted twice");
  require(all.withheld_good <= all.withheld && all.stray <= all.withheld, "a part is a part");
  require(all.arrived() <= seen.arrivals.size(), "each arrival is one thing");
}

void require_sense(const through::Claimed& claimed, TimePoint now) {
  require(claimed.wrong <= claimed.readings, "what is wrong was said");
  for (const auto& lag : claimed.lags) {
    require(lag.least >= Duration{}, "nothing is late by less than nothing");
    require(!lag.most || lag.least <= *lag.most, "the least lag is not more than the most");
  }
  const auto end = now + 1h;
  require(through::wrong_between(claimed, true, at(0s), end) <=
              through::wrong_between(claimed, false, at(0s), end),
          "what is certainly wrong may be");
}

}  // namespace

void try_input(std::string_view input) {
  Story story;
  for (std::size_t lines = 0; lines < most_lines && !input.empty(); ++lines) {
    tell(take_until(input, "\n"), story);
  }
  const Timetable timetable({{"healthy", at(0s), at(1s), false},
                             {"outage", at(1s), at(3s), true},
                             {"recovered", at(3s), at(6s), false}});
  const auto observed = through::observe(story.seen, timetable, story.now);
  require_sense(observed, story.seen);
  require_sense(through::compare_claims("source", story.readings, observed.spells), story.now);
  for (const auto& words : through::spell_words(observed)) {
    require_harmless(words);
  }
  (void)through::unfit(story.seen, "127.0.0.1:9000");
}

}  // namespace tripcurve::fuzz
