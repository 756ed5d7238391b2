// Everything about a run that an expectation can be about, as one table: `list metrics`, the
// schema, the judge and `compare` all walk it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "breaker/breaker.hpp"
#include "core/result.hpp"
#include "report/summary.hpp"

namespace tripcurve::expect {

enum class Unit : std::uint8_t {
  duration,    // written 250ms; the value is in milliseconds
  share,       // written 5%; the value is 0..1
  count,       // written 3
  rate,        // written 200/s; the value is per second
  per_minute,  // written 3/m
  ratio,       // written 1.2, and 120% is the same
  states,      // written [closed, open]
};

// "ms", "share", "count", "per_s", "per_min", "ratio", "states": as in JSON.
[[nodiscard]] std::string_view name(Unit unit);

// A value of that unit for people: "309ms", "97.2%".
[[nodiscard]] std::string show(double value, Unit unit);

// What one scope of a run says of a metric.
struct Observation {
  std::optional<double> value{};  // none: there is nothing to measure it on, or it never came
  std::vector<breaker::State> states{};  // for Unit::states
  std::uint64_t samples = 0;
  // It never happened in the time there was: later than `waited`, if ever. An upper bound that is
  // below `waited` has failed, and one above it has not been seen to fail.
  bool never = false;
  double waited = 0;     // in the unit of the metric
  std::string detail{};  // "client 3 of 8", or why there is no value
};

// Which way is better, for margins and for `compare`.
enum class Better : std::uint8_t { lower, higher, neither };

struct Metric {
  std::string_view name;
  Unit unit = Unit::count;
  Better better = Better::neither;
  std::string_view summary;     // one line
  std::string_view definition;  // what is counted, from when to when, and over what, in full
  bool takes_state = false;     // time_in(open)
  bool by_phase = true;         // what it may be narrowed to
  bool by_endpoint = false;
  bool by_breaker = false;
  Observation (*observe)(const report::Summary& summary, const report::Scope& scope,
                         std::optional<breaker::State> state) = nullptr;
};

// In the order they are listed.
[[nodiscard]] std::span<const Metric> metrics();

// The Error suggests one that is meant.
[[nodiscard]] Result<const Metric*> find_metric(std::string_view name);

}  // namespace tripcurve::expect
