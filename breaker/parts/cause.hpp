// The words that dialects share when they say why a breaker changed its state.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::breaker {

// "1 failure", "5 failures", "2 successes".
[[nodiscard]] inline std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : noun.ends_with("ss") ? "es" : "s");
}

// "5 failures in a row, the last a 503".
[[nodiscard]] inline std::string failures_in_a_row(std::uint64_t failures, CallEnd last) {
  return fmt::format("{} in a row, the last {}", count_of(failures, "failure"), words(last));
}

// "12 of 20 calls failed (60%), the last a 503".
[[nodiscard]] inline std::string share_failed(std::uint64_t failures, std::uint64_t calls,
                                              CallEnd last) {
  return fmt::format("{} of {} failed ({:.3g}%), the last {}", failures, count_of(calls, "call"),
                     100.0 * static_cast<double>(failures) / static_cast<double>(calls),
                     words(last));
}

// "a trial failed: a 503".
[[nodiscard]] inline std::string trial_failed(CallEnd end) {
  return fmt::format("a trial failed: {}", words(end));
}

// "2 trials succeeded".
[[nodiscard]] inline std::string trials_succeeded(std::uint64_t n) {
  return fmt::format("{} succeeded", count_of(n, "trial"));
}

// "half-open, and the first result was a 503", for libraries that let any call decide.
[[nodiscard]] inline std::string first_result_fails(std::string_view how) {
  return fmt::format("half-open, and the first result was {}", how);
}
[[nodiscard]] inline std::string late_success_closes() {
  return "half-open, and a call from before it succeeded";
}

// "30s passed since it opened".
[[nodiscard]] inline std::string passed_since(Duration time, std::string_view what) {
  return fmt::format("{} passed since {}", format_duration(time), what);
}

}  // namespace tripcurve::breaker
