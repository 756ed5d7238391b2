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

// By call, what arrived first.
using FirstArrivals = std::unordered_map<std::uint64_t, TimePoint>;

FirstArrivals first_arrivals(const std::vector<Arrival>& arrivals) {
  FirstArrivals first;
  for (const auto& arrival : arrivals) {
    if (arrival.call) {
      first.emplace(*arrival.call, arrival.at);
    }
  }
  return first;
}

bool passes_identity_on(const Seen& seen, const FirstArrivals& first, TimePoint until) {
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
      const auto arrived = first.find(call.number);
      known += arrived != first.end() && arrived->second <= until ? 1U : 0U;
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

// Calls that were answered while the dependency took no connections, for some of that time at
// least.
class Hidden {
 public:
  explicit Hidden(const std::vector<Shut>& shut) {
    for (const auto& one : shut) {  // in the order they began
      if (!times_.empty() && one.from <= times_.back().second) {
        times_.back().second = std::max(times_.back().second, one.until);
      } else {
        times_.emplace_back(one.from, one.until);
      }
    }
  }

  [[nodiscard]] bool is(const Call& call) const {
    const auto found = std::ranges::lower_bound(times_, call.sent, {},
                                                [](const auto& time) { return time.second; });
    return found != times_.end() && found->first <= call.ended;
  }

 private:
  std::vector<std::pair<TimePoint, TimePoint>> times_;  // apart from each other
};

// How long after their answers calls arrived while all was well, twice over.
Duration lateness(const Seen& seen, const FirstArrivals& first, TimePoint until) {
  Duration latest{};
  for (const auto& call : seen.calls) {
    const auto arrived = first.find(call.number);
    if (is_answered(call) && arrived != first.end() && arrived->second <= until) {
      latest = std::max(latest, arrived->second - call.ended);
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

void attribute(const Seen& seen, const FirstArrivals& first, Verdicts& found) {
  note_others(seen, found);
  const Hidden hidden(seen.shut);
  const auto last = found.late > Duration::zero() ? last_seen(seen) : never;
  for (std::size_t i = 0; i < seen.calls.size(); ++i) {
    const auto& call = seen.calls[i];
    if (const auto arrived = first.find(call.number); arrived != first.end()) {
      found.all.push_back({Verdict::Kind::out, i, call.sent, arrived->second});
    } else if (call.ended != never && call.ended + found.late <= last) {
      found.all.push_back(
          not_arrived(call, i, hidden.is(call) ? Verdict::Kind::hidden : Verdict::Kind::withheld));
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
      arrived(arrival.at);
    }
    const Hidden hidden(seen_.shut);
    std::vector<bool> settled(seen_.calls.size());
    for (const auto& verdict : found_.all) {
      settled[verdict.call] = true;
    }
    for (std::size_t i = 0; i < seen_.calls.size(); ++i) {
      const auto& call = seen_.calls[i];
      if (!settled[i] && call.ended != never) {
        found_.all.push_back(not_arrived(call, i,
                                         hidden.is(call) ? Verdict::Kind::hidden
                                         : any_between(call.sent, call.ended)
                                             ? Verdict::Kind::unknown
                                             : Verdict::Kind::withheld));
      }
    }
  }

 private:
  void arrived(TimePoint now) {
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
    found_.all.push_back({Verdict::Kind::out, waiting->first, earliest, now});
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

}  // namespace

Verdicts verdicts(const Seen& seen, TimePoint calibrated_until) {
  Verdicts found;
  const auto first = first_arrivals(seen.arrivals);
  found.attributed = passes_identity_on(seen, first, calibrated_until);
  if (found.attributed) {
    found.late = lateness(seen, first, calibrated_until);
    attribute(seen, first, found);
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

  std::vector<std::uint64_t> counts(all.size());
  std::multiset<TimePoint> ends;  // of those that have arrived by then
  std::size_t next = 0;           // in the order they were decided
  for (const auto i : by_sent) {
    const auto& call = seen.calls[all[i].call];
    for (; next < all.size() && all[next].decided <= call.sent; ++next) {
      if (all[next].kind == Verdict::Kind::out) {
        ends.insert(seen.calls[all[next].call].ended);
      }
    }
    ends.erase(ends.begin(), ends.upper_bound(call.sent));
    counts[i] = static_cast<std::uint64_t>(std::distance(ends.upper_bound(call.ended), ends.end()));
  }
  return counts;
}

std::vector<bool> alone(const Seen& seen, const Verdicts& verdicts) {
  // When any call was at the dependency, in order and apart from each other.
  std::vector<std::pair<TimePoint, TimePoint>> busy;
  for (const auto& verdict : verdicts.all) {  // in the order they arrived
    if (verdict.kind != Verdict::Kind::out) {
      continue;
    }
    const auto end = std::max(verdict.decided, seen.calls[verdict.call].ended);
    if (!busy.empty() && verdict.decided <= busy.back().second) {
      busy.back().second = std::max(busy.back().second, end);
    } else {
      busy.emplace_back(verdict.decided, end);
    }
  }
  std::vector<bool> found;
  for (const auto& verdict : verdicts.all) {
    const auto& call = seen.calls[verdict.call];
    const auto next =
        std::ranges::lower_bound(busy, call.sent, {}, [](const auto& time) { return time.second; });
    found.push_back(next == busy.end() || call.ended < next->first);
  }
  return found;
}

}  // namespace tripcurve::through
