// go-resiliency: the breaker package of eapache/go-resiliency (Go).
//
// Rules, read from breaker/breaker.go at 39c0aa4 and checked against traces recorded by running it
// (tests/golden/traces/go-resiliency.ndjson):
//   closed     errors add up, whatever succeeds in between, until one comes later than `timeout`
//              after the one before it (strictly), which starts the count anew; the count that
//              equals errorThreshold opens
//   open       rejects for `timeout`, then a timer makes it half-open; errors that arrive change
//              nothing
//   half-open  lets every request through; successThreshold successes close, any error opens
//   results    an error counts in the state it arrives in; a success counts half-open, in any
//              episode, unless its call was sent while closed
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct GoResiliencyConfig {
  std::uint64_t error_threshold;    // reached at equality only: 0 never is
  std::uint64_t success_threshold;  // likewise
  Duration timeout;
};

class GoResiliency final : public Breaker {
 public:
  explicit GoResiliency(const GoResiliencyConfig& config) : config_(config) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override { return half_open_at_; }
  void tick(TimePoint now) override;

 private:
  void change(State to, TimePoint now, std::string cause);
  void open(TimePoint now, std::string cause);
  void note_error(CallEnd end, TimePoint now);

  GoResiliencyConfig config_;
  std::uint64_t errors_ = 0;
  std::uint64_t successes_ = 0;
  TimePoint last_error_{};
  TimePoint half_open_at_ = never;
};

[[nodiscard]] const Dialect& go_resiliency_dialect();

}  // namespace tripcurve::breaker
