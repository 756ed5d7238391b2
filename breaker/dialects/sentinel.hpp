// sentinel: a DegradeRule (circuit breaking rule) of Alibaba Sentinel 1.8 (Java), one per breaker.
//
// Rules, read from slots/block/degrade/{DegradeRuleManager,DegradeSlot}.java,
// circuitbreaker/{AbstractCircuitBreaker,ResponseTimeCircuitBreaker,ExceptionCircuitBreaker}.java
// and slots/statistic/base/LeapArray.java at d75a6687b; it was not run:
//   counted    completed calls; bad is what took longer than `count` ms (grade 0, errors do not
//              matter) or an error (grades 1 and 2, slowness does not)
//   window     one bucket of statIntervalMs on the grid of the epoch: at each edge all is forgotten
//   closed     every result asks, good ones too: total >= minRequestAmount and bad/total >
//              slowRatioThreshold (grade 0) or count (grade 1), in double, or bad > count (grade
//              2); strictly, but for slowRatioThreshold 1, which a ratio of 1 reaches
//   open       until now >= opened + timeWindow, seen by the next call; results are only counted
//   half-open  that call is the only one to go out; the first result of any call, late ones too,
//              closes, which empties the bucket, or reopens
//   blocked    a call that a later rule blocks is not counted, and when it was the probe, the state
//              is open again with the old retry time, so that the next call probes;
//              Outcome::ignored stands for that
// Its clock has milliseconds. A rule that the library would skip with a line in its log is refused.
// count and timeWindow have no default in the library; those used are tripcurve's.
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"
#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

struct SentinelConfig {
  enum class Grade : std::uint8_t { slow_ratio, error_ratio, error_count };
  Grade grade;
  double count;                 // grades 1 and 2
  Duration slowest_good;        // grade 0
  double slow_ratio_threshold;  // grade 0
  Duration time_window;
  std::uint64_t min_request_amount;
  Duration stat_interval;
};

class Sentinel final : public Breaker {
 public:
  explicit Sentinel(const SentinelConfig& config)
      : config_(config), window_(1, config.stat_interval, TimePoint{}) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  [[nodiscard]] bool is_bad(const Permit& permit, Outcome outcome, TimePoint now) const;
  [[nodiscard]] bool is_exceeded() const;
  [[nodiscard]] std::string bad_words(CallEnd end) const;
  void open(TimePoint now, std::string cause);

  SentinelConfig config_;
  GridWindow window_;  // its failures are what is bad
  TimePoint next_retry_{};
};

[[nodiscard]] const Dialect& sentinel_dialect();

}  // namespace tripcurve::breaker
