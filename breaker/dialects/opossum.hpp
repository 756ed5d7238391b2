// opossum: nodeshift/opossum 10.0.0 (Node).
//
// Rules, read from lib/circuit.js, lib/status.js and lib/semaphore.js at 59421c5 and checked
// against traces recorded by running it (tests/golden/traces/opossum*.ndjson,
// extra-opossum-timeout.ndjson):
//   counted    fires, at the start of every call, those included that are then rejected; failures,
//              at their end. So the rate is failures of the window / starts in the window * 100, in
//              double and in that order, and can be above 100 or a division by zero
//   window     rollingCountBuckets buckets of floor(rollingCountTimeout / rollingCountBuckets) ms,
//              turned by a timer from construction on; no change of state clears it
//   closed     each failure asks: fires >= volumeThreshold and rate > errorThresholdPercentage
//              (strictly) opens. allowWarmUp: not before rollingCountTimeout
//   open       a timer ends it after resetTimeout, no call is needed; results decide nothing
//   half-open  the first call is the probe, all others are rejected; the first result of any call,
//              late ones too, closes or reopens
//   capacity   is asked after the state and after the probe's place is taken; a call that finds
//   none
//              is a failure, which can open and reopens
//   timeout    a call's own timer: it ends the call as a failure and frees its capacity; what comes
//              of the call later changes nothing
// Timers are Node's: whole milliseconds, at least one, and they run before the calls of their
// instant, in the order in which they were set; the turn of a bucket first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "breaker/dialect.hpp"
#include "breaker/parts/bucket_ring.hpp"
#include "breaker/parts/slots.hpp"

namespace tripcurve::breaker {

struct OpossumConfig {
  Duration timeout;  // zero: none
  double error_threshold_percentage;
  Duration reset_timeout;
  Duration bucket;  // length
  std::size_t buckets;
  std::uint64_t volume_threshold;
  Duration warm_up;  // zero: none
  std::uint64_t capacity;
  bool enabled;
};

class Opossum final : public Breaker {
 public:
  explicit Opossum(const OpossumConfig& config);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override;
  void tick(TimePoint now) override;

 private:
  static constexpr std::uint32_t no_call = std::numeric_limits<std::uint32_t>::max();

  // Of a call's timeout, or of the end of the open state.
  struct Timer {
    TimePoint due;
    std::uint64_t order = 0;  // timers of one instant run in the order in which they were set
    std::uint32_t call = no_call;
    friend auto operator<=>(const Timer&, const Timer&) = default;
  };

  Timer set_timer(TimePoint now, Duration delay, std::uint32_t call);
  void fail(TimePoint now, std::string_view how);
  void open(TimePoint now, std::string cause);

  OpossumConfig config_;
  GridWindow window_;           // its calls are the starts
  bool probe_is_free_ = false;  // half-open: the probe has not started
  std::uint64_t running_ = 0;   // holds capacity
  std::set<Timer> timers_;
  std::uint64_t timers_set_ = 0;
  Slots<std::optional<Timer>> calls_;  // with a timeout: that of each call, until it has fired
};

[[nodiscard]] const Dialect& opossum_dialect();

}  // namespace tripcurve::breaker
