// failsafe: Failsafe 3.3.2 (Java), and what failsafe-go v0.9.7 shares with it (failsafe_go.hpp).
//
// Rules, read from CircuitBreakerBuilder, CircuitBreakerImpl, the states and the CircuitStats at
// ed3f927, and checked against traces recorded by running it (tests/golden/traces/failsafe.ndjson):
//   results    count in the state they arrive in, whatever state admitted their call
//   window     the last `capacity` results, which need not be there all; with a period ten buckets
//              (stale_start_ring.hpp); a new one on every change to closed and to half-open
//   closed     on every result, successes included: with the execution threshold reached opens when
//              failures >= threshold, or when the rate of failures is >= its threshold; a rate is a
//              whole percentage, rounded half up
//   open       until now - opened >= delay, at the next call
//   half-open  a limit on concurrency: every result gives a place back, also one whose call took
//              none; its window is always the last results, as many as there were places
//   verdict    on every result, to close is asked first:
//                success threshold: successes >= it; failures > capacity - it opens
//                rate: with the execution threshold reached, rate of successes > 100 - threshold;
//                  rate of failures >= threshold opens
//                count: successes > capacity - threshold; failures >= threshold opens
//   ignored    the library has no such class: records nothing, and a trial gives its place back
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"
#include "breaker/parts/call_window.hpp"

namespace tripcurve::breaker {

// What the builder's calls come down to; zero for what was not called.
struct FailsafeConfig {
  std::uint64_t failure_threshold = 1;
  std::uint64_t failure_capacity = 1;
  double failure_rate = 0;  // in the library's unit, and then failure_threshold is idle
  std::uint64_t execution_threshold = 0;  // of rules with a period
  Duration period{};
  std::uint64_t success_threshold = 0;
  std::uint64_t success_capacity = 0;
  Duration delay = std::chrono::minutes(1);

  [[nodiscard]] std::uint64_t closed_capacity() const {
    return execution_threshold != 0 ? execution_threshold : failure_capacity;
  }
  [[nodiscard]] std::uint64_t half_open_capacity() const {
    return success_capacity != 0 ? success_capacity : closed_capacity();
  }
};

// In what the two libraries differ.
struct FailsafeLibrary {
  std::string_view open_error;
  double whole;                    // the rate of all: 100 or 1
  double (*rounded)(double part);  // a part of one, in the library's unit and rounding
  CallWindow (*time_window)(Duration period, TimePoint now);
};

class Failsafe final : public Breaker {
 public:
  Failsafe(const FailsafeLibrary& library, const FailsafeConfig& config);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  [[nodiscard]] CallWindow window_of_closed(TimePoint now) const;
  [[nodiscard]] double rate(std::uint64_t part, const WindowCounts& counts) const;
  [[nodiscard]] bool trips(const WindowCounts& counts) const;
  [[nodiscard]] bool recovers(const WindowCounts& counts) const;
  [[nodiscard]] bool relapses(const WindowCounts& counts) const;

  FailsafeLibrary library_;
  FailsafeConfig config_;
  CallWindow window_;
  TimePoint opened_at_{};
  std::uint64_t places_ = 0;
};

// For the dialects of both libraries.
[[nodiscard]] Facts failsafe_facts(const FailsafeLibrary& library, const FailsafeConfig& config);
[[nodiscard]] std::vector<Warning> failsafe_warnings(const FailsafeConfig& config);

[[nodiscard]] const Dialect& failsafe_dialect();

}  // namespace tripcurve::breaker
