#include "through/verdicts.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

namespace tripcurve::through {
namespace {

constexpr double enough_identities = 0.9;

bool passes_identity_on(const std::vector<Arrival>& arrivals, TimePoint until) {
  const auto end = std::ranges::upper_bound(arrivals, until, {}, &Arrival::at);
  const auto last = end == arrivals.begin() ? arrivals.end() : end;
  const auto with = std::count_if(arrivals.begin(), last,
                                  [](const Arrival& arrival) { return arrival.call.has_value(); });
  return last != arrivals.begin() &&
         static_cast<double>(with) >=
             enough_identities * static_cast<double>(last - arrivals.begin());
}

// Of a call that did not arrive.
Verdict not_arrived(const Call& call, std::size_t index, bool others_arrived) {
  const bool answered = call.end && call.end->kind() == CallEnd::Kind::answer;
  return {.kind = !answered        ? Verdict::Kind::lost
                  : others_arrived ? Verdict::Kind::unknown
                                   : Verdict::Kind::withheld,
          .call = index,
          .from = call.sent,
          .decided = call.ended};
}

void attribute(const Seen& seen, Verdicts& found) {
  std::unordered_map<std::uint64_t, TimePoint> first;
  for (const auto& arrival : seen.arrivals) {
    if (!arrival.call) {
      found.strange.push_back(arrival.at);
    } else if (!first.emplace(*arrival.call, arrival.at).second) {
      found.extra.push_back(arrival.at);
    }
  }
  for (std::size_t i = 0; i < seen.calls.size(); ++i) {
    const auto& call = seen.calls[i];
    if (const auto arrived = first.find(call.number); arrived != first.end()) {
      found.all.push_back({Verdict::Kind::out, i, call.sent, arrived->second});
    } else if (call.ended != never) {
      found.all.push_back(not_arrived(call, i, false));
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
    std::vector<bool> settled(seen_.calls.size());
    for (const auto& verdict : found_.all) {
      settled[verdict.call] = true;
    }
    for (std::size_t i = 0; i < seen_.calls.size(); ++i) {
      const auto& call = seen_.calls[i];
      if (!settled[i] && call.ended != never) {
        found_.all.push_back(not_arrived(call, i, any_between(call.sent, call.ended)));
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
  found.attributed = passes_identity_on(seen.arrivals, calibrated_until);
  if (found.attributed) {
    attribute(seen, found);
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

}  // namespace tripcurve::through
