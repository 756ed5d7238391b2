#include "theory/windows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "theory/binomial.hpp"
#include "theory/runs.hpp"

namespace tripcurve::theory {
namespace {

using breaker::TripRule;

constexpr double infinity = std::numeric_limits<double>::infinity();
// Calls after which a chain that has lost nothing loses nothing that a double can hold.
constexpr std::uint64_t settled = 100'000;

// What a window may hold without tripping, as bits, the latest call lowest; and what each becomes
// with one more call. Until the window is full it is as if successes had been before.
struct Content {
  static constexpr std::uint32_t trips = 0xffffffff;
  std::uint64_t bits = 0;
  std::uint32_t after_success = trips;
  std::uint32_t after_failure = trips;
};

// All that hold fewer failures than `needed`; none if there are more of these than `most`.
std::optional<std::vector<Content>> contents_of(std::uint64_t window, double needed,
                                                std::size_t most) {
  std::vector<Content> contents(1);
  std::unordered_map<std::uint64_t, std::uint32_t> numbers{{0, 0}};
  const auto mask = ~std::uint64_t{0} >> (64 - window);
  const auto number_of = [&](std::uint64_t bits) {
    if (std::popcount(bits) >= needed) {
      return Content::trips;
    }
    const auto [found, is_new] = numbers.emplace(bits, static_cast<std::uint32_t>(contents.size()));
    if (is_new) {
      contents.push_back({bits});
    }
    return found->second;
  };
  for (std::size_t i = 0; i < contents.size() && contents.size() <= most; ++i) {
    const auto older = (contents[i].bits << 1U) & mask;
    const auto success = number_of(older);
    const auto failure = number_of(older | 1U);
    contents[i].after_success = success;
    contents[i].after_failure = failure;
  }
  return contents.size() <= most ? std::optional(std::move(contents)) : std::nullopt;
}

// The distribution over the contents of a window that has not tripped, call by call.
class Survivors {
 public:
  Survivors(const std::vector<Content>& contents, double share, double stickiness)
      : contents_(contents),
        share_(share),
        stickiness_(stickiness),
        after_success_(failure_after_success(share, stickiness)),
        now_(contents.size(), 0),
        next_(contents.size(), 0) {
    now_[0] = 1;
  }

  // The `call`th call. With `needed` failures or more it trips, at once or, if nobody looks yet,
  // when somebody does: no failure leaves a window that is not full.
  void step(std::uint64_t call, double needed, bool judged) {
    std::ranges::fill(next_, 0);
    alive_ = 0;
    tripped_ = 0;
    needed_ = needed;
    for (std::size_t i = 0; i < contents_.size(); ++i) {
      if (now_[i] == 0) {
        continue;
      }
      const auto& content = contents_[i];
      // Before the first call the chain is in its long run.
      const double fails = call == 1                  ? share_
                           : (content.bits & 1U) != 0 ? stickiness_
                                                      : after_success_;
      move(content.after_success, now_[i] * (1 - fails));
      move(content.after_failure, now_[i] * fails);
    }
    std::swap(now_, next_);
    if (judged) {
      tripped_ = std::exchange(doomed_, 0);
    }
  }

  [[nodiscard]] double alive() const { return alive_ + doomed_; }
  // With the last call; more exact than the difference of those alive.
  [[nodiscard]] double tripped() const { return tripped_; }

 private:
  void move(std::uint32_t to, double flow) {
    if (to == Content::trips || std::popcount(contents_[to].bits) >= needed_) {
      doomed_ += flow;
    } else {
      next_[to] += flow;
      alive_ += flow;
    }
  }

  const std::vector<Content>& contents_;
  double share_;
  double stickiness_;
  double after_success_;
  double needed_ = 0;
  double alive_ = 1;
  double doomed_ = 0;
  double tripped_ = 0;
  std::vector<double> now_;
  std::vector<double> next_;
};

// Adds up how many have not tripped before each call. Once the share that trips at each call is
// constant, what is left trips at that rate.
double mean_of(Survivors survivors, const TripRule& rule) {
  const auto window = rule.window_calls;
  const auto minimum = std::clamp<std::uint64_t>(rule.minimum_calls, 1, window);
  double total = 0;
  double rate = 1;
  for (std::uint64_t call = 1; survivors.alive() > 0; ++call) {
    const double before = survivors.alive();
    total += before;
    const auto held = std::clamp(call, minimum, window);
    survivors.step(call, failures_needed(rule, static_cast<double>(held)), call >= minimum);
    const double loss = survivors.tripped() / before;
    if (call > 5 * window && std::abs(loss - rate) <= 1e-9 * loss) {
      return total + survivors.alive() / loss;
    }
    if (call > settled && loss == 0) {
      return infinity;
    }
    rate = loss;
  }
  return total;
}

// Naus's formulas, of what has happened rather than of what has not, so that nothing is lost when
// it is rare.
struct Windows {
  double n;
  double k;
  double p;

  [[nodiscard]] double exactly(double failures) const { return binomial(n, failures, p); }
  [[nodiscard]] double at_most(double failures, double calls) const {
    return binomial_at_most(calls, failures, p);
  }
  [[nodiscard]] double one() const { return binomial_at_least(n, k, p); }
  // In one of the windows that lie within two, and within three.
  [[nodiscard]] double within_two() const {
    const double tail = one();
    return 2 * tail - tail * tail +
           exactly(k) * ((k - 1) * at_most(k - 2, n) - n * p * at_most(k - 3, n - 1));
  }
  [[nodiscard]] double within_three() const {
    const double tail = one();
    const double none = at_most(k - 1, n);
    const double a1 =
        2 * exactly(k) * none * ((k - 1) * at_most(k - 2, n) - n * p * at_most(k - 3, n - 1));
    const double a2 =
        0.5 * exactly(k) * exactly(k) *
        ((k - 1) * (k - 2) * at_most(k - 3, n) - 2 * (k - 2) * n * p * at_most(k - 4, n - 1) +
         n * (n - 1) * p * p * at_most(k - 5, n - 2));
    double a3 = 0;
    double a4 = 0;
    for (double r = 1; r < k; ++r) {
      a3 += exactly(2 * k - r) * at_most(r - 1, n) * at_most(r - 1, n);
      if (r > 1) {
        a4 += exactly(2 * k - r) * exactly(r) *
              ((r - 1) * at_most(r - 2, n) - n * p * at_most(r - 3, n - 1));
      }
    }
    return 3 * tail - 3 * tail * tail + tail * tail * tail + a1 - a2 - a3 + a4;
  }
};

}  // namespace

double failures_needed(const TripRule& rule, double n) {
  if (rule.kind != TripRule::Kind::share) {
    return static_cast<double>(rule.failures);
  }
  const double exact = rule.share * n;
  const double whole = std::ceil(exact);
  return std::max(1.0, rule.only_above && whole == exact ? whole + 1 : whole);
}

std::optional<double> exact_calls_until_window(const TripRule& rule, double share,
                                               double stickiness, std::size_t most_states) {
  const double needed = failures_needed(rule, static_cast<double>(rule.window_calls));
  if (needed > static_cast<double>(rule.window_calls)) {
    return infinity;
  }
  if (rule.window_calls > 64) {
    return std::nullopt;
  }
  const auto contents = contents_of(rule.window_calls, needed, most_states);
  return contents ? std::optional(mean_of(Survivors(*contents, share, stickiness), rule))
                  : std::nullopt;
}

double scan_calls_until_window(std::uint64_t window, std::uint64_t needed, double share) {
  const auto n = static_cast<double>(window);
  const Windows windows{n, static_cast<double>(needed), share};
  const double two = windows.within_two();
  const double three = windows.within_three();
  // Of those that get through two windows so many fall in the third, and in each one after it: the
  // mean is the sum over all calls of the chance to have come so far.
  const double per_window = (three - two) / (1 - two);
  const double per_call = -std::expm1(std::log1p(-per_window) / n);
  const double first = windows.one();
  const double rise = (two - first) / n;  // per call, within the second window
  return n + (1 - first) * n - rise * n * (n - 1) / 2 + (1 - two) / per_call;
}

double rare_calls_until_window(std::uint64_t window, std::uint64_t needed, double share) {
  return 1 / ((1 - share) * share *
              binomial(static_cast<double>(window) - 1, static_cast<double>(needed) - 1, share));
}

double tumbling_calls_until_window(std::uint64_t window, std::uint64_t needed, double share) {
  return static_cast<double>(window) /
         binomial_at_least(static_cast<double>(window), static_cast<double>(needed), share);
}

double chance_of_share(const TripRule& rule, double mean_calls, double share) {
  const double most = mean_calls + 12 * std::sqrt(mean_calls) + 30;
  double chance = 0;
  for (auto m = static_cast<double>(rule.minimum_calls); m <= most; ++m) {
    chance += poisson(mean_calls, m) * binomial_at_least(m, failures_needed(rule, m), share);
  }
  return chance;
}

double calls_until_share(const TripRule& rule, double mean_calls, double share) {
  // A failure arrives and finds m calls in the window, f of them failed; it trips when the rule
  // holds with it. Whether the rule held before is no matter: calls that leave the window can make
  // it hold without anybody looking. Sum over m, as far as a Poisson count goes.
  const double spread = 12 * std::sqrt(mean_calls) + 30;
  const auto minimum = static_cast<double>(rule.minimum_calls);
  const double least = std::max({0.0, mean_calls - spread, minimum - 1});
  double chance = 0;
  for (double m = std::floor(least); m <= mean_calls + spread; ++m) {
    chance +=
        poisson(mean_calls, m) * binomial_at_least(m, failures_needed(rule, m + 1) - 1, share);
  }
  // No rule trips before it has its minimum of calls, and the failures that it needs of them.
  const double soonest = std::max(minimum, failures_needed(rule, minimum) / share);
  return chance > 0 ? std::max(1 / (share * chance), soonest) : infinity;
}

}  // namespace tripcurve::theory
