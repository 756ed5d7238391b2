// Numbers as people write them: every one has a unit. 250ms, 5%, 200/s, 64KiB.
//
// Parsing refuses a number without its unit, a negative or overflowing one, and trailing text; the
// hint shows the likely readings ("write 20ms or 20s"). White space around the text is allowed,
// inside it is not. parse_X(format_X(x)) gives x back exactly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve {

// A part of a whole, 0 to 1. Written with `%`.
struct Share {
  double value = 0;
  friend constexpr auto operator<=>(Share, Share) = default;
};

// How often something happens. Written 200/s, 12/m or 30/h.
struct Rate {
  double per_second = 0;
  friend constexpr auto operator<=>(Rate, Rate) = default;
};

// 0ms, 250ms, 1.5s, 10us, 40ns, 2m, 1h and sums such as 1m30s; at most 10000h. Go's spelling.
// Finer than a nanosecond is refused.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

// 0% to 100%, decimals allowed. A bare 0.05 or 5 is refused; the hint shows both readings.
[[nodiscard]] Result<Share> parse_share(std::string_view text);

// At least one in 10000h, at most 10,000,000/s; per s, m (minute) or h (hour).
[[nodiscard]] Result<Rate> parse_rate(std::string_view text);

// 512B, 64KiB, 1MiB, 1GiB and the decimal KB, MB, GB.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

// A whole number of things (failures, workers): digits only, within [least, most].
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t least,
                                                std::uint64_t most);

// Exact and shortest: 250ms, 1.5s, 1m30s.
[[nodiscard]] std::string format_duration(Duration d);
[[nodiscard]] std::string format_share(Share s);  // 5%, 0.25%
[[nodiscard]] std::string format_rate(Rate r);    // 200/s, 12/m is printed as 0.2/s
[[nodiscard]] std::string format_size(std::uint64_t bytes);

// For people to read, not to parse back: three significant digits, 1.23ms, 41.2us, 12.3s; "-" for
// a negative duration that means "no value".
[[nodiscard]] std::string show_duration(Duration d);

// For people: one decimal, 12.3%; "<0.1%" for a tiny but non-zero share, ">99.9%" for nearly all.
[[nodiscard]] std::string show_share(double share);

// For people: 72,804.
[[nodiscard]] std::string show_count(std::uint64_t n);

}  // namespace tripcurve
