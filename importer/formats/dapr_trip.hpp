// Dapr's trip: a condition in CEL over gobreaker's counts.
#pragma once

#include <string>

#include "core/result.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// The condition with gobreaker's names. CEL mixes no whole numbers and doubles: what it cannot
// evaluate does not trip, and stands here as a comparison that never holds.
struct Trip {
  std::string text;
  bool fails = false;  // in a part of it
};

// An Error where Dapr would not load it, or tripcurve cannot evaluate it.
[[nodiscard]] Result<Trip> read_trip(const Node& node);

}  // namespace tripcurve::importer
