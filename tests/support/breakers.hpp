// A few words for tests that talk to a breaker.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "breaker/registry.hpp"
#include "core/ensure.hpp"

namespace tripcurve::testing {

inline constexpr CallEnd ok{CallEnd::Kind::answer, 200};
inline constexpr CallEnd error_503{CallEnd::Kind::answer, 503};

inline breaker::Choice choice(const std::string& text) {
  auto parsed = breaker::parse_choice(text);
  ENSURE(parsed.ok());
  return *parsed;
}

inline std::unique_ptr<breaker::Breaker> make_breaker(const std::string& text) {
  return choice(text).make(Random(1));
}

inline TimePoint at_ms(int n) { return at(std::chrono::milliseconds(n)); }

// Leave that the test knows to be given.
inline breaker::Permit acquire(breaker::Breaker& breaker, TimePoint now) {
  const auto admission = breaker.try_acquire(now);
  ENSURE(admission.answer == breaker::Admission::Answer::admitted);
  return admission.permit;
}

inline bool rejects(breaker::Breaker& breaker, TimePoint now) {
  return breaker.try_acquire(now).answer == breaker::Admission::Answer::rejected;
}

// A call that starts and ends at `now`.
inline void fail(breaker::Breaker& breaker, TimePoint now) {
  breaker.record(acquire(breaker, now), breaker::Outcome::failure, error_503, now);
}
inline void succeed(breaker::Breaker& breaker, TimePoint now) {
  breaker.record(acquire(breaker, now), breaker::Outcome::success, ok, now);
}

}  // namespace tripcurve::testing
