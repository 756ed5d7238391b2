// The normal distribution, of which only what is not below zero is a duration.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/durations/numbers.hpp"
#include "core/durations/shapes.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

class Normal final : public Shape {
 public:
  Normal(Duration mean, Duration deviation)
      : mean_(mean),
        deviation_(deviation),
        lowest_(-ns(mean) / ns(deviation)),
        below_zero_(normal_below(lowest_)) {}

  [[nodiscard]] Duration quantile(double q) const override {
    constexpr double most = 1 - 0x1.0p-53;  // rounding may lead to one, which nothing is below
    const double score = normal_score(std::min(most, below_zero_ + q * (1 - below_zero_)));
    return rounded_and_cut(std::max(0.0, ns(mean_) + ns(deviation_) * score));
  }
  [[nodiscard]] Duration mean() const override {
    const double density = std::exp(-lowest_ * lowest_ / 2) / std::sqrt(2 * std::numbers::pi);
    return rounded(ns(mean_) + ns(deviation_) * density / (1 - below_zero_));
  }
  [[nodiscard]] double share_above(Duration limit) const override {
    return limit <= Duration::zero()
               ? 1
               : normal_above((ns(limit) - ns(mean_)) / ns(deviation_)) / (1 - below_zero_);
  }
  [[nodiscard]] std::string text() const override {
    return "normal(" + format_duration(mean_) + "," + format_duration(deviation_) + ")";
  }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    constexpr double notable = 1e-6;
    if (below_zero_ < notable) {
      return {};
    }
    return {show_share(below_zero_) + " of the draws of " + text() +
            " are below zero and drawn again"};
  }

 private:
  Duration mean_;
  Duration deviation_;
  double lowest_;  // the score of zero
  double below_zero_;
};

}  // namespace

Result<DurationDistribution> parse_normal(const Call& call, std::string_view text) {
  constexpr auto example = "normal(20ms,5ms): the mean, and the standard deviation";
  Arguments arguments(call, text, example);
  const auto mean = arguments.duration("mean");
  const auto deviation = arguments.duration("sd");
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  if (*deviation == Duration::zero()) {
    return DurationDistribution::fixed(*mean);
  }
  if (*deviation > *mean) {
    return Error{"the standard deviation of " + quoted(text) +
                     " is more than the mean, so that more than 15.9% would be below zero",
                 "write sd=" + format_duration(*mean) + " or less, or lognormal(20ms,400ms)"};
  }
  if (ns(*mean) + 4 * ns(*deviation) > longest_tail_ns) {
    return Error{quoted(text) + " means a p99.99 of more than 24h", "write shorter ones"};
  }
  return DurationDistribution(std::make_shared<Normal>(*mean, *deviation));
}

}  // namespace tripcurve::durations
