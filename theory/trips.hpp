// How many calls pass until a rule opens the breaker, by the form that fits it.
#pragma once

#include <optional>

#include "breaker/dialect.hpp"

namespace tripcurve::theory {

// How a number was found.
enum class Form : std::uint8_t {
  closed,    // a formula that is exact
  chain,     // an exact chain, solved
  scan,      // Naus's approximation for long windows
  estimate,  // the rare-event estimate
};

struct CallsUntilTrip {
  double mean = 0;  // infinity: never
  Form form = Form::closed;
};

// The mean until the rule opens it; nothing when no form is known for it. `share` and `stickiness`
// as in theory/runs.hpp, and they may be 0 and 1, too. `calls_per_second` is for windows of time; 0
// if it is not known.
[[nodiscard]] std::optional<CallsUntilTrip> calls_until_trip(const breaker::TripRule& rule,
                                                             double calls_per_second, double share,
                                                             double stickiness);

}  // namespace tripcurve::theory
