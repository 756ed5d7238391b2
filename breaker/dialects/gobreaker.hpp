// gobreaker: sony/gobreaker v2.4.0 (Go), with its fixed and its rolling window.
//
// Rules, read from gobreaker.go and rolling.go at fed8e9e and checked against traces recorded by
// running it (tests/golden/traces/gobreaker.ndjson):
//   generations  every change of state starts one, and so does each fixed window; a result of an
//                earlier generation is dropped, whatever it was
//   closed       counts start at admission (Requests) and go on at the end; ReadyToTrip is asked
//                after a counted failure only
//   fixed        Interval > 0: expires when now > start + Interval, seen by whoever looks next, and
//                the next window starts then; so windows drift, and calls in flight never count
//   rolling      BucketPeriod > 0 and at least two of them in Interval (rounded up): a result goes
//                into the bucket of its call's start, and is not counted when that bucket has left,
//                though ReadyToTrip is still asked after such a failure
//   open         until now > opened + Timeout; a read of the state ends it as well
//   half-open    admits while Requests - TotalExclusions < MaxRequests, a quota that finished calls
//                do not free; MaxRequests successes in a row close, the first failure opens
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "breaker/dialect.hpp"
#include "breaker/parts/expression.hpp"

namespace tripcurve::breaker {

struct GobreakerConfig {
  std::uint64_t max_requests;
  Duration interval;       // zero: never clear
  Duration bucket_period;  // zero: a fixed window
  Duration timeout;
  Expression ready_to_trip;
};

class Gobreaker final : public Breaker {
 public:
  explicit Gobreaker(GobreakerConfig config);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  State observe(TimePoint now) override;

 private:
  // The library's Counts.
  struct Tally {
    std::uint64_t requests = 0;
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
    std::uint64_t exclusions = 0;
    std::uint64_t consecutive_successes = 0;
    std::uint64_t consecutive_failures = 0;

    void note_success();
    void note_failure();
  };

  [[nodiscard]] bool rolls() const { return buckets_.size() > 1; }
  void refresh(TimePoint now);
  void start_generation(TimePoint now);
  void change(State to, TimePoint now, std::string cause);
  void age_to(std::uint32_t age);
  void evict(const Tally& bucket);
  [[nodiscard]] bool in_window(std::uint32_t age) const;
  void count(std::uint32_t age, Outcome outcome);
  [[nodiscard]] bool ready_to_trip() const;

  GobreakerConfig config_;
  TimePoint generation_start_{};
  TimePoint expiry_ = never;   // of the fixed window, or of the open state
  std::uint32_t windows_ = 0;  // fixed windows in this spell, which are generations too
  std::uint32_t age_ = 0;      // rolling: of the current bucket, in buckets since the generation
  Tally total_;
  std::vector<Tally> buckets_;  // by age modulo their number; one when the window is fixed
};

[[nodiscard]] const Dialect& gobreaker_dialect();

}  // namespace tripcurve::breaker
