#include "forecast/everyday.hpp"

#include <algorithm>
#include <cmath>

#include "theory/runs.hpp"

namespace tripcurve::forecast {
namespace {

// Quantiles that are kept where each has to be searched for.
constexpr std::size_t searched = 1024;

double log_of(bool happened, double under_tilt, double normally) {
  return happened ? std::log(under_tilt / normally)
                  : std::log1p(-under_tilt) - std::log1p(-normally);
}

}  // namespace

Everyday::Everyday(const Baseline& baseline, Duration slow_from) : baseline_(baseline) {
  const double share = baseline.failures;
  const double stickiness = baseline.stickiness.value_or(share);
  odds_ = {.after_success = theory::failure_after_success(share, stickiness),
           .after_failure = stickiness,
           .slow = slow_from > Duration{} ? baseline.share_slower(slow_from) : 0};
  if (baseline.latency.has_quick_quantile()) {
    return;
  }
  for (const bool slow : {false, true}) {
    for (std::size_t i = 0; i < searched; ++i) {
      quantiles_[slow ? 1 : 0].push_back(
          takes(slow, (static_cast<double>(i) + 0.5) / static_cast<double>(searched)));
    }
  }
}

Duration Everyday::takes(bool slow, double u) const {
  // A share so small that it is lost beside one leads to one, which nothing is below.
  constexpr double most = 1 - 0x1.0p-53;
  const double fast = 1 - odds_.slow;
  return baseline_.cut(
      baseline_.latency.sample(std::min(slow ? fast + u * odds_.slow : u * fast, most)));
}

EverydayCall Everyday::draw(Random& random, const Odds& odds, bool after_failure) const {
  EverydayCall call;
  const double gap = baseline_.poisson ? -std::log1p(-random.unit()) : 1;
  call.since_last = Duration(std::llround(gap / baseline_.calls_per_second * 1e9));
  call.fails = random.unit() < (after_failure ? odds.after_failure : odds.after_success);
  call.slow = odds.slow > 0 && random.unit() < odds.slow;
  if (baseline_.latency.is_fixed()) {
    call.takes = baseline_.cut(baseline_.latency.fixed());
  } else {
    const double u = random.unit();
    const auto& known = quantiles_[call.slow ? 1 : 0];
    call.takes = known.empty()
                     ? takes(call.slow, u)
                     : known[static_cast<std::size_t>(u * static_cast<double>(known.size()))];
  }
  return call;
}

double Everyday::log_ratio(const EverydayCall& call, const Odds& tilted, bool after_failure) const {
  double ratio = after_failure ? log_of(call.fails, tilted.after_failure, odds_.after_failure)
                               : log_of(call.fails, tilted.after_success, odds_.after_success);
  if (odds_.slow > 0) {
    ratio += log_of(call.slow, tilted.slow, odds_.slow);
  }
  return ratio;
}

// The chain twisted exponentially: each step to a failure is made `weight` times as likely, and
// both are made a chain again by the largest eigenvalue and its eigenvector. The weight for the
// share is found by halving.
Odds Everyday::with_failures(double share) const {
  const auto twisted = [&](double weight) {
    const double b = odds_.after_success;
    const double a = odds_.after_failure;
    // Rows of the matrix: after a success, after a failure.
    const double ss = 1 - b;
    const double sf = b * weight;
    const double fs = 1 - a;
    const double ff = a * weight;
    const double eigenvalue = (ss + ff + std::sqrt((ss - ff) * (ss - ff) + 4 * sf * fs)) / 2;
    const double vector = (eigenvalue - ss) / sf;  // of a failure, that of a success being 1
    auto odds = odds_;
    odds.after_success = sf * vector / eigenvalue;
    odds.after_failure = ff / eigenvalue;
    return odds;
  };
  double low = 0;
  double high = 100;  // logarithms of weights
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    const auto odds = twisted(std::exp(middle));
    const double fails = odds.after_success / (odds.after_success + 1 - odds.after_failure);
    (fails < share ? low : high) = middle;
  }
  return twisted(std::exp(low));
}

Odds Everyday::with_slow(double share) const {
  auto odds = odds_;
  odds.slow = share;
  return odds;
}

}  // namespace tripcurve::forecast
