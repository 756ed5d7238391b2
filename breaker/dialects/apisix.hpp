// apisix: the api-breaker plugin of Apache APISIX, for one host and path.
//
// Rules, read from apisix/plugins/api-breaker.lua at f519a0f0; it was not run:
//   counted    answers by their status, after the call; one whose status is in neither list does
//              nothing, which Outcome::ignored stands for
//   unhealthy  counts up, for ever; sets the healthy count to 0; at each whole multiple of
//              unhealthy.failures it opens, in any state
//   healthy    does nothing while no unhealthy one is counted; healthy.successes of them, without
//              an unhealthy one between, clear all, which closes
//   open       until second > second of the opening + 2^floor(count / unhealthy.failures), at most
//              max_breaker_sec, in whole seconds of the clock; and no longer than max_breaker_sec
//              after the opening, when the mark expires
//   after it   every call goes out, and the count stays: what is called half-open here
// A result counts in whatever state it arrives.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct ApisixConfig {
  std::uint64_t failures;
  std::uint64_t successes;
  Duration max_breaker;  // whole seconds
};

class Apisix final : public Breaker {
 public:
  explicit Apisix(const ApisixConfig& config) : config_(config) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  void record_unhealthy(CallEnd end, TimePoint now);
  void record_healthy(TimePoint now);
  [[nodiscard]] Duration break_time() const;
  [[nodiscard]] bool is_breaking(TimePoint now) const;

  ApisixConfig config_;
  std::uint64_t unhealthy_ = 0;
  std::uint64_t healthy_ = 0;
  std::optional<TimePoint> opened_{};
};

[[nodiscard]] const Dialect& apisix_dialect();

}  // namespace tripcurve::breaker
