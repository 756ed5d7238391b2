// Measures from time to time, with few calls under way, how long a call takes that does not queue;
// in between, it multiplies the limit by how much longer calls take than that, each short interval.
//
// Rules and defaults of Envoy's adaptive_concurrency filter: gradient_controller.cc at c35f67fb
// (2024) and adaptive_concurrency.proto. What calls take is a quantile of a histogram that has two
// significant digits and is even in between: circllhist.c at 39f9db7, which Envoy is built with.
// Envoy has no default for the two intervals; these are those of its documentation's example.
// Newer releases can also be given minRTT (fixed_value) and a limit of its own for the measurement
// (min_concurrency_limit); neither is here.
#pragma once

#include <array>

#include "client/limits/limit.hpp"

namespace tripcurve::client {

struct EnvoyGradientConfig {
  double percentile = 50;                                     // of the samples, 0 to 100
  std::uint32_t most = 1000;                                  // that the limit becomes
  Duration update_interval = std::chrono::milliseconds(100);  // from one limit to the next
  Duration min_rtt_interval = std::chrono::seconds(60);       // from one measurement to the next
  double jitter = 15;                                         // percent of it, at random on top
  std::uint32_t request_count = 50;                           // samples of a measurement
  std::uint32_t least = 3;                                    // the limit during one, and ever
  double buffer = 25;                                         // percent longer is no queue yet

  friend bool operator==(const EnvoyGradientConfig&, const EnvoyGradientConfig&) = default;
};

// Times in whole microseconds, by their two leading digits.
class LogLinearBins {
 public:
  void add(std::uint64_t us);
  void clear();
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // The part `q` of them, from 0 to 1, is at most this, in whole microseconds. There is one.
  [[nodiscard]] std::uint64_t quantile(double q) const;

 private:
  static constexpr std::size_t decades = 13;  // up to a hundred days
  static constexpr std::size_t per_decade = 90;

  [[nodiscard]] static std::uint64_t place_in(std::size_t bin, double part);

  std::array<std::uint32_t, 1 + decades * per_decade> bins_{};  // the first is for zero
  std::uint64_t count_ = 0;
};

class EnvoyGradientLimit final : public Limit {
 public:
  EnvoyGradientLimit(const EnvoyGradientConfig& config, Draw draw);

  std::uint32_t at(TimePoint now) override;
  void sample(const LimitSample& sample) override;

 private:
  [[nodiscard]] std::uint32_t next_limit(std::uint64_t sample_us) const;
  void set(std::uint32_t limit, TimePoint now);
  void begin_measuring(TimePoint now);
  void end_measuring(TimePoint now);
  void update(TimePoint now);
  [[nodiscard]] std::uint64_t take_quantile();
  [[nodiscard]] Duration some_jitter();

  EnvoyGradientConfig config_;
  Draw draw_;
  LogLinearBins bins_;
  std::uint32_t limit_;
  bool measuring_ = false;
  std::uint32_t limit_before_ = 0;  // while it measures
  TimePoint measuring_since_{};     // of calls that began earlier it takes no sample
  std::uint64_t min_rtt_us_ = 0;
  int at_least_ = 0;  // updates in a row that have left the limit at its least
  TimePoint next_update_;
  TimePoint next_measuring_ = never;
};

}  // namespace tripcurve::client
