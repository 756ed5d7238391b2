// The exponential distribution, and the Pareto distribution: the tails that fall off by a rate, and
// by a power.
#include <cmath>

#include "core/durations/numbers.hpp"
#include "core/durations/shapes.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

class Exponential final : public Shape {
 public:
  explicit Exponential(Duration mean) : mean_(mean) {}

  [[nodiscard]] Duration quantile(double q) const override {
    return rounded_and_cut(-ns(mean_) * std::log(1 - q));
  }
  [[nodiscard]] Duration mean() const override { return mean_; }
  [[nodiscard]] double share_above(Duration limit) const override {
    return limit <= Duration::zero() ? 1 : std::exp(-ns(limit) / ns(mean_));
  }
  [[nodiscard]] std::string text() const override { return "mean=" + format_duration(mean_); }

 private:
  Duration mean_;
};

class Pareto final : public Shape {
 public:
  Pareto(Duration least, double alpha) : least_(least), alpha_(alpha) {}

  [[nodiscard]] Duration quantile(double q) const override {
    return rounded_and_cut(ns(least_) * std::pow(1 - q, -1 / alpha_));
  }
  [[nodiscard]] Duration mean() const override {
    return rounded(ns(least_) * alpha_ / (alpha_ - 1));
  }
  [[nodiscard]] double share_above(Duration limit) const override {
    return limit <= least_ ? 1 : std::pow(ns(least_) / ns(limit), alpha_);
  }
  [[nodiscard]] std::string text() const override {
    return "pareto(" + format_duration(least_) + "," + number_text(alpha_) + ")";
  }

 private:
  Duration least_;
  double alpha_;
};

Result<DurationDistribution> exponential(Duration mean, std::string_view text) {
  if (mean == Duration::zero()) {
    return Error{"the mean is zero in " + quoted(text), "write 0ms for no time at all"};
  }
  if (-ns(mean) * std::log(1 - tail) > longest_tail_ns) {
    return Error{quoted(text) + " means a p99.99 of more than 24h", "write a shorter mean"};
  }
  return DurationDistribution(std::make_shared<Exponential>(mean));
}

}  // namespace

Result<DurationDistribution> parse_mean(std::string_view text) {
  const auto mean = parse_duration(text.substr(text.find('=') + 1));
  return mean ? exponential(*mean, text) : mean.error().in("mean");
}

Result<DurationDistribution> parse_exponential(const Call& call, std::string_view text) {
  Arguments arguments(call, text, "exp(20ms)");
  const auto mean = arguments.duration("mean");
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  return exponential(*mean, text);
}

Result<DurationDistribution> parse_pareto(const Call& call, std::string_view text) {
  constexpr auto example = "pareto(10ms,2.5): the least one, and the exponent of the tail";
  Arguments arguments(call, text, example);
  const auto least = arguments.duration("min");
  const auto exponent = arguments.next("alpha");
  const auto alpha = exponent ? arguments.number("alpha", *exponent) : std::nullopt;
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  if (*least == Duration::zero()) {
    return Error{"the least one is zero in " + quoted(text), std::string("write ") + example};
  }
  if (*alpha <= 1) {
    return Error{quoted(text) + " has no mean: its tail is too heavy",
                 "write an alpha above 1, such as 2.5"};
  }
  const bool far_mean = !(ns(*least) * *alpha / (*alpha - 1) <= longest_tail_ns);
  if (far_mean || !(ns(*least) * std::pow(1 - tail, -1 / *alpha) <= longest_tail_ns)) {
    return Error{quoted(text) + " means a " + (far_mean ? "mean" : "p99.99") + " of more than 24h",
                 "write a larger alpha, or a shorter min"};
  }
  return DurationDistribution(std::make_shared<Pareto>(*least, *alpha));
}

}  // namespace tripcurve::durations
