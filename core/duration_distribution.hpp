// Durations that vary, such as an upstream's latency or a worker's think time: a distribution,
// written
//
//   20ms                        always
//   10ms..50ms                  uniform between the two
//   100ms+-20ms                 jitter: uniform around the first (toxiproxy's meaning)
//   p50=20ms,p99=400ms          the lognormal with these two percentiles
//   p50=20ms,p90=50ms,p99=1s    any number of percentiles, and pieces of lognormals between them
//   p50=20ms,p99=400ms,max=2s   what is above 2s is drawn again
//   mean=20ms                   the exponential with that mean; exp(20ms) is the same
//   lognormal(20ms,400ms)       its p50 and p99; the same as p50=20ms,p99=400ms
//   normal(20ms,5ms)            mean and standard deviation; what is below zero is drawn again
//   pareto(10ms,2.5)            the least one, and the exponent of the tail
//   wave(10ms..50ms,period=60s,shape=sine)   up and down with the time; saw, square, triangle
//   file(prod.hgrm,unit=ms,scale=1.5)        percentiles as they were measured
//   1ms*in_flight               as often as requests are in flight
//   20ms + 2s:1% + mean=5ms     the sum; 1 % of them take 2s more
//
// A value, immutable after parsing, safe to share between threads. core/durations has a file for
// each shape.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/durations/shape.hpp"
#include "core/durations/words.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve {

class DurationDistribution {
 public:
  // Always zero.
  DurationDistribution() = default;
  explicit DurationDistribution(durations::ShapePtr shape) : shape_(std::move(shape)) {}

  static DurationDistribution fixed(Duration duration);
  [[nodiscard]] bool is_fixed() const { return shape_ == nullptr; }
  [[nodiscard]] Duration fixed() const { return fixed_; }  // of one that is_fixed()

  // The sample at `u` in [0, 1): the quantile to 1 part in 10^7, faster. A bigger u is never a
  // shorter duration. Never negative, and never above 10000h, which only draws with a chance far
  // below 1 in 10,000 could reach.
  [[nodiscard]] Duration sample(double u) const { return shape_ ? shape_->sample(u) : fixed_; }

  // A draw at a moment, by a stream of its own: of one shape the sample at the first number in it,
  // of a sum that of each part.
  [[nodiscard]] Duration sample(Random draws, const durations::Moment& moment) const {
    return shape_ ? shape_->draw(draws, moment) : fixed_;
  }

  // That is sample() at the first number of the stream, whatever the moment is.
  [[nodiscard]] bool takes_one_number() const { return !shape_ || shape_->takes_one_number(); }

  // Of what depends on the time over all times, and of what depends on the number in flight of one
  // that is alone; so of quantile() and share_above(), too.
  [[nodiscard]] Duration mean() const { return shape_ ? shape_->mean() : fixed_; }
  // The inverse of the distribution function, q in [0, 1).
  [[nodiscard]] Duration quantile(double q) const;
  // It is not searched for.
  [[nodiscard]] bool has_quick_quantile() const { return !shape_ || shape_->has_quick_quantile(); }

  // The share of the durations that are longer than `limit`.
  [[nodiscard]] double share_above(Duration limit) const {
    return shape_ ? shape_->share_above(limit) : limit < fixed_ ? 1 : 0;
  }

  // The text form; parsing it gives an equal distribution.
  [[nodiscard]] std::string text() const;
  // What people may not expect of it, in clauses.
  [[nodiscard]] std::vector<std::string> remarks() const {
    return shape_ ? shape_->remarks() : std::vector<std::string>{};
  }

  // Moment::in_flight is looked at.
  [[nodiscard]] bool counts_in_flight() const { return shape_ && shape_->counts_in_flight(); }

  friend bool operator==(const DurationDistribution& a, const DurationDistribution& b);

 private:
  durations::ShapePtr shape_{};  // null: fixed
  Duration fixed_{};
};

// Refuses: a number without unit; 50ms..10ms (write 10ms..50ms); jitter wider than its centre; a
// single percentile, and percentiles that do not rise with q, or start at zero; what is not below
// zero at all, or has no mean; a shape whose mean or 99.99th percentile is above 24h; a sum of more
// than 8 parts, or of more than 3 that vary; an unknown word; and what the grammar does not have.
[[nodiscard]] Result<DurationDistribution> parse_duration_distribution(
    std::string_view text, const durations::Grammar& grammar);

// The same without what is in flight, and without files. `what` is what messages call it, without
// an article: "latency".
[[nodiscard]] Result<DurationDistribution> parse_duration_distribution(std::string_view text,
                                                                       std::string_view what);

}  // namespace tripcurve
