// A finished run in numbers: what the text report, the JSON file and (later) the expectations read.
//
// summarize() is a pure function, so the same run gives the same report, byte for byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/tally.hpp"
#include "report/finding.hpp"

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

// Everything summarize() needs.
struct RunFacts {
  std::string command;  // "run" or "simulate"
  std::string name;     // the experiment's
  std::string description{};
  std::string tool_version;
  std::uint64_t seed = 0;
  std::string experiment_json;  // as resolved: one JSON object
  std::vector<std::pair<std::string, std::string>>
      host;            // "cpus", "os", ...; empty in virtual time
  std::string target;  // where the requests went; "" in virtual time

  Timetable timetable;
  load::LoadPlan load;
  load::Tally tally;
  std::vector<std::string> breaker_names;
  std::string dialect;  // as text: "classic,FailureThreshold=5,..."
  std::vector<load::BreakerEvent> events;
  std::uint64_t transition_count = 0;    // events that were not kept included
  std::vector<UpstreamCounts> upstream;  // by phase; empty when the upstream is not ours
  Ending ending = Ending::completed;
  TimePoint ended_at;                   // the last call's end, or the interruption
  Duration timeout{};        // the client's
  std::string load_words{};             // "200/s constant"
  std::string reproduce{};              // the command that runs it again
  std::vector<std::string> warnings{};  // of lint and of the import
  std::vector<std::string> notes{};
  std::vector<Intervention> interventions{};
  Series series{};
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
  std::vector<EndpointSummary> endpoints{};
};

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
};

struct Verdict {
  enum class Result : std::uint8_t {
    finished,      // nothing was expected of it
    pass,          // every expectation holds
    fail,          // at least one does not
    inconclusive,  // the run's own load is in doubt, or an expectation could not be judged
    interrupted,
    unhealthy,  // the upstream was sick before the first fault
    stopped,    // by --abort-on
  };
  Result result = Result::finished;
  std::vector<std::string> reasons;  // why it is not what was hoped for; each stands alone and has
                                     // its number
};

struct Summary {
  RunFacts facts;
  std::vector<PhaseSummary> phases;
  PhaseSummary totals;  // over all phases; its `phase` spans the run
  std::vector<BreakerSummary> breakers;
  Verdict verdict;
  std::vector<Finding> findings{};  // what the expectations came to; filled in by who judged them
  std::optional<Repeats> repeats{};
};

// "finished", "pass", "fail", "inconclusive", "interrupted", "unhealthy", "stopped".
[[nodiscard]] std::string_view name(Verdict::Result result);

// The events do not hold every transition of the run, so what is said of the breakers ends with the
// last that was kept.
[[nodiscard]] inline bool events_cut_short(const RunFacts& facts) {
  return facts.transition_count > facts.events.size();
}

// A run is inconclusive when its own load is in doubt: no call was made, more than 1 % of the calls
// due were not made (late at the end, or dropped at the in-flight cap), or the 99th percentile of
// the schedule error of an open loop is above the mean gap between calls, but at least 1 ms and at
// most 10 ms.
[[nodiscard]] Summary summarize(RunFacts facts);

}  // namespace tripcurve::report
