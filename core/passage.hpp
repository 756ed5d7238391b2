// How a request that arrives at the upstream stands to the breaker of the run that it belongs to.
#pragma once

#include <cstdint>

namespace tripcurve {

enum class Passage : std::uint8_t {
  fair,       // the breaker lets requests through, or let this one through though it is open
  overtaken,  // the breaker has opened since it let this one through
  leaked,     // the breaker claims to be open, and never let it through
  stranger,   // it belongs to no breaker of this run: somebody else has sent it
};

}  // namespace tripcurve
