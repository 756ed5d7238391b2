// The units of metrics, for people and for files.
#include <fmt/format.h>

#include <cmath>

#include "core/units.hpp"
#include "expect/metrics.hpp"

namespace tripcurve::expect {

std::string_view name(Unit unit) {
  switch (unit) {
    case Unit::duration:
      return "ms";
    case Unit::share:
      return "share";
    case Unit::count:
      return "count";
    case Unit::rate:
      return "per_s";
    case Unit::per_minute:
      return "per_min";
    case Unit::ratio:
      return "ratio";
    case Unit::states:
      return "states";
  }
  return "";
}

namespace {

// To that many digits, and in full where there are more before the point: never as 4.29e+03.
std::string to_digits(double value, int digits) {
  return std::abs(value) < std::pow(10, digits)
             ? fmt::format("{:.{}g}", value, digits)
             : show_count(static_cast<std::uint64_t>(std::llround(value)));
}

}  // namespace

std::string show(double value, Unit unit) {
  switch (unit) {
    case Unit::duration:
      if (value < 0) {
        return "-" + show(-value, unit);
      }
      return value == 0 ? "0ms"
                        : show_duration(Duration(static_cast<Duration::rep>(value * 1e6 + 0.5)));
    case Unit::share:
      return fmt::format("{:.4g}%", value * 100);
    case Unit::count:
      if (value < 0) {
        return "-" + show(-value, unit);
      }
      return value == static_cast<double>(static_cast<std::uint64_t>(value))
                 ? show_count(static_cast<std::uint64_t>(value))
                 : fmt::format("{:.1f}", value);
    case Unit::rate:
      return to_digits(value, 4) + "/s";
    case Unit::per_minute:
      return to_digits(value, 3) + "/m";
    case Unit::ratio:
      return to_digits(value, 3);
    case Unit::states:
      break;
  }
  return "";
}

}  // namespace tripcurve::expect
