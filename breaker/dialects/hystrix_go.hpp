// hystrix-go: afex/hystrix-go (Go), the circuit and the ticket pool of a command.
//
// Rules, read from hystrix/circuit.go, hystrix.go, pool.go, metrics.go and rolling/rolling.go at
// fa1af6a and checked against traces recorded by running it
// (tests/golden/traces/hystrix-go.ndjson):
//   state      an open flag and the time of the last trial; there is no half-open
//   trip rule  asked by each caller, and by each read of the state, while closed: requests >=
//              request_volume_threshold, and the error percentage rounded to whole (.5 up) >=
//              error_percent_threshold
//   open       lets one call through when now > opened or last trial + sleep_window (strictly),
//              counted from that trial's start, whether it came back or not
//   close      any success while open, late ones too; the statistics are wiped, and that success is
//              the first in the new ones
//   counted    ends; rejected calls (open, or no ticket) as errors; a cancelled context as a
//   request
//              that is no error
//   window     a counter's sum takes in the second before the last ten, until the counter itself
//              grows in the current second; requests and errors are separate counters, so that
//              errors outlive their requests
#pragma once

#include <array>
#include <cstdint>

#include "breaker/dialect.hpp"
#include "breaker/parts/execution_pool.hpp"

namespace tripcurve::breaker {

struct HystrixGoConfig {
  std::uint64_t request_volume_threshold;
  std::uint64_t error_percent_threshold;
  Duration sleep_window;
  std::uint64_t max_concurrent_requests;
  Duration timeout;  // of a call; not for the breaker to keep
};

class HystrixGo final : public Breaker {
 public:
  explicit HystrixGo(const HystrixGoConfig& config)
      : config_(config), pool_({.threads = config.max_concurrent_requests}) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  void forget(const Permit& /*permit*/) override { pool_.leave(); }
  State observe(TimePoint now) override;

 private:
  // A counter over the last ten seconds of the epoch, or eleven.
  class RollingNumber {
   public:
    void increment(TimePoint now);
    [[nodiscard]] std::uint64_t sum(TimePoint now) const;

   private:
    struct Second {
      std::int64_t time = 0;
      std::uint64_t value = 0;
    };
    std::array<Second, 10> seconds_;  // by time modulo 10: an increment takes the oldest's place
  };

  void trip_if_unhealthy(TimePoint now);
  void count(bool error, TimePoint now);

  HystrixGoConfig config_;
  ExecutionPool pool_;
  RollingNumber requests_;
  RollingNumber errors_;
  TimePoint opened_or_last_tested_{};
};

[[nodiscard]] const Dialect& hystrix_go_dialect();

}  // namespace tripcurve::breaker
