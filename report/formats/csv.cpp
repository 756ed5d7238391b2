#include <fmt/format.h>

#include "report/formats.hpp"
#include "report/number_records.hpp"

namespace tripcurve::report {
namespace {

std::string cell(const Json& value) {
  return value.is_number_float() ? fmt::format("{}", value.get<double>())
         : value.is_number()     ? value.dump()
                                 : "";
}

}  // namespace

// Numbers and our own names only, so nothing is ever quoted.
std::string to_csv(const Summary& summary) {
  std::string text;
  const auto add_row = [&](auto cell_of) {
    const char* before = "";
    for (const auto& field : Record<Interval>::fields) {
      text += std::exchange(before, ",") + cell_of(field);
    }
    text += "\r\n";
  };
  add_row([](const auto& field) { return std::string(field.name); });
  for (const auto& point : summary.facts.series.points) {
    add_row([&](const auto& field) { return cell(field.write(point)); });
  }
  return text;
}

}  // namespace tripcurve::report
