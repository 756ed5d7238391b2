// The words that dialects share when they say why a breaker changed its state.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "breaker/breaker.hpp"
#include "core/call_end.hpp"
#include "core/plural.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::breaker {

// "5 failures in a row, the last a 503".
[[nodiscard]] inline std::string failures_in_a_row(std::uint64_t failures, CallEnd last) {
  return fmt::format("{} in a row, the last {}", count_of(failures, "failure"), words(last));
}

// "12 of 20 calls failed (60%)", "2 of 3 half-open results succeeded (66.7%)".
[[nodiscard]] inline std::string share_of(std::uint64_t part, std::uint64_t whole,
                                          std::string_view noun, std::string_view what) {
  if (whole == 0) {
    return fmt::format("{} of no {}s {}", part, noun, what);
  }
  return fmt::format("{} of {} {} ({:.3g}%)", part, count_of(whole, noun), what,
                     100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// "12 of 20 calls failed (60%)".
[[nodiscard]] inline std::string share_failed(std::uint64_t failures, std::uint64_t calls) {
  return share_of(failures, calls, "call", "failed");
}

// "12 of 20 calls failed (60%), the last a 503".
[[nodiscard]] inline std::string share_failed(std::uint64_t failures, std::uint64_t calls,
                                              CallEnd last) {
  return fmt::format("{}, the last {}", share_failed(failures, calls), words(last));
}

// What is added for the result on which a rule was asked that is asked on successes, too:
// ", the last a 503", ", seen when a success came in".
[[nodiscard]] inline std::string seen_at(Outcome outcome, CallEnd end) {
  return outcome == Outcome::failure ? fmt::format(", the last {}", words(end))
                                     : ", seen when a success came in";
}

// "a trial failed: a 503".
[[nodiscard]] inline std::string trial_failed(CallEnd end) {
  return fmt::format("a trial failed: {}", words(end));
}

// "2 trials succeeded".
[[nodiscard]] inline std::string trials_succeeded(std::uint64_t n) {
  return fmt::format("{} succeeded", count_of(n, "trial"));
}

// "a call sent earlier failed: a 503": a late one, of another spell than the one it ends.
[[nodiscard]] inline std::string earlier_call_failed(CallEnd end) {
  return fmt::format("a call sent earlier failed: {}", words(end));
}
inline constexpr std::string_view earlier_call_succeeded = "a call sent earlier succeeded";

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
