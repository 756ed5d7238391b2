// Numbers with the noun that they count. Pure.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tripcurve {

// "call" or "calls", "success" or "successes".
[[nodiscard]] inline std::string plural(double n, std::string_view noun) {
  return std::string(noun) + (n == 1 ? "" : noun.ends_with("ss") ? "es" : "s");
}

// "1 failure", "5 failures", "2 successes".
[[nodiscard]] inline std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}", n, plural(static_cast<double>(n), noun));
}

}  // namespace tripcurve
