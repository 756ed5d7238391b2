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

// The rows of withheld calls while all was well.
struct Rows {
  std::uint64_t count = 0;
  std::uint64_t longest = 0;
  std::uint64_t last = 0;  // the one that goes on
  void add(Kind kind) {
    if (kind == Kind::withheld) {
      count += last == 0 ? 1U : 0U;
      longest = std::max(longest, ++last);
    } else if (kind == Kind::out) {
      last = 0;
    }
  }
};

// A cache that keeps each answer for the same time answers about as many calls in each row, and
// then a call goes out; another one answers by chance.
std::uint64_t rows_to_open(const Calibration& calibration, const Rows& rows) {
  constexpr std::uint64_t enough_rows = 5;
  constexpr std::uint64_t so_many_times = 3;
  if (rows.count >= enough_rows && 2 * rows.longest * rows.count <= 3 * calibration.withheld) {
    return so_many_times * rows.longest;
  }
  const auto share = static_cast<double>(calibration.withheld) /
                     static_cast<double>(calibration.withheld + calibration.out);
  const auto row = static_cast<std::uint64_t>(std::ceil(std::log(improbable) / std::log(share)));
  return std::max(row, 2 * rows.longest);
}

Patience patience_for(const Calibration& calibration, const Rows& rows) {
  Patience patience;
  if (calibration.withheld > 0 && calibration.out > 0) {
    patience.withheld = std::max(patience.withheld, rows_to_open(calibration, rows));
    patience.again = patience.withheld;
    patience.withheld_per_out =
        static_cast<double>(calibration.withheld) / static_cast<double>(calibration.out);
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
                    .late = verdicts.late,
                    .attributed = verdicts.attributed};
  Rows rows;
  for (const auto& verdict : verdicts.all) {
    const auto& call = seen.calls[verdict.call];
    if (call.end && call.end->kind() == CallEnd::Kind::answer &&
        call.ended + verdicts.late < until) {
      ++found.answered;
      found.out += verdict.kind == Kind::out ? 1 : 0;
      found.withheld += verdict.kind == Kind::withheld ? 1 : 0;
      rows.add(verdict.kind);
    }
  }
  found.patience = patience_for(found, rows);
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
  const auto nobody_else = alone(seen, verdicts);
  for (std::size_t s = 0; s < spells.size(); ++s) {
    auto& spell = spells[s];
    bool any = false;
    for (std::size_t i = 0; i < verdicts.all.size(); ++i) {
      const auto& verdict = verdicts.all[i];
      const auto& call = seen.calls[verdict.call];
      if (verdict.kind == Kind::withheld && spell.began.earliest <= call.sent &&
          call.sent < spell.ended.latest) {
        spell.alone += nobody_else[i] ? 1U : 0U;
      }
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
                                      const Calibration& calibration,
                                      const std::vector<Spell>& spells,
                                      const Timetable& timetable) {
  std::vector<PhaseCounts> phases(timetable.phases().size());
  const auto at = [&](TimePoint when) -> PhaseCounts& { return phases[timetable.index_at(when)]; };
  for (const auto& verdict : verdicts.all) {
    const auto& call = seen.calls[verdict.call];
    auto& counts = at(call.sent);
    ++counts.calls;
    counts.out += verdict.kind == Kind::out ? 1 : 0;
    counts.unknown += verdict.kind == Kind::unknown || verdict.kind == Kind::hidden ? 1 : 0;
    counts.hidden += verdict.kind == Kind::hidden ? 1 : 0;
    counts.lost += verdict.kind == Kind::lost ? 1 : 0;
    if (verdict.kind == Kind::withheld) {
      ++counts.withheld;
      counts.withheld_good += call.good ? 1 : 0;
      counts.stray += spell_at(spells, State::closed, call.sent) != nullptr ? 1U : 0U;
    }
  }
  for (const auto& verdict : verdicts.all) {
    if (verdict.kind == Kind::out) {
      // One that was sent before may have been let out before.
      const auto* open = spell_at(spells, State::open, verdict.decided);
      at(verdict.decided).while_open +=
          open != nullptr && open->began.latest <= verdict.from ? 1U : 0U;
    }
  }
  for (const auto when : verdicts.extra) {
    ++at(when).extra;
    at(when).while_open += spell_at(spells, State::open, when) != nullptr ? 1U : 0U;
  }
  for (const auto when : verdicts.strange) {
    ++at(when).strange;
    // What calls while all is well, too, calls past the breaker, which does not leak for that.
    const bool new_now = calibration.strange == 0;
    at(when).while_open += new_now && spell_at(spells, State::open, when) != nullptr ? 1U : 0U;
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
  hidden += other.hidden;
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
  observed.phases = count_phases(seen, found, observed.calibration, observed.spells, timetable);
  observed.notes = calibration_words(observed.calibration);
  for (auto& words : other_words(observed, timetable)) {
    observed.notes.push_back(std::move(words));
  }
  observed.doubts = doubts(seen, found, observed, timetable);
  observed.unseen = unseen_words(observed, timetable);
  observed.notes.insert(observed.notes.end(), observed.unseen.begin(), observed.unseen.end());
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
        "well), and nothing arrived at {}; make the service call that address, {}",
        count_of(all, "call"), show_count(ended(CallEnd::Kind::answer)), good, dependency,
        good > 0 ? "or see whether a cache answers"
                 : "and if its breaker opened before somebody listened there, let through.start "
                   "start it")};
  }
  return {fmt::format("the service cannot be reached: none of the first {} was answered",
                      count_of(all, "call"))};
}

}  // namespace tripcurve::through
