// The parts of an HTTP request as people write them: what the load sends and what the faults match
// is read by the same rules (RFC 9110, sections 5.1, 5.5 and 9.1).
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve {

// One header field. Names are equal whatever their case, values are compared as they are.
struct Header {
  std::string name;
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

// Refuses what is no token, and small letters: methods are told apart by case, and 'get' is served
// by nobody.
[[nodiscard]] Result<std::string> parse_method(std::string_view text);

// The method that a text begins with which should be a path: of "POST", "POST/a" and "post:/a".
// Empty where there is none of the usual ones.
[[nodiscard]] std::string_view leading_method(std::string_view text);

// The method behind a blank at the end of such a text: of "/a POST". Likewise.
[[nodiscard]] std::string_view trailing_method(std::string_view text);

// Starts with '/', without blanks, control characters or a fragment. A query is part of it.
[[nodiscard]] Result<std::string> parse_path(std::string_view text);

// Refuses a name that is no token, and a value with control characters or with blanks around it.
[[nodiscard]] Result<Header> parse_header(std::string_view name, std::string_view value);

}  // namespace tripcurve
