#include "forecast/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/units.hpp"

namespace tripcurve::forecast {
namespace {

std::string number(double trips) {
  return trips >= 1000 && trips < 1e15 ? show_count(static_cast<std::uint64_t>(trips + 0.5))
                                       : fmt::format("{:.3g}", trips);
}

}  // namespace

std::string_view name(Method method) {
  static constexpr std::array<std::string_view, 5> names{
      "closed_form", "exact_chain", "approximation", "simulation", "importance_sampling"};
  return names.at(static_cast<std::size_t>(method));
}

std::string spoken(Method method) {
  std::string words(name(method));
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string words(const FalseTrips& trips) {
  constexpr double hardly_ever = 1e-6;  // once in 80,000 years
  if (trips.high > 0 && trips.high < hardly_ever) {
    return "fewer than 0.000001 by " + spoken(trips.method);
  }
  const auto interval = trips.low == trips.high
                            ? std::string()
                            : fmt::format(" ({} to {})", number(trips.low), number(trips.high));
  return fmt::format("{}{} by {}", number(trips.per_month), interval, spoken(trips.method));
}

}  // namespace tripcurve::forecast
