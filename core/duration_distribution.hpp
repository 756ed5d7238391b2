// Durations that vary, such as an upstream's latency or a worker's think time: a distribution,
// written
//
//   20ms                 always
//   10ms..50ms           uniform between the two
//   100ms+-20ms          jitter: uniform around the first (toxiproxy's meaning)
//   p50=20ms,p99=400ms   the lognormal with these two percentiles
//   mean=20ms            the exponential with that mean
//
// A value, immutable after parsing, safe to share between threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/smooth_table.hpp"
#include "core/time.hpp"

namespace tripcurve {

class DurationDistribution {
 public:
  // Always zero.
  DurationDistribution() = default;

  static DurationDistribution fixed(Duration duration);
  [[nodiscard]] bool is_fixed() const { return shape_ == Shape::uniform && a_ == b_; }

  // The sample at `u` in [0, 1): the quantile to 1 part in 10^7, faster. A bigger u is never a
  // shorter duration. Never negative, and never above 10000h, which only draws of a lognormal or
  // an exponential with a chance far below 1 in 10,000 could reach.
  [[nodiscard]] Duration sample(double u) const;

  [[nodiscard]] Duration mean() const;
  // The inverse of the distribution function, q in [0, 1).
  [[nodiscard]] Duration quantile(double q) const;

  // The share of the durations that are longer than `limit`.
  [[nodiscard]] double share_above(Duration limit) const;

  // The text form; parsing it gives an equal distribution.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const DurationDistribution& a, const DurationDistribution& b);
  friend Result<DurationDistribution> parse_duration_distribution(std::string_view text,
                                                                  std::string_view what);

 private:
  static Result<DurationDistribution> between(std::string_view text, std::size_t dots);
  static Result<DurationDistribution> jittered(std::string_view text, std::size_t sign);
  static Result<DurationDistribution> by_percentiles(std::string_view text, std::string_view what);
  static Result<DurationDistribution> by_mean(std::string_view text);

  void tabulate();

  // The ends of a uniform or a jitter.
  [[nodiscard]] Duration low() const { return shape_ == Shape::jitter ? a_ - b_ : a_; }
  [[nodiscard]] Duration high() const { return shape_ == Shape::jitter ? a_ + b_ : b_; }

  enum class Shape : unsigned char {
    uniform,
    jitter,
    lognormal,
    exponential
  };  // fixed = uniform, low == high
  Shape shape_ = Shape::uniform;
  // uniform: low; jitter: centre; lognormal: the lower percentile's value; exponential: mean
  Duration a_{};
  Duration b_{};   // uniform: high; jitter: half width; lognormal: the higher percentile's value
  double qa_ = 0;  // lognormal: the two percentiles, as shares
  double qb_ = 0;
  double mu_ = 0;  // lognormal of nanoseconds: derived
  double sigma_ = 0;
  std::shared_ptr<const SmoothTable> table_{};  // lognormal: of its quantiles, in ns; or null
};

// Refuses: a number without unit; 50ms..10ms (write 10ms..50ms); jitter wider than its centre;
// other than two percentiles; percentiles that do not rise with q, or start at zero; a lognormal
// or an exponential whose mean or 99.99th percentile is above 24h; an exponential of mean zero; an
// unknown word. `what` is what messages call it,
// without an article: "latency".
[[nodiscard]] Result<DurationDistribution> parse_duration_distribution(std::string_view text,
                                                                       std::string_view what);

}  // namespace tripcurve
