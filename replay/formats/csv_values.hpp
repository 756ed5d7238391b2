// The values of a line of CSV (RFC 4180), which may be in quotes, but have no line end in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "replay/format.hpp"

namespace tripcurve::replay {

// The value that begins at `at`, without its quotes; `at` is then behind the separator, or nullptr
// at the end of the line. False if a quote does not end where the value does.
[[nodiscard]] bool take_quoted_value(const char*& at, const char* end, char separator,
                                     std::string_view& value);
[[nodiscard]] inline bool take_value(const char*& at, const char* end, char separator,
                                     std::string_view& value) {
  if (at != end && *at == '"') {
    return take_quoted_value(at, end, separator, value);
  }
  const auto* stop = at;
  while (stop != end && *stop != separator) {
    ++stop;
  }
  value = {at, static_cast<std::size_t>(stop - at)};
  at = stop == end ? nullptr : stop + 1;
  return true;
}

// All values of a line; none if a quote does not end.
[[nodiscard]] std::vector<std::string> values_of(std::string_view line, char separator);

// A comma, a tab or a semicolon, whichever there is.
[[nodiscard]] char likely_separator(std::string_view line);

// What the option `separator` says, or the first line does.
[[nodiscard]] Result<char> separator_of(const FormatOptions& options, std::string_view first_line);

}  // namespace tripcurve::replay
