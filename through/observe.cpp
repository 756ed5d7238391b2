#include "through/observe.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "through/verdicts.hpp"
#include "through/words.hpp"

namespace tripcurve::through {
namespace {

using breaker::State;
using Kind = Verdict::Kind;

// How improbable a row of withheld calls must be for a service whose cache answers some of them
// always, to be taken for an open breaker.
constexpr double improbable = 1e-6;

Patience patience_for(const Calibration& calibration) {
  Patience patience;
  if (calibration.withheld > 0 && calibration.withheld < calibration.answered) {
    const auto share =
        static_cast<double>(calibration.withheld) / static_cast<double>(calibration.answered);
    const auto row = static_cast<std::uint64_t>(std::ceil(std::log(improbable) / std::log(share)));
    patience.withheld = std::max(patience.withheld, row);
    patience.again = patience.withheld;
  }
  return patience;
}

std::uint64_t before(const std::vector<TimePoint>& times, TimePoint until) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(times, [&](TimePoint time) { return time < until; }));
}

Calibration calibrate(const Seen& seen, const Verdicts& verdicts, TimePoint until) {
  Calibration found{.until = until,
                    .extra = before(verdicts.extra, until),
                    .strange = before(verdicts.strange, until),
                    .attributed = verdicts.attributed};
  for (const auto& verdict : verdicts.all) {
    const auto& call = seen.calls[verdict.call];
    if (call.ended < until && call.end && call.end->kind() == CallEnd::Kind::answer) {
      ++found.answered;
      found.out += verdict.kind == Kind::out ? 1 : 0;
      found.withheld += verdict.kind == Kind::withheld ? 1 : 0;
    }
  }
  found.patience = patience_for(found);
  return found;
}

// From the changes: each stay, and what surely happened in it.
std::vector<Spell> spells_of(const Seen& seen, const Verdicts& verdicts,
                             const std::vector<Change>& changes, TimePoint now) {
  std::vector<Spell> spells{{.state = State::closed}};
  for (const auto& change : changes) {
    spells.back().ended = change.when;
    spells.push_back({.state = change.to, .began = change.when});
  }
  spells.back().ended = {now, now};

  const auto others = under_way(seen, verdicts);
  for (std::size_t s = 0; s < spells.size(); ++s) {
    auto& spell = spells[s];
    bool any = false;
    for (std::size_t i = 0; i < verdicts.all.size(); ++i) {
      const auto& verdict = verdicts.all[i];
      const auto& call = seen.calls[verdict.call];
      if (call.sent < spell.began.latest || call.sent >= spell.ended.earliest) {
        continue;
      }
      ++spell.calls;
      spell.out += verdict.kind == Kind::out ? 1 : 0;
      if (verdict.kind == Kind::withheld) {
        ++spell.withheld;
        spell.under_way = any ? std::min(spell.under_way, others[i]) : others[i];
        any = true;
      }
    }
    // Within its bounds hardly a call surely lies in it; what went out is known all the same.
    if (spell.state == State::half_open && s < changes.size()) {
      spell.out = changes[s].probes;
    }
  }
  return spells;
}

const Spell* spell_at(const std::vector<Spell>& spells, State state, TimePoint when) {
  const auto found = std::ranges::find_if(spells, [&](const Spell& spell) {
    return spell.state == state && spell.began.latest < when && when < spell.ended.earliest;
  });
  return found == spells.end() ? nullptr : &*found;
}

std::vector<PhaseCounts> count_phases(const Seen& seen, const Verdicts& verdicts,
                                      const std::vector<Spell>& spells,
                                      const Timetable& timetable) {
  std::vector<PhaseCounts> phases(timetable.phases().size());
  const auto at = [&](TimePoint when) -> PhaseCounts& { return phases[timetable.index_at(when)]; };
  for (const auto& verdict : verdicts.all) {
    const auto& call = seen.calls[verdict.call];
    auto& counts = at(call.sent);
    ++counts.calls;
    counts.out += verdict.kind == Kind::out ? 1 : 0;
    counts.unknown += verdict.kind == Kind::unknown ? 1 : 0;
    counts.lost += verdict.kind == Kind::lost ? 1 : 0;
    if (verdict.kind == Kind::withheld) {
      ++counts.withheld;
      counts.withheld_good += call.good ? 1 : 0;
      counts.stray += spell_at(spells, State::closed, call.sent) != nullptr ? 1U : 0U;
    }
  }
  for (const auto when : verdicts.extra) {
    ++at(when).extra;
  }
  for (const auto when : verdicts.strange) {
    ++at(when).strange;
  }
  for (const auto& arrival : seen.arrivals) {
    at(arrival.at).while_open += spell_at(spells, State::open, arrival.at) != nullptr ? 1U : 0U;
  }
  return phases;
}

}  // namespace

PhaseCounts& PhaseCounts::operator+=(const PhaseCounts& other) {
  calls += other.calls;
  out += other.out;
  withheld += other.withheld;
  withheld_good += other.withheld_good;
  unknown += other.unknown;
  lost += other.lost;
  extra += other.extra;
  strange += other.strange;
  while_open += other.while_open;
  stray += other.stray;
  return *this;
}

TimePoint calibrated_until(const Timetable& timetable) {
  const auto& faults = timetable.faults();
  const auto first = faults.empty() ? timetable.end() : faults.front().begin;
  return std::min(first, at(longest_calibration));
}

std::vector<Change> changes(const Seen& seen, const Timetable& timetable) {
  const auto until = calibrated_until(timetable);
  const auto found = verdicts(seen, until);
  return changes(seen, found, calibrate(seen, found, until).patience);
}

Observed observe(const Seen& seen, const Timetable& timetable, TimePoint now) {
  Observed observed;
  const auto until = calibrated_until(timetable);
  const auto found = verdicts(seen, until);
  observed.calibration = calibrate(seen, found, until);
  observed.changes = changes(seen, found, observed.calibration.patience);
  observed.spells = spells_of(seen, found, observed.changes, now);
  observed.phases = count_phases(seen, found, observed.spells, timetable);
  observed.notes = calibration_words(observed.calibration);
  for (auto& words : other_words(observed, timetable)) {
    observed.notes.push_back(std::move(words));
  }
  observed.doubts = doubts(seen, found, observed, timetable);
  return observed;
}

std::optional<std::string> several_per_call(const Seen& seen, const Timetable& timetable) {
  const auto until = calibrated_until(timetable);
  return several_per_call(calibrate(seen, verdicts(seen, until), until));
}

std::vector<std::string> unfit(const Seen& seen, const std::string& dependency) {
  const auto ended = [&](CallEnd::Kind kind) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        seen.calls, [&](const Call& call) { return call.end && call.end->kind() == kind; }));
  };
  const auto all = static_cast<std::uint64_t>(
      std::ranges::count_if(seen.calls, [](const Call& call) { return call.end.has_value(); }));
  if (all < enough_to_tell || !seen.arrivals.empty()) {
    return {};
  }
  if (ended(CallEnd::Kind::answer) > 0) {
    const auto good = std::ranges::count(seen.calls, true, &Call::good);
    return {fmt::format(
        "the service does not call its dependency: of the first {}, {} were answered ({} of them "
        "well), and nothing arrived at {}; make the service call that address, or see whether a "
        "cache answers",
        count_of(all, "call"), show_count(ended(CallEnd::Kind::answer)), good, dependency)};
  }
  return {fmt::format("the service cannot be reached: none of the first {} was answered",
                      count_of(all, "call"))};
}

}  // namespace tripcurve::through
