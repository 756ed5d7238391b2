// Everything about a run that an expectation can be about, as one table: `list metrics`, the
// schema, the judge and `compare` all walk it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  ratio,       // written 1.2
  states,      // written [closed, open]
};

// "ms", "share", "count", "per_s", "per_min", "ratio", "states": as in JSON.
[[nodiscard]] std::string_view name(Unit unit);

// A value of that unit for people: "309ms", "97.2%".
[[nodiscard]] std::string show(double value, Unit unit);

// How far a value is the true one.
enum class Certainty : std::uint8_t {
  exact,
  at_least,  // there may be more: not all transitions were kept
  at_most,   // it may be less: it is made of several threads' numbers, which are not of one time
};

// What a run says of a metric, of one subject.
struct Observation {
  std::string subject{};  // what of the scope, where there are several: "client 3", "outage (2)"
  std::optional<double> value{};           // none without a sample, and when it `never` came
  Certainty certainty = Certainty::exact;  // of the value; of states, that more may have followed
  // Of a value that was sampled: what the true one lies between, 19 times in 20.
  std::optional<std::pair<double, double>> between{};
  std::vector<breaker::State> states{};  // for Unit::states
  std::uint64_t samples = 0;             // what the value was made of; with none it says nothing
  // What is waited for did not come within the time there was for it.
  bool never = false;
  double waited = 0;  // that time, in the metric's unit
  std::string why{};  // why there is no value, or why it never came
  // Which of the scope's stretches (of its faults, for what is timed from them) and of the run's
  // breakers it is of: a share is taken of what was observed of the same.
  std::size_t stretch = 0;
  std::optional<std::size_t> breaker{};
};

// Which way is better, for margins and for `compare`.
enum class Better : std::uint8_t { lower, higher, neither };

// The value so far, while a run goes on.
enum class Course : std::uint8_t {
  grows,  // never becomes less, so a bound above it is not yet missed
  varies,
};

struct Metric {
  std::string_view name;
  Unit unit = Unit::count;
  Better better = Better::neither;
  std::string_view summary;     // one line
  std::string_view definition;  // what is counted, from when to when, and over what, in full
  bool takes_state = false;     // time_in(open)
  bool since_fault = false;     // without a phase in scope, there is none of it without a fault
  bool by_endpoint = false;     // what it may be narrowed to, beside phases
  bool by_breaker = false;
  // Of a topology, what a service or a link tells of itself; a breaker's metric by the link whose
  // client has it.
  bool by_service = false;
  bool by_link = false;
  bool only_by_service = false;
  bool needs_nesting = false;  // of breakers one behind the other, in a topology
  bool whole_run = false;      // is about no phase
  bool needs_twin = false;     // is about the difference to the other run of --versus
  Course course = Course::varies;
  // The metric that it is never more than, over the same scope; that one may name another.
  std::string_view part_of{};
  // One observation per subject: per phase where several have the scope's name, per breaker where
  // the scope does not name one. None when the run has nothing of the kind.
  std::vector<Observation> (*observe)(const report::Summary& summary, const report::Scope& scope,
                                      std::optional<breaker::State> state) = nullptr;
};

// The same, as the scope's service or link saw the run, if it names one.
[[nodiscard]] std::vector<Observation> observations_of(const Metric& metric,
                                                       const report::Summary& summary,
                                                       const report::Scope& scope,
                                                       std::optional<breaker::State> state);

// It may be below zero.
[[nodiscard]] constexpr bool is_difference(const Metric& metric) {
  return metric.needs_twin || metric.needs_nesting;
}

// In the order they are listed.
[[nodiscard]] std::span<const Metric> metrics();

// `part` is never more than `whole`: a share of 100 % of it, or above, can tell nothing.
[[nodiscard]] bool never_exceeds(const Metric& part, const Metric& whole);

// The Error suggests one that is meant.
[[nodiscard]] Result<const Metric*> find_metric(std::string_view name);

}  // namespace tripcurve::expect
