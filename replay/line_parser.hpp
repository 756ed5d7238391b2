// What one line of a trace says: a call, when it began or ended, how long it took, and how it
// ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/call_end.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "replay/time_reader.hpp"

namespace tripcurve::replay {

struct Fields {
  EpochTime time = 0;  // as LineParser::stamp() says
  Duration latency{};
  CallEnd end{};
  bool is_rejected = false;     // it was never sent: the trace was taken behind a breaker
  std::string_view endpoint{};  // in the line; empty where it is not told
  std::string_view instance{};

  // Of a format that counts calls instead of telling each: so many of them, of which so many
  // failed, came in the time `span` before `time`.
  std::uint64_t calls = 1;
  std::uint64_t failed = 0;
  Duration span{};
  bool was_reset = false;  // the counters began anew meanwhile
};

// Which of a call's times the lines tell.
enum class Stamp : std::uint8_t { begins, ends };

// Reads the lines of one trace in one format. It may remember what lines before have told, such as
// the day. Not thread-safe.
class LineParser {
 public:
  virtual ~LineParser() = default;

  // What is wrong with the line, or nothing and the fields.
  [[nodiscard]] virtual std::optional<std::string> parse(std::string_view line, Fields& fields) = 0;

  [[nodiscard]] virtual Stamp stamp() const = 0;
  [[nodiscard]] virtual const TimeReader& times() const = 0;
  [[nodiscard]] virtual bool tells_latency() const = 0;
  [[nodiscard]] virtual bool tells_endpoint() const = 0;
  [[nodiscard]] virtual bool tells_instance() const = 0;
  // How many lines at the beginning are no calls.
  [[nodiscard]] virtual std::uint64_t header_lines() const { return 0; }
  // What it took the columns for, for people: "time: ts (iso), latency: dur_ms, ..."; may be empty.
  [[nodiscard]] virtual std::string reading() const { return {}; }
};

}  // namespace tripcurve::replay
