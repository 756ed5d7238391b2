#include "sweep/race.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>

#include "sweep/front.hpp"

namespace tripcurve::sweep {
namespace {

// How far `a` is below `b`, seed by seed, over those that both have.
Estimate difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < differences.size(); ++i) {
    differences[i] = a[i] - b[i];
  }
  return mean_of(differences);
}

bool beats(const Contestant& a, const Contestant& b) {
  bool better = false;
  for (std::size_t side = 0; side < a.sides.size(); ++side) {
    const auto less = difference(a.sides[side], b.sides[side]);
    if (!(less.high <= 0)) {
      return false;
    }
    better = better || less.high < 0;
  }
  return better;
}

std::vector<double> means(const Contestant& contestant) {
  std::vector<double> means;
  for (const auto& side : contestant.sides) {
    means.push_back(std::accumulate(side.begin(), side.end(), 0.0) /
                    static_cast<double>(side.size()));
  }
  return means;
}

bool is_precise(const Estimate& estimate, double precision) {
  return estimate.half_width() <= precision * std::abs(estimate.value);
}

bool is_precise(const Contestant& contestant, double precision) {
  return is_precise(contestant.goal, precision) &&
         std::ranges::all_of(contestant.sides, [&](const std::vector<double>& side) {
           return is_precise(mean_of(side), precision);
         });
}

// Of so many that come closest one may satisfy all when more is known.
constexpr std::size_t nearest_kept = 5;

// Who may still be chosen.
std::vector<bool> contenders(std::span<const Contestant> all) {
  std::vector<bool> contends(all.size());
  const auto best = incumbent(all);
  if (best < all.size()) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      contends[i] = all[i].may_satisfy && !(all[i].goal.low > all[best].goal.high);
    }
    return contends;
  }
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return all[i].violation; });
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    contends[order[rank]] = rank < nearest_kept || all[order[rank]].may_satisfy;
  }
  return contends;
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

std::vector<Standing> standings(std::span<const Contestant> contestants, double precision) {
  std::vector<std::vector<double>> all_means;
  for (const auto& contestant : contestants) {
    all_means.push_back(means(contestant));
  }
  // Whoever is beaten at all is beaten by somebody of the front.
  const auto front = front_of(all_means);
  const auto contends = contenders(contestants);
  std::vector<bool> precise;
  bool all_contenders_are = true;
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    precise.push_back(is_precise(contestants[i], precision));
    all_contenders_are = all_contenders_are && (precise[i] || !contends[i]);
  }
  const auto is_beaten = [&](std::size_t i) {
    return !contends[i] && !front[i] &&
           std::ranges::any_of(std::views::iota(std::size_t{0}, front.size()),
                               [&](std::size_t other) {
                                 return front[other] && beats(contestants[other], contestants[i]);
                               });
  };
  std::vector<Standing> found;
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    // Those among whom one is chosen are compared by the same seeds: they all race on, or none.
    const bool enough = contends[i] ? all_contenders_are : precise[i];
    found.push_back(is_beaten(i) ? Standing::beaten : enough ? Standing::precise : Standing::open);
  }
  return found;
}

}  // namespace tripcurve::sweep
