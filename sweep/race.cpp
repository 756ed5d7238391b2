#include "sweep/race.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tripcurve::sweep {
namespace {

// By how much, run by run of the same seeds; a goal that is no mean of runs is compared by its
// intervals.
bool leads(const Contestant& a, const Contestant& b) {
  const auto pairs =
      a.goals && b.goals ? paired_differences(*b.goals, *a.goals) : std::optional<Strata>();
  if (!pairs) {
    return a.goal.high < b.goal.low && !may_be_chance(a.goal) && !may_be_chance(b.goal);
  }
  const auto lead = mean_of(*pairs, Confidence::strict);
  return lead.low > 0 && !may_be_chance(lead);
}

// Of so many that come closest one may satisfy all when more is known.
constexpr std::size_t nearest_kept = 5;

std::vector<std::size_t> nearest(std::span<const Contestant> all) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return all[i].violation; });
  order.resize(std::min(order.size(), nearest_kept));
  return order;
}

// Who may still be chosen.
std::vector<std::size_t> contenders(std::span<const Contestant> all) {
  const auto best = incumbent(all);
  const auto kept = best < all.size() ? std::vector{best} : nearest(all);
  std::vector<std::size_t> contend;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_led = best < all.size() && leads(all[best], all[i]);
    if (std::ranges::find(kept, i) != kept.end() || (all[i].may_satisfy && !is_led)) {
      contend.push_back(i);
    }
  }
  return contend;
}

bool is_known(const Contestant& contestant, double precision) {
  const auto& goal = contestant.goal;
  return contestant.seeds >= enough_runs && goal.half_width() <= precision * std::abs(goal.value);
}

}  // namespace

std::size_t incumbent(std::span<const Contestant> contestants) {
  auto best = contestants.size();
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    if (contestants[i].violation <= 0 &&
        (best == contestants.size() || contestants[i].goal.value < contestants[best].goal.value)) {
      best = i;
    }
  }
  return best;
}

std::vector<std::size_t> worth_more_runs(std::span<const Contestant> contestants,
                                         double precision) {
  auto contend = contenders(contestants);
  if (std::ranges::all_of(contend,
                          [&](std::size_t i) { return is_known(contestants[i], precision); })) {
    contend.clear();
  }
  return contend;
}

}  // namespace tripcurve::sweep
