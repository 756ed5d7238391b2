// What a forecast says to people.
#pragma once

#include <string>
#include <string_view>

#include "forecast/false_trips.hpp"

namespace tripcurve::forecast {

// "closed_form", "exact_chain", "approximation", "simulation", "importance_sampling"
[[nodiscard]] std::string_view name(Method method);

// "closed form"
[[nodiscard]] std::string spoken(Method method);

// "0.0213 by closed form", "1,200 (1,150 to 1,260) by simulation"
[[nodiscard]] std::string words(const FalseTrips& trips);

}  // namespace tripcurve::forecast
