// Which requests a rule, or a phase with `on`, is about: method, path and headers, written
//
//   /payments                    this path, whatever its query
//   /pay?currency=EUR&test       with these parameters, among others; `test` with any value
//   /pay/**                      every path below /pay/; '/pay' itself is none of them
//   POST /pay/*/refund           by POST only, with one segment in the middle
//   POST /pay/** x-tenant=gold   that bring this header, too
//
// '*' stands for any run of characters within a segment, '**' for any run at all; both also for
// none, and neither is a pattern in a query. Paths, queries and methods are compared case by case
// and as they were sent: %41 is not A.
//
// A value, immutable in use, safe to share between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"
#include "core/result.hpp"

namespace tripcurve::faults {

// A request as the upstream sees it. A look at text that is somebody else's.
struct Request {
  std::uint64_t ordinal = 0;
  std::string_view method = "GET";
  std::string_view path = "/";  // with its query, if any
  std::span<const Header> headers{};
  std::uint64_t connection = 0;  // the number of that by which it came
  std::uint64_t client = 0;      // whatever tells who sent it from others
};

// What is not named matches anything; one that names nothing matches every request.
struct Match {
  std::optional<std::string> method{};
  std::optional<std::string> path{};  // a pattern, as parse_path_pattern reads it
  std::vector<Header> headers{};      // all of them; of a repeated field, any one value

  [[nodiscard]] bool matches(const Request& request) const;
  [[nodiscard]] bool empty() const { return !method && !path && headers.empty(); }
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Match&, const Match&) = default;
};

// Refuses what is no path, three stars in a row, and in a query a star and a parameter without a
// name.
[[nodiscard]] Result<std::string> parse_path_pattern(std::string_view text);

// The text form, in its order; at least one part. A header's value has no blanks there. Refuses
// what parse_method, parse_path_pattern and parse_header refuse.
[[nodiscard]] Result<Match> parse_match(std::string_view text);

}  // namespace tripcurve::faults
