// sentinel-golang: a circuit breaking rule of alibaba/sentinel-golang (Go), one per breaker. It is
// not the Java library in another language: thresholds are reached at equality, the window slides,
// and several probes may go out.
//
// Rules, read from core/circuitbreaker/{rule,rule_manager,circuit_breaker,stat_slot}.go,
// core/stat/base/leap_array.go and util/math.go at v1.0.4:
//   counted    completed calls; bad is what took longer than maxAllowedRtMs (SlowRequestRatio,
//              errors do not matter) or an error (ErrorRatio and ErrorCount, slowness does not)
//   window     statIntervalMs in statSlidingWindowBucketCount buckets on the grid of the epoch; one
//              bucket if that number is 0 or does not divide the interval
//   closed     every result asks, good ones too: total >= minRequestAmount, and bad/total >=
//              threshold, in double, where a difference below 1e-8 is none, or bad >= the whole
//              part of threshold (ErrorCount)
//   open       until now >= opened + retryTimeoutMs, seen by the next call; results are only
//   counted half-open  with probeNum 0 that call is the only one to go out; with more all calls go
//   out. The
//              first bad result of any call, late ones too, reopens; probeNum good ones, or one,
//              close, which empties the window
//   blocked    a call that another rule blocks is not counted, and when it was the one that made
//   the
//              breaker half-open, the state is open again with the old retry time, and with the
//              probes that succeeded so far; Outcome::ignored stands for that
// Its clock has milliseconds. A rule that the library would skip with a line in its log is refused.
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"
#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

struct SentinelGolangConfig {
  enum class Strategy : std::uint8_t { slow_request_ratio, error_ratio, error_count };
  Strategy strategy;
  Duration retry_timeout;
  std::uint64_t min_request_amount;
  Duration stat_interval;
  std::uint64_t bucket_count;
  Duration max_allowed_rt;
  double threshold;
  std::uint64_t probe_num;
};

class SentinelGolang final : public Breaker {
 public:
  explicit SentinelGolang(const SentinelGolangConfig& config)
      : config_(config),
        window_(config.bucket_count,
                config.stat_interval / static_cast<Duration::rep>(config.bucket_count),
                TimePoint{}) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  [[nodiscard]] bool is_bad(const Permit& permit, Outcome outcome, TimePoint now) const;
  [[nodiscard]] bool is_exceeded() const;
  void judge_probe(const Permit& permit, bool bad, CallEnd end, TimePoint now);
  void open(TimePoint now, std::string cause);

  SentinelGolangConfig config_;
  GridWindow window_;  // its failures are what is bad
  TimePoint next_retry_{};
  std::uint64_t probed_ = 0;  // good results while half-open
};

[[nodiscard]] const Dialect& sentinel_golang_dialect();

}  // namespace tripcurve::breaker
