// A finished run in numbers: what every format, the expectations and a comparison read.
//
// A Summary is a value: it can be written as JSON and read back (report/formats.hpp). What was
// measured in more detail than that is in Measured, and ends in summarize(), a pure function, so
// the same run gives the same report, byte for byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/histogram.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/tally.hpp"
#include "report/finding.hpp"
#include "report/verdict.hpp"

namespace tripcurve::report {

// What the upstream itself counted. A copy of faults::PhaseLedger, because report does not know the
// fault plan: a result can be rendered where no upstream was ever made.
struct UpstreamCounts {
  std::uint64_t arrived = 0;
  std::uint64_t arrived_while_open = 0;  // leaked past a breaker that claimed to be open
  std::uint64_t served = 0;
  std::vector<std::pair<std::string, std::uint64_t>> injected;  // by kind
};

// Why and how a run ended.
enum class Ending : std::uint8_t {
  completed,
  interrupted,  // by a signal, or by hand
  unhealthy,    // the upstream was sick before the first fault
  stopped,      // by --abort-on
  running,      // not yet: a look at it on the way
};

// The run over time, for charts: one point per interval, at most a few hundred of them.
struct Series {
  struct Point {
    TimePoint end{};
    load::Counts counts{};  // in the interval
    std::optional<Duration> p50{}, p99{};
    std::uint64_t in_flight = 0;
    std::optional<std::uint64_t> arrived{};  // upstream, if it is ours
  };
  Duration interval{};
  std::vector<Point> points{};
};

// Something a person did to a run on its way, which no seed repeats.
struct Intervention {
  TimePoint at{};
  std::string text{};
};

// The same experiment run several times, each with a seed of its own.
struct Repeats {
  struct One {
    std::uint64_t seed = 0;
    std::string result{};  // name(Verdict::Result)
  };
  std::vector<One> runs{};
  std::uint64_t passed = 0;
  std::uint64_t needed = 0;  // to pass
  double low = 0, high = 0;  // 95 % Wilson interval of the share that passes
};

// What is known of a run beside its numbers.
struct RunFacts {
  std::string command;  // "run" or "simulate"
  std::string name;     // the experiment's
  std::string description{};
  std::string tool_version;
  std::uint64_t seed = 0;
  std::string experiment_json;  // an experiment file, as one JSON object
  std::vector<std::pair<std::string, std::string>>
      host;            // "cpus", "os", ...; empty in virtual time
  std::string target;  // where the requests went; "" in virtual time

  Timetable timetable;
  std::vector<std::string> breaker_names;
  std::string dialect;  // as text: "classic,FailureThreshold=5,..."
  // The same with all settings, those left at their default included, after the dialect's name.
  std::vector<std::pair<std::string, std::string>> breaker_settings{};
  std::vector<load::BreakerEvent> events;
  std::uint64_t transition_count = 0;    // events that were not kept included
  std::vector<UpstreamCounts> upstream;  // by phase; empty when the upstream is not ours
  Ending ending = Ending::completed;
  TimePoint ended_at;                   // the last call's end, or the interruption
  Duration timeout{};                   // the client's
  std::string load_words{};             // "200/s constant"
  std::string reproduce{};              // the command that runs it again
  std::string reproduce_all{};          // ... and all runs of the series it is one of
  std::vector<std::string> warnings{};  // of lint and of the import
  std::vector<std::string> notes{};
  std::vector<Intervention> interventions{};
  std::vector<std::string> stopped_because{};  // what ended it before its time
  Series series{};
};

// What was measured, before it is summed up.
struct Measured {
  load::LoadPlan load;  // that was to be made
  load::Tally tally;    // of what was
  // By breaker: of its present stay. Empty when nobody asked.
  std::vector<load::BreakerBank::Probes> probes{};
};

struct LatencyStats {
  std::uint64_t count = 0;  // with none, the durations mean nothing
  Duration mean{}, p50{}, p90{}, p95{}, p99{}, p999{}, max{};
};

struct EndpointSummary {
  std::string name;
  load::Counts counts;
  LatencyStats response;
};

struct PhaseSummary {
  Phase phase;
  Duration lasted{};  // how much of it the run reached
  load::Counts counts;
  LatencyStats response, service, schedule_error;
  std::optional<UpstreamCounts> upstream;
  LatencyStats fail_fast{};  // from the intended time to the rejection
  Duration wasted{};         // what callers waited for calls that failed, summed up
  std::uint64_t peak_in_flight = 0;
  // Of the response times; at most `distribution_buckets`.
  std::vector<Histogram::Bucket> distribution{};
  std::vector<EndpointSummary> endpoints{};
};

inline constexpr std::size_t distribution_buckets = 200;

// How a breaker met one fault window: what it did from the fault's begin until the next fault
// begins.
struct Reaction {
  FaultWindow fault;
  std::optional<Duration> time_to_open;   // from the fault's begin to the first opening in or after
                                          // it; zero when the breaker was open as the fault began
  std::optional<Duration> time_to_close;  // from the fault's end to the first closing after it;
                                          // zero when the breaker was closed by then or all along
  bool opened = false;
  bool closed_again = false;
};

struct BreakerSummary {
  std::string name;
  breaker::State final_state = breaker::State::closed;
  std::uint64_t opens = 0;  // times it went from another state to open
  Duration time_closed{}, time_open{}, time_half_open{};
  std::vector<Reaction> reactions;  // one per fault window that the run reached
  // Of the stay in half_open that the run ended in; zeros when it ended in another state.
  load::BreakerBank::Probes last_probes{};
};

struct Summary {
  RunFacts facts;
  std::vector<PhaseSummary> phases;
  PhaseSummary totals;  // over all phases; its `phase` spans the run
  std::vector<BreakerSummary> breakers;
  std::vector<std::string> doubts{};  // why the run's own load is in doubt; with a number each
  std::vector<Finding> findings{};    // what the expectations came to
  std::optional<Repeats> repeats{};
  Verdict verdict{};  // decide() of all this; decide again when findings or repeats come
};

// "completed", "interrupted", "unhealthy", "stopped", "running".
[[nodiscard]] std::string_view name(Ending ending);

// The events do not hold every transition of the run, so what is said of the breakers ends with the
// last that was kept.
[[nodiscard]] inline bool events_cut_short(const RunFacts& facts) {
  return facts.transition_count > facts.events.size();
}

// A run's load is in doubt when no call was made, more than 1 % of the calls due were not made
// (late at the end, or dropped at the in-flight cap), or the 99th percentile of the schedule error
// of an open loop is above the mean gap between calls, but at least 1 ms and at most 10 ms.
//
// The verdict is that of a run of which nothing was expected.
[[nodiscard]] Summary summarize(RunFacts facts, const Measured& measured);

}  // namespace tripcurve::report
