// The calls of a good day, one after the other: which fail, which are slow, when they come.
//
// Failures are a chain of two states (theory/runs.hpp). A tilt makes failures or slow calls more
// frequent for a stretch of calls and says how much more likely that made what was drawn.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"
#include "forecast/false_trips.hpp"

namespace tripcurve::forecast {

struct Odds {
  double after_success = 0;  // that a call fails
  double after_failure = 0;
  double slow = 0;  // that it takes `slow_from` or longer
};

struct EverydayCall {
  Duration since_last{};
  Duration takes{};
  bool fails = false;
  bool slow = false;
};

class Everyday {
 public:
  // `slow_from` divides slow calls from others; zero: there is no need to.
  Everyday(const Baseline& baseline, Duration slow_from);

  [[nodiscard]] const Odds& odds() const { return odds_; }

  // The next call, drawn by `odds`, after one that failed or did not.
  [[nodiscard]] EverydayCall draw(Random& random, const Odds& odds, bool after_failure) const;

  // The logarithm of how much more likely `tilted` makes it that a call comes as it has come.
  [[nodiscard]] double log_ratio(const EverydayCall& call, const Odds& tilted,
                                 bool after_failure) const;

  // The odds under which `share` of the calls fail, in the likeliest way for them to.
  [[nodiscard]] Odds with_failures(double share) const;
  [[nodiscard]] Odds with_slow(double share) const;

 private:
  // How long a call takes, at `u` of all calls that are slow, or of all that are not.
  [[nodiscard]] Duration takes(bool slow, double u) const;

  const Baseline& baseline_;
  Odds odds_;
  // Where quantiles are searched for: those of calls that are not slow, and of those that are.
  std::array<std::vector<Duration>, 2> quantiles_{};
};

}  // namespace tripcurve::forecast
