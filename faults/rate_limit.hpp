// How much the upstream takes before it turns requests away, as a gateway does, written
//
//   100/s                        429 to what is more; as many at once as a second allows
//   100/s,burst=20,status=503    20 at once, and another status
//   none                         no limit
//
// The rule is the generic cell rate algorithm (ITU-T I.371, annex A), which is a token bucket kept
// as one point in time: `burst` tokens, and one more every 1/rate.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::faults {

struct RateLimit {
  Rate rate{};  // zero: no limit
  std::uint32_t burst = 1;
  std::uint16_t status = 429;

  [[nodiscard]] bool limits() const { return rate.per_second > 0; }

  // Turns away what `other` would let pass.
  [[nodiscard]] bool tighter_than(const RateLimit& other) const {
    return limits() && (!other.limits() || rate < other.rate || burst < other.burst);
  }

  [[nodiscard]] std::string text() const;  // parsing it gives an equal limit
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// Refuses: whatever parse_rate refuses, an unknown or repeated key (did you mean), a burst of zero
// or one that takes more than 10000h to come back, a status outside 400-599.
[[nodiscard]] Result<RateLimit> parse_rate_limit(std::string_view text);

// What is left of one limit. Thread-safe: of threads that ask at once, each gets a token of its
// own.
class Bucket {
 public:
  // Takes a token at `now`; false when there is none. A `now` that lags behind another thread's
  // finds what that one left.
  [[nodiscard]] bool take(const RateLimit& limit, TimePoint now);

 private:
  // When all tokens are back, if nobody takes any; long ago at first.
  std::atomic<TimePoint> full_at_{at(Duration::min() / 2)};
};

}  // namespace tripcurve::faults
