// go-zero: the breaker of zeromicro/go-zero (core/breaker), which its HTTP clients, its servers and
// its stores share. It has no settings: its numbers are constants of the library.
//
// Rules, read from core/breaker/{googlebreaker,bucket}.go and core/collection/rollingwindow.go at
// v1.10.3:
//   window     10 s in 40 buckets, whose grid begins when the breaker is made
//   total      ended calls, and those rejected here; accepts are those that ended well
//   failing    buckets with failures and without successes since the last one with successes
//   working    buckets with successes and without failures since the last one with failures
//   ratio      (total - 5 - w * accepts) / (total + 1), w = max(1.1, 1.5 - 0.4 * failing / 40), in
//              double, from the counts before this call
//   admission  ratio <= 0: admitted. Else, when the last call that got past this line was admitted
//              more than 1 s ago: admitted. Else it rejects with probability
//              ratio * (40 - working) / 40
// There are no states and no timer.
#pragma once

#include <optional>

#include "breaker/dialect.hpp"
#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

class GoZero final : public Breaker {
 public:
  explicit GoZero(Random random);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  // What the newest buckets have in common.
  struct Streaks {
    std::uint64_t failing = 0;
    std::uint64_t working = 0;
  };
  [[nodiscard]] Streaks streaks() const;
  [[nodiscard]] bool drops(TimePoint now);

  GridWindow ended_;
  GridWindow dropped_;
  std::optional<TimePoint> last_pass_;  // of a call that it could have rejected
  Random random_;
};

[[nodiscard]] const Dialect& go_zero_dialect();

}  // namespace tripcurve::breaker
