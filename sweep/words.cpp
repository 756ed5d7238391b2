#include "sweep/words.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/units.hpp"

namespace tripcurve::sweep {
namespace {

// Counts are means of runs, so they have fractions.
std::string show_fraction(double value) {
  const double size = std::abs(value);
  if (size >= 1000) {
    return (value < 0 ? "-" : "") + show_count(static_cast<std::uint64_t>(std::llround(size)));
  }
  return size > 0 && size < 0.001 ? (value < 0 ? "-0.001" : "<0.001")
                                  : fmt::format("{:.3g}", value);
}

bool is_even(const Estimate& estimate) {
  const double below = estimate.value - estimate.low;
  const double above = estimate.high - estimate.value;
  return std::isfinite(below) && std::isfinite(above) &&
         std::abs(below - above) <= 0.01 * std::max(below, above);
}

}  // namespace

std::string show(const Measure& measure, double value) {
  if (std::isnan(value)) {
    return "-";
  }
  if (std::isinf(value)) {
    return value > 0 ? "never" : "0";
  }
  return measure.unit == expect::Unit::count || measure.unit == expect::Unit::ratio
             ? show_fraction(value)
             : expect::show(value, measure.unit);
}

std::string show_change(const Measure& measure, double value) {
  const auto text = show(measure, value);
  return value > 0 && std::isfinite(value) ? "+" + text : text;
}

namespace {

std::string with_interval(const Measure& measure, const Estimate& estimate, std::string text) {
  if (estimate.high <= estimate.low) {
    return text;
  }
  if (is_even(estimate)) {
    return text + " +- " + show(measure, estimate.half_width());
  }
  return fmt::format("{} ({} to {})", text, show(measure, estimate.low),
                     std::isinf(estimate.high) ? "more" : show(measure, estimate.high));
}

}  // namespace

std::string show(const Measure& measure, const Estimate& estimate) {
  return with_interval(measure, estimate, show(measure, estimate.value));
}

std::string show_change(const Measure& measure, const Estimate& estimate) {
  return with_interval(measure, estimate, show_change(measure, estimate.value));
}

}  // namespace tripcurve::sweep
