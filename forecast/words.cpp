#include "forecast/words.hpp"

#include <fmt/format.h>

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
      "closed form", "exact chain", "approximation", "simulation", "importance sampling"};
  return names.at(static_cast<std::size_t>(method));
}

std::string words(const FalseTrips& trips) {
  const auto interval = trips.low == trips.high
                            ? std::string()
                            : fmt::format(" ({} to {})", number(trips.low), number(trips.high));
  return fmt::format("{}{} by {}", number(trips.per_month), interval, name(trips.method));
}

}  // namespace tripcurve::forecast
