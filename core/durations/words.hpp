// What the text forms of durations are read with.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::durations {

// A percentile that was measured: the share q of the durations, 0 to 1, was `value` or less.
struct Point {
  double q = 0;
  Duration value{};
};

// The percentiles in a file, rising, at least one of them between 0 and 1. `unit` is that of the
// numbers in it, empty where it was not said.
using ReadRecorded =
    std::function<Result<std::vector<Point>>(const std::string& path, std::string_view unit)>;

// What a text may say where it stands.
struct Grammar {
  std::string_view what;                // what messages call it, without an article: "latency"
  bool in_flight = false;               // a part may depend on what is in flight
  const ReadRecorded* files = nullptr;  // null: files may not be named
};

// "p99.9"
[[nodiscard]] std::string percentile_name(double q);
// "p99.9=1s"
[[nodiscard]] std::string percentile_text(double q, Duration value);

// name(a,b): what stands between the parentheses, of a text that has them.
struct Call {
  std::string_view name;
  std::vector<std::string_view> arguments{};
};
[[nodiscard]] Result<Call> parse_call(std::string_view text);

// Reads the arguments of a call, in order or by name: normal(20ms,sd=5ms).
class Arguments {
 public:
  // `example` shows how the call is written.
  Arguments(const Call& call, std::string_view text, const char* example)
      : given_(call.arguments), text_(text), example_(example) {}

  // The next argument; it may be named. Nothing if it is missing, which is a mistake.
  std::optional<std::string_view> next(std::string_view name);
  // One that is named, and may be missing.
  std::optional<std::string_view> named(std::string_view name);
  [[nodiscard]] std::optional<Duration> duration(std::string_view name);
  // A plain number above zero.
  [[nodiscard]] std::optional<double> number(std::string_view name, std::string_view value);

  void refuse(Error error);
  // What is wrong, if anything is; what nobody asked for is.
  [[nodiscard]] std::optional<Error> error();

 private:
  std::vector<std::string_view> given_;
  std::string_view text_;
  const char* example_;
  std::vector<std::string_view> names_{};
  std::optional<Error> error_{};
};

// The shortest text of a plain number that reads back as the same.
[[nodiscard]] std::string number_text(double value);

}  // namespace tripcurve::durations
