// Texts in CSV.
#pragma once

#include <string>
#include <string_view>

namespace tripcurve::report {

// A cell, in quotes.
[[nodiscard]] inline std::string csv_quoted(std::string_view text) {
  std::string cell = "\"";
  for (const char c : text) {
    cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return cell + '"';
}

}  // namespace tripcurve::report
