// The decisions of a plain plan, drawn for several requests at once: their random numbers do not
// wait for each other then, which makes virtual time a tenth faster.
//
// Each is that of Injector::treat_plainly(). Not thread-safe: each engine has its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/time.hpp"
#include "faults/injector.hpp"

namespace tripcurve::faults {

class DrawnAhead {
 public:
  // `injector` must outlive it. `step`: from the number of one request to that of the next, most
  // often; only of requests that follow each other more than one is drawn.
  DrawnAhead(const Injector& injector, std::uint64_t step) : injector_(injector), step_(step) {}

  // What to do to the request with that number, which arrives at `now`. The injector must be plain.
  // Good until the next is asked for.
  [[nodiscard, gnu::always_inline]] const Decision& of(std::uint64_t ordinal, TimePoint now) {
    const auto phase = injector_.plan().phase_at(injector_.plan_time(now));
    return ordinal - first_ < count_ && phase == phase_ ? decisions_[ordinal % decisions_.size()]
                                                        : draw(ordinal, phase, now);
  }

 private:
  const Decision& draw(std::uint64_t ordinal, std::size_t phase, TimePoint now);

  const Injector& injector_;
  std::uint64_t step_;
  // Drawn are those of `count_` requests from `first_` on, by their number, in that phase.
  std::uint64_t first_ = 0;
  std::uint64_t count_ = 0;
  std::size_t phase_ = 0;
  std::array<Decision, 16> decisions_{};
  Decision single_;         // of a request that is drawn alone
  std::uint64_t next_ = 0;  // what follows the request that was drawn last
};

}  // namespace tripcurve::faults
