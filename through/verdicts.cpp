#include "through/verdicts.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <numeric>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace tripcurve::through {
namespace {

constexpr double enough_identities = 0.9;

bool nearly_all(std::uint64_t part, std::uint64_t whole) {
  return whole > 0 && static_cast<double>(part) >= enough_identities * static_cast<double>(whole);
}

bool is_answered(const Call& call) { return call.end && call.end->kind() == CallEnd::Kind::answer; }

// Of what arrived of a call: when the first came, and when the dependency was done with all.
struct Visit {
  TimePoint at{};
  TimePoint over{};
};
using Visits = std::unordered_map<std::uint64_t, Visit>;  // by call

Visits visits_of(const std::vector<Arrival>& arrivals) {
  Visits visits;
  for (const auto& arrival : arrivals) {
    if (arrival.call) {
      auto& visit =
          visits.try_emplace(*arrival.call, Visit{arrival.at, arrival.over}).first->second;
      visit.over = std::max(visit.over, arrival.over);
    }
  }
  return visits;
}

bool passes_identity_on(const Seen& seen, const Visits& visits, TimePoint until) {
  const auto& arrivals = seen.arrivals;
  const auto end = std::ranges::upper_bound(arrivals, until, {}, &Arrival::at);
  const auto last = end == arrivals.begin() ? arrivals.end() : end;
  const auto with = std::count_if(arrivals.begin(), last,
                                  [](const Arrival& arrival) { return arrival.call.has_value(); });
  std::uint64_t answered = 0;
  std::uint64_t known = 0;
  for (const auto& call : seen.calls) {
    if (call.ended < until && is_answered(call)) {
      ++answered;
      const auto arrived = visits.find(call.number);
      known += arrived != visits.end() && arrived->second.at <= until ? 1U : 0U;
    }
  }
  return nearly_all(static_cast<std::uint64_t>(with),
                    static_cast<std::uint64_t>(last - arrivals.begin())) ||
         nearly_all(known, answered);
}

// Of a call that did not arrive.
Verdict not_arrived(const Call& call, std::size_t index, Verdict::Kind if_answered) {
  return {.kind = is_answered(call) ? if_answered : Verdict::Kind::lost,
          .call = index,
          .from = call.sent,
          .decided = call.ended};
}

// Times that are apart from each other, in order.
class Times {
 public:
  // In the order they begin; those that touch are one.
  void add(TimePoint from, TimePoint until) {
    if (!times_.empty() && from <= times_.back().second) {
      times_.back().second = std::max(times_.back().second, until);
    } else {
      times_.emplace_back(from, until);
    }
  }
  [[nodiscard]] bool any_during(const Call& call) const {
    const auto next = std::ranges::lower_bound(times_, call.sent, {},
                                               [](const auto& time) { return time.second; });
    return next != times_.end() && next->first <= call.ended;
  }

 private:
  std::vector<std::pair<TimePoint, TimePoint>> times_;
};

// When the dependency took no connections.
Times hidden_times(const std::vector<Shut>& shut) {
  Times times;
  for (const auto& one : shut) {
    times.add(one.from, one.until);
  }
  return times;
}

// How long after their answers calls arrived while all was well, twice over.
Duration lateness(const Seen& seen, const Visits& visits, TimePoint until) {
  Duration latest{};
  for (const auto& call : seen.calls) {
    const auto arrived = visits.find(call.number);
    if (is_answered(call) && arrived != visits.end() && arrived->second.at <= until) {
      latest = std::max(latest, arrived->second.at - call.ended);
    }
  }
  return 2 * latest;
}

// The last time that anything was seen.
TimePoint last_seen(const Seen& seen) {
  TimePoint last{};
  for (const auto& call : seen.calls) {
    last = std::max(last, call.ended == never ? call.sent : call.ended);
  }
  return seen.arrivals.empty() ? last : std::max(last, seen.arrivals.back().at);
}

void note_others(const Seen& seen, Verdicts& found) {
  std::unordered_set<std::uint64_t> came;
  for (const auto& arrival : seen.arrivals) {
    if (!arrival.call) {
      found.strange.push_back(arrival.at);
    } else if (!came.insert(*arrival.call).second) {
      found.extra.push_back(arrival.at);
    }
  }
}

void attribute(const Seen& seen, const Visits& visits, Verdicts& found) {
  note_others(seen, found);
  const auto hidden = hidden_times(seen.shut);
  const auto last = found.late > Duration::zero() ? last_seen(seen) : never;
  for (std::size_t i = 0; i < seen.calls.size(); ++i) {
    const auto& call = seen.calls[i];
    if (const auto arrived = visits.find(call.number); arrived != visits.end()) {
      const auto& [at, over] = arrived->second;
      found.all.push_back({Verdict::Kind::out, i, call.sent, at, over});
    } else if (call.ended != never && call.ended + found.late <= last) {
      found.all.push_back(not_arrived(
          call, i, hidden.any_during(call) ? Verdict::Kind::hidden : Verdict::Kind::withheld));
      found.all.back().decided += found.late;
    }
  }
}

// Takes each arrival for one of the calls under way that had none yet, the oldest first.
class Counting {
 public:
  Counting(const Seen& seen, Verdicts& found) : seen_(seen), found_(found) {}

  void run() {
    for (const auto& arrival : seen_.arrivals) {
      arrived(arrival.at, arrival.over);
    }
    const auto hidden = hidden_times(seen_.shut);
    std::vector<bool> settled(seen_.calls.size());
    for (const auto& verdict : found_.all) {
      settled[verdict.call] = true;
    }
    for (std::size_t i = 0; i < seen_.calls.size(); ++i) {
      const auto& call = seen_.calls[i];
      if (!settled[i] && call.ended != never) {
        found_.all.push_back(not_arrived(call, i,
                                         hidden.any_during(call) ? Verdict::Kind::hidden
                                         : any_between(call.sent, call.ended)
                                             ? Verdict::Kind::unknown
                                             : Verdict::Kind::withheld));
      }
    }
  }

 private:
  void arrived(TimePoint now, TimePoint over) {
    while (next_ < seen_.calls.size() && seen_.calls[next_].sent <= now) {
      under_way_.push_back({next_++, false});
    }
    std::erase_if(under_way_, [&](const auto& one) { return seen_.calls[one.first].ended < now; });
    if (under_way_.empty()) {
      found_.strange.push_back(now);
      return;
    }
    const auto waiting =
        std::ranges::find(under_way_, false, &std::pair<std::size_t, bool>::second);
    if (waiting == under_way_.end()) {
      found_.extra.push_back(now);
      return;
    }
    waiting->second = true;
    const auto earliest = seen_.calls[under_way_.front().first].sent;
    found_.all.push_back({Verdict::Kind::out, waiting->first, earliest, now, over});
  }

  [[nodiscard]] bool any_between(TimePoint from, TimePoint until) const {
    const auto next = std::ranges::lower_bound(seen_.arrivals, from, {}, &Arrival::at);
    return next != seen_.arrivals.end() && next->at <= until;
  }

  const Seen& seen_;
  Verdicts& found_;
  std::size_t next_ = 0;
  std::deque<std::pair<std::size_t, bool>> under_way_{};  // index, and whether it has arrived
};

// The requests whose callers were answered before the dependency was done with them.
bool outlasts(const Seen& seen, const Verdict& verdict) {
  const auto& call = seen.calls[verdict.call];
  return verdict.kind == Verdict::Kind::out && call.ended != never && call.ended < verdict.over;
}

// What a call takes at least that waits for a place of one of these, in vain; the longest there is
// without them.
Duration wait_for_place(const Seen& seen, const Verdicts& verdicts) {
  auto shortest = Duration::max();
  for (const auto& verdict : verdicts.all) {
    if (outlasts(seen, verdict)) {
      const auto& call = seen.calls[verdict.call];
      shortest = std::min(shortest, (call.ended - call.sent) / 2);
    }
  }
  return shortest;
}

bool waits(const Call& call, Duration for_place) {
  return call.ended != never && call.ended - call.sent >= for_place;
}

}  // namespace

Verdicts verdicts(const Seen& seen, TimePoint calibrated_until) {
  Verdicts found;
  const auto visits = visits_of(seen.arrivals);
  found.attributed = passes_identity_on(seen, visits, calibrated_until);
  if (found.attributed) {
    found.late = lateness(seen, visits, calibrated_until);
    attribute(seen, visits, found);
  } else {
    Counting(seen, found).run();
  }
  std::ranges::stable_sort(found.all, {}, &Verdict::decided);
  return found;
}

std::vector<std::uint64_t> under_way(const Seen& seen, const Verdicts& verdicts) {
  const auto& all = verdicts.all;
  std::vector<std::size_t> by_sent(all.size());
  std::iota(by_sent.begin(), by_sent.end(), std::size_t{0});
  std::ranges::stable_sort(by_sent, {},
                           [&](std::size_t i) { return seen.calls[all[i].call].sent; });

  const auto for_place = wait_for_place(seen, verdicts);
  std::vector<std::uint64_t> counts(all.size());
  std::multiset<TimePoint> ends;   // of those that have arrived by then
  std::multiset<TimePoint> overs;  // the same with what outlasts its call
  std::size_t next = 0;            // in the order they were decided
  for (const auto i : by_sent) {
    const auto& call = seen.calls[all[i].call];
    for (; next < all.size() && all[next].decided <= call.sent; ++next) {
      if (all[next].kind == Verdict::Kind::out) {
        const auto ended = seen.calls[all[next].call].ended;
        ends.insert(ended);
        overs.insert(std::max(ended, all[next].over));
      }
    }
    const auto& until = waits(call, for_place) ? overs : ends;
    counts[i] =
        static_cast<std::uint64_t>(std::distance(until.upper_bound(call.ended), until.end()));
    ends.erase(ends.begin(), ends.upper_bound(call.sent));
    overs.erase(overs.begin(), overs.upper_bound(call.sent));
  }
  return counts;
}

std::vector<bool> alone(const Seen& seen, const Verdicts& verdicts) {
  const auto for_place = wait_for_place(seen, verdicts);
  Times calls;
  Times requests;                             // with what outlasts its call
  for (const auto& verdict : verdicts.all) {  // in the order they arrived
    if (verdict.kind == Verdict::Kind::out) {
      const auto end = std::max(verdict.decided, seen.calls[verdict.call].ended);
      calls.add(verdict.decided, end);
      requests.add(verdict.decided, std::max(end, verdict.over));
    }
  }
  std::vector<bool> found;
  for (const auto& verdict : verdicts.all) {
    const auto& call = seen.calls[verdict.call];
    found.push_back(!(waits(call, for_place) ? requests : calls).any_during(call));
  }
  return found;
}

}  // namespace tripcurve::through
