// Values as the libraries' files write them: each refuses what its library would refuse, with the
// file:line:column of the node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "document/node.hpp"

namespace tripcurve::importer {

using document::Node;

[[nodiscard]] Result<std::string> as_text(const Node& node);

// The names of a list, or of a text with commas between them; without what is empty.
[[nodiscard]] std::vector<std::string> names_in(const Node& node);

// A decimal number, and the same as a value.
[[nodiscard]] Result<std::string> as_number(const Node& node);
[[nodiscard]] Result<double> number_of(const Node& node);

// A whole number of seconds: 60 becomes 60s.
[[nodiscard]] Result<std::string> as_whole_seconds(const Node& node);

[[nodiscard]] Result<std::uint64_t> whole_of(const Node& node);

// true or false, in any case; Spring takes yes, on and 1 too.
[[nodiscard]] Result<bool> flag_of(const Node& node);
[[nodiscard]] Result<std::string> as_flag(const Node& node);

// Go and Istio: 1m30s.
[[nodiscard]] Result<Duration> go_duration_of(const Node& node);
[[nodiscard]] Result<std::string> as_go_duration(const Node& node);

// Spring Boot's DurationStyle: 10s, 500ms, 1d, a bare number of milliseconds, or ISO-8601 PT1M30S.
[[nodiscard]] Result<Duration> spring_duration_of(const Node& node);
[[nodiscard]] Result<std::string> as_spring_duration(const Node& node);

// .NET's TimeSpan: [d.]hh:mm[:ss[.fffffff]] or d:hh:mm:ss; a bare number is days, and so are hours
// above 23: 24:00:00 is 24 days.
[[nodiscard]] Result<Duration> timespan_of(const Node& node);

// protobuf's Duration: seconds only, 10s or 0.25s.
[[nodiscard]] Result<std::string> as_proto_duration(const Node& node);

}  // namespace tripcurve::importer
