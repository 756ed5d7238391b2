#include "through/claimed.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/units.hpp"

namespace tripcurve::through {
namespace {

using breaker::State;
using claims::Claim;
using claims::Reading;

class Comparison {
 public:
  Comparison(std::span<const Reading> readings, const std::vector<Spell>& spells)
      : spells_(spells) {
    for (const auto& reading : readings) {
      if (reading.claim) {
        made_.push_back(&reading);
        wrong_.push_back(contradicts(*reading.claim, reading.asked, reading.answered));
      }
    }
  }

  [[nodiscard]] std::uint64_t wrong_readings() const {
    return static_cast<std::uint64_t>(std::ranges::count(wrong_, true));
  }

  [[nodiscard]] std::vector<Lag> lags() const {
    std::vector<Lag> found;
    for (std::size_t s = 1; s < spells_.size(); ++s) {
      if (auto lag = lag_of(spells_[s])) {
        found.push_back(*lag);
      }
    }
    return found;
  }

  [[nodiscard]] std::vector<Contradiction> contradictions() const {
    std::vector<Contradiction> found;
    std::map<State, std::uint64_t> met;  // by the last one of `found`
    for (std::size_t i = 0; i < made_.size(); ++i) {
      if (!wrong_[i]) {
        continue;
      }
      const auto& reading = *made_[i];
      const auto text = claims::text_of(*reading.claim);
      const bool goes_on = i > 0 && wrong_[i - 1] && found.back().claim == text;
      if (!goes_on) {
        found.push_back({.claim = text, .first = reading.asked});
        met.clear();
      }
      auto& one = found.back();
      ++met[state_in(reading.asked, reading.answered)];
      one.state =
          std::ranges::max_element(met, {}, &std::pair<const State, std::uint64_t>::second)->first;
      one.last = reading.answered;
      ++one.readings;
      one.to_the_end = i + 1 == made_.size();
    }
    return found;
  }

  [[nodiscard]] std::vector<WrongTime> wrong_times() const {
    auto found = joined(certainly_wrong(), true);
    for (auto& one : joined(maybe_wrong(), false)) {
      found.push_back(one);
    }
    return found;
  }

 private:
  using Times = std::vector<std::pair<TimePoint, TimePoint>>;

  // The breaker may have been in it at some time between these two.
  static bool may_overlap(const Spell& spell, TimePoint from, TimePoint until) {
    return spell.began.earliest <= until && from <= spell.ended.latest;
  }

  // No state that it may have been in is one that the claim may mean.
  [[nodiscard]] bool contradicts(const Claim& claim, TimePoint from, TimePoint until) const {
    bool any = false;
    for (const auto& spell : spells_) {
      if (may_overlap(spell, from, until)) {
        any = true;
        if (claim.may_be(spell.state)) {
          return false;
        }
      }
    }
    return any;
  }

  [[nodiscard]] State state_in(TimePoint from, TimePoint until) const {
    const auto found = std::ranges::find_if(
        spells_, [&](const Spell& spell) { return may_overlap(spell, from, until); });
    return found == spells_.end() ? State::closed : found->state;
  }

  [[nodiscard]] std::optional<Lag> lag_of(const Spell& spell) const {
    const auto& [earliest, latest] = spell.began;
    const auto agrees = [&](std::size_t i) { return made_[i]->claim->may_be(spell.state); };
    auto i = static_cast<std::size_t>(
        std::ranges::find_if(
            made_, [&](const Reading* reading) { return reading->answered >= earliest; }) -
        made_.begin());
    Lag lag{.to = spell.state, .when = spell.began};
    bool surely_in_it = false;
    for (; i < made_.size() && made_[i]->asked <= spell.ended.latest; ++i) {
      if (agrees(i)) {
        const bool said_so_before = i > 0 && agrees(i - 1);
        lag.most = said_so_before ? Duration{} : made_[i]->answered - earliest;
        return lag;
      }
      lag.least = std::max(lag.least, made_[i]->asked - latest);
      surely_in_it =
          surely_in_it || (made_[i]->asked >= latest && made_[i]->answered <= spell.ended.earliest);
    }
    return surely_in_it ? std::optional(lag) : std::nullopt;
  }

  // What is said between two readings is what one of them says.
  [[nodiscard]] Times certainly_wrong() const {
    Times times;
    for (std::size_t i = 0; i + 1 < made_.size(); ++i) {
      const auto& one = *made_[i];
      const auto& next = *made_[i + 1];
      if (contradicts(*one.claim, one.asked, next.answered) &&
          contradicts(*next.claim, one.asked, next.answered) && one.answered < next.asked) {
        times.emplace_back(one.answered, next.asked);
        // The time of the reading in between counts where the claim goes on.
        if (times.size() > 1 && times[times.size() - 2].second == one.asked) {
          times.back().first = one.asked;
        }
      }
    }
    return times;
  }

  [[nodiscard]] Times maybe_wrong() const {
    Times times;
    for (std::size_t i = 0; i < made_.size(); ++i) {
      const auto& one = *made_[i];
      const auto& next = i + 1 < made_.size() ? *made_[i + 1] : one;
      for (const auto& spell : spells_) {
        if (one.claim->may_be(spell.state) && next.claim->may_be(spell.state)) {
          continue;
        }
        const auto from = std::max(spell.began.earliest, one.asked);
        const auto until = std::min(spell.ended.latest, next.answered);
        if (from < until) {
          times.emplace_back(from, until);
        }
      }
    }
    return times;
  }

  static std::vector<WrongTime> joined(Times times, bool certain) {
    std::ranges::sort(times);
    std::vector<WrongTime> found;
    for (const auto& [begin, end] : times) {
      if (!found.empty() && begin <= found.back().end) {
        found.back().end = std::max(found.back().end, end);
      } else {
        found.push_back({begin, end, certain});
      }
    }
    return found;
  }

  const std::vector<Spell>& spells_;
  std::vector<const Reading*> made_;  // that have a claim
  std::vector<bool> wrong_;           // by their index
};

std::vector<ClaimSpell> spells_said(std::span<const Reading> readings) {
  std::vector<ClaimSpell> spells;
  for (const auto& reading : readings) {
    const auto claim = reading.claim ? claims::text_of(*reading.claim) : "";
    if (spells.empty() || spells.back().claim != claim) {
      spells.push_back({.claim = claim, .words = reading.words, .first = reading.asked});
    }
    spells.back().last = reading.answered;
    ++spells.back().readings;
  }
  return spells;
}

std::string seconds(TimePoint when) {
  return fmt::format("{:.3f} s", to_seconds(when.time_since_epoch()));
}

constexpr std::size_t most_words = 6;
constexpr double many_missing = 0.02;

std::string disagreement(const Contradiction& one) {
  return fmt::format("from {} to {}{} it said {}, while the breaker was observed {} ({})",
                     seconds(one.first), seconds(one.last),
                     one.to_the_end ? ", its last word," : "", one.claim,
                     one.state == State::closed ? "to be closed" : breaker::name(one.state),
                     count_of(one.readings, "reading"));
}

}  // namespace

Claimed compare_claims(std::string source, std::span<const Reading> readings,
                       const std::vector<Spell>& observed) {
  const Comparison comparison(readings, observed);
  Claimed claimed{.source = std::move(source),
                  .wrong = comparison.wrong_readings(),
                  .spells = spells_said(readings),
                  .lags = comparison.lags(),
                  .contradictions = comparison.contradictions(),
                  .wrong_times = comparison.wrong_times()};
  for (const auto& reading : readings) {
    ++(reading.claim ? claimed.readings : claimed.missing);
    if (!reading.claim && claimed.why_missing.empty()) {
      claimed.why_missing = reading.words;
    }
  }
  return claimed;
}

Duration wrong_between(const Claimed& claimed, bool certain, TimePoint begin, TimePoint end) {
  Duration sum{};
  for (const auto& one : claimed.wrong_times) {
    if (one.certain == certain) {
      sum += std::max(Duration{}, std::min(one.end, end) - std::max(one.begin, begin));
    }
  }
  return sum;
}

std::vector<std::string> claim_words(const Claimed& claimed) {
  std::vector<std::string> found;
  const auto all = claimed.readings + claimed.missing;
  if (all == 0) {
    found.emplace_back("it was not asked: the run was over before");
  } else if (claimed.readings == 0) {
    found.push_back("it said nothing of the breaker's state: " + claimed.why_missing);
  } else if (static_cast<double>(claimed.missing) > many_missing * static_cast<double>(all)) {
    found.push_back(fmt::format("{} of {} say nothing of the state, the first because {}",
                                show_count(claimed.missing), count_of(all, "reading"),
                                claimed.why_missing));
  }
  std::size_t left_out = 0;
  const auto add = [&](std::string words) {
    if (found.size() < most_words) {
      found.push_back(std::move(words));
    } else {
      ++left_out;
    }
  };
  for (const auto& one : claimed.contradictions) {
    add(disagreement(one));
  }
  for (const auto& lag : claimed.lags) {
    if (!lag.most) {
      add(fmt::format("it never said {} after {}, for at least {}", breaker::name(lag.to),
                      seconds(lag.when.latest), show_duration(lag.least)));
    }
  }
  if (left_out > 0) {
    found.push_back(
        fmt::format("{} more, which the JSON file has", count_of(left_out, "disagreement")));
  }
  return found;
}

}  // namespace tripcurve::through
