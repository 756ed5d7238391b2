#include <fmt/format.h>

#include "report/counts.hpp"
#include "report/formats.hpp"

namespace tripcurve::report {
namespace {

std::string milliseconds(const std::optional<Duration>& d) {
  return d ? fmt::format("{}", to_milliseconds(*d)) : "";
}

}  // namespace

// Numbers and our own names only, so nothing is ever quoted.
std::string to_csv(const Summary& summary) {
  std::string text = "t_ms";
  for (const auto& column : count_columns) {
    text += fmt::format(",{}", column.name);
  }
  text += ",in_flight,p50_ms,p99_ms,arrived\r\n";
  for (const auto& point : summary.facts.series.points) {
    text += milliseconds(point.end.time_since_epoch());
    for (const auto& column : count_columns) {
      text += fmt::format(",{}", value_of(point.counts, column));
    }
    text +=
        fmt::format(",{},{},{},{}\r\n", point.in_flight, milliseconds(point.p50),
                    milliseconds(point.p99), point.arrived ? fmt::to_string(*point.arrived) : "");
  }
  return text;
}

}  // namespace tripcurve::report
