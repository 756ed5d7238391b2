// How a request is known to the upstream: by the ordinal of its call, and by which of the call's
// attempts it is, so that a second attempt does not meet the very fault of the first.
//
// The first attempt has the ordinal itself; the number of attempts before it stands in the upper 16
// bits. So requests of clients that try once are numbered 0, 1, 2, ...
#pragma once

#include <cstdint>

namespace tripcurve {

[[nodiscard]] constexpr std::uint64_t request_number(std::uint64_t ordinal, std::uint32_t attempt) {
  return ordinal ^ (std::uint64_t{attempt - 1} << 48U);
}

}  // namespace tripcurve
