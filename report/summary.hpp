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
#include "forecast/false_trips.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/tally.hpp"
#include "report/history.hpp"
#include "report/judged.hpp"
#include "report/latency_stats.hpp"
#include "report/progress.hpp"
#include "report/services.hpp"
#include "report/verdict.hpp"
#include "through/observe.hpp"

namespace tripcurve::report {

// What the upstream itself counted. A copy of faults::PhaseLedger, because report does not know the
// fault plan: a result can be rendered where no upstream was ever made.
// How often a phase meant to hit requests, or connections, with a fault, and how often it did.
struct InjectedShare {
  std::string kind{};
  bool of_connections = false;
  double requested = 0;     // the share, of `drawn`
  std::uint64_t drawn = 0;  // for how many it was decided
  std::uint64_t injected = 0;
  // How many more it was decided for whose answers left it nothing to do; none: nobody's.
  std::optional<std::uint64_t> spared{};
  // Both together are between these, both included, for 999 of 1,000 seeds; none where they are not
  // hit each by itself but in bursts, in turn, or by the time.
  std::optional<std::uint64_t> least{};
  std::optional<std::uint64_t> most{};
  // How many attempts of the load ended as this fault ends them; none where that is not to be seen.
  std::optional<std::uint64_t> observed{};
  // How many should have, by this and all other faults that end alike.
  std::uint64_t to_observe = 0;

  // So few, that most of the rest cannot be what was under way when the phase or the run ended.
  [[nodiscard]] bool is_missed() const {
    return observed && static_cast<double>(*observed) < 0.95 * static_cast<double>(to_observe);
  }
  // And so many, that others ended like that by themselves.
  [[nodiscard]] bool is_exceeded() const {
    return observed && static_cast<double>(*observed) > 1.05 * static_cast<double>(to_observe);
  }
  [[nodiscard]] bool is_likely() const {
    const auto hit = injected + spared.value_or(0);
    return !least || (hit >= *least && hit <= *most);
  }
};
// "503 hit 241 of 812 requests (29.7%); 30% was asked for, which makes 205 to 284 likely;
// the load saw 241"
[[nodiscard]] std::string words(const InjectedShare& share);

struct UpstreamCounts {
  std::uint64_t requests = 0;
  std::uint64_t leaked_while_open = 0;  // leaked past a breaker that claimed to be open
  std::uint64_t served = 0;
  std::vector<std::pair<std::string, std::uint64_t>> injected{};  // by kind
  std::uint64_t overtaken = 0;  // of `requests`: under way when their breaker opened; no leak
  std::uint64_t strangers = 0;  // requests that are not of this run, and not of `requests`
  std::vector<InjectedShare> shares{};  // of a phase, when it is over
};

// Why and how a run ended.
enum class Ending : std::uint8_t {
  completed,
  interrupted,  // by SIGINT, or by hand
  terminated,   // by SIGTERM
  unhealthy,    // the baseline failed before the first fault
  stopped,      // by --abort-on
  running,      // not yet: a look at it on the way
};

// The run over time, for charts: one point per interval, at most a few hundred of them.
struct Series {
  Duration interval{};
  std::vector<Interval> points{};
};

// Something a person did to a run on its way, which no seed repeats.
struct Intervention {
  TimePoint at{};
  std::string text{};
  // From here on, until the next: a fault that was injected by hand is on, so what goes wrong does
  // so on purpose.
  bool faulty = false;
};

// The same experiment run several times, each with a seed of its own.
struct Repeats {
  struct One {
    std::uint64_t seed = 0;
    std::string result{};  // name(Verdict::Result)
  };
  // One metric over those runs that were completed, because parts of a run compare with nothing.
  struct Spread {
    std::string metric{};  // "time_to_open", "time_in(open)"
    Scope scope{};
    std::string unit{};      // as in Judged
    std::uint64_t runs = 0;  // in which it had a value; at least one
    std::uint64_t of = 0;    // that were completed
    double min = 0, median = 0, max = 0;
    std::string min_text{}, median_text{}, max_text{};  // "309ms"
  };
  std::vector<One> runs{};
  std::vector<Spread> metrics{};
  std::uint64_t passed = 0;
  std::uint64_t needed = 0;  // to pass
  double low = 0, high = 0;  // 95 % Wilson interval of the share that passes
};

struct BreakerFacts {
  load::BreakerIdentity identity{};
  breaker::Totals totals{};  // of all its transitions, those that were not kept included
  // That are about calls to it: where it guards one endpoint, a fault may be about another. None:
  // all of the run's are.
  std::optional<std::vector<FaultWindow>> faults{};
};

// What is known of a run beside its numbers.
struct RunFacts {
  std::string command{};  // "run" or "simulate"
  std::string name{};     // the experiment's
  std::string description{};
  std::string tool_version{};
  std::uint64_t seed = 0;
  std::string experiment_json{};  // an experiment file, as one JSON object
  std::vector<std::pair<std::string, std::string>>
      host{};            // "cpus", "os", ...; empty in virtual time
  std::string target{};  // where the requests went; "" in virtual time

  Timetable timetable;
  std::vector<BreakerFacts> breakers{};  // by bank index
  std::string dialect{};                 // as text: "classic,FailureThreshold=5,..."
  // Of the client, the outermost first, as texts; none where calls only go through the breaker.
  std::vector<std::string> policies{};
  // The same with all settings, those left at their default included, after the dialect's name.
  std::vector<std::pair<std::string, std::string>> breaker_settings{};
  std::vector<load::BreakerEvent> events{};
  std::uint64_t transition_count = 0;      // events that were not kept included
  std::vector<UpstreamCounts> upstream{};  // by phase; empty when the upstream is not ours
  Ending ending = Ending::completed;
  TimePoint ended_at{};                 // the last call's end, or the interruption
  Duration timeout{};                   // the client's
  std::string load_words{};             // "200/s constant"
  std::string reproduce{};              // the command that runs it again
  std::string reproduce_all{};          // ... and all runs of the series it is one of
  std::vector<std::string> warnings{};  // of lint and of the import
  std::vector<std::string> notes{};
  // How often the breaker would trip without a fault; of several, the one that fares worst.
  std::optional<forecast::FalseTrips> false_trips{};
  std::vector<Intervention> interventions{};
  std::vector<std::string> stopped_because{};  // what ended it before its time
  Series series{};
};

// What was measured, before it is summed up.
struct Measured {
  load::LoadPlan load;  // that was to be made
  load::Tally tally;    // of what was
  // By breaker: of its present stay. Empty when nobody asked.
  std::vector<load::Probes> probes{};
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
  LatencyStats fail_fast{};   // from the intended time to the rejection
  LatencyStats first_byte{};  // from the intended time to the end of the answer's head
  LatencyStats gap{};         // of answers in pieces: the longest time between two
  LatencyStats stale_age{};   // of answers from a fallback's cache
  LatencyStats queue_wait{};  // of calls that were drained from a fallback's queue
  Duration wasted{};          // what callers waited for calls that failed, summed up
  std::uint64_t peak_in_flight = 0;
  // It is the sum of several load threads' peaks, which need not be of one time: an upper bound.
  bool peak_is_bound = false;
  std::optional<load::LimitRange> limit{};  // of an adaptive limit, if the client has one
  // Of the response times; at most `distribution_buckets`.
  std::vector<Histogram::Bucket> distribution{};
  std::vector<EndpointSummary> endpoints{};
  // Of a service that calls went through: what was seen on both of its sides.
  std::optional<through::PhaseCounts> through{};
};

inline constexpr std::size_t distribution_buckets = 200;

// The definitions are those of breaker/totals.hpp. All numbers are of the whole run, also when not
// all transitions were kept.
struct BreakerSummary {
  load::BreakerIdentity identity{};
  std::string dialect{};  // as text, with its settings
  breaker::State initial_state = breaker::State::closed;
  breaker::State final_state = breaker::State::closed;
  std::uint64_t opens = 0, trips = 0, closes = 0;
  // Together as long as the run lasted (the totals' `lasted`).
  Duration time_closed{}, time_open{}, time_half_open{};
  std::vector<Reaction> reactions;  // one per fault window that the run reached
  // Of the stay in half_open that the run ended in; zeros when it ended in another state.
  load::Probes last_probes{};
};

// The same run with another breaker, or with one for all: the same seed, load and faults.
struct Versus {
  // That all calls of all instances share one breaker of the run's kind.
  static constexpr std::string_view shared = "shared";

  std::string breaker{};  // as text: "none", or `shared`
  std::string command{};  // "run" or "simulate"
  PhaseSummary totals{};
  std::vector<PhaseSummary> phases{};
  std::vector<BreakerSummary> breakers{};
  // Of all its breakers, trips while nothing was wrong on purpose; none in an older file.
  std::optional<std::uint64_t> false_opens{};
};

// What was seen on both sides of a service in a phase of one of its dependencies.
struct DependencyPhase {
  std::string name{};
  bool fault = false;
  through::PhaseCounts seen{};
};

// A further dependency of a service that calls went through; the first is the run's own upstream.
struct DependencySummary {
  std::string name{};     // of its breaker, too
  std::string address{};  // where the service called it
  through::Observed observed{};
  std::vector<DependencyPhase> phases{};  // its own
  std::optional<Versus> versus{};         // with the breaker that the service should have for it
};

struct Summary {
  RunFacts facts;
  std::vector<PhaseSummary> phases{};
  PhaseSummary totals{};  // over all phases; its `phase` spans the run
  std::vector<BreakerSummary> breakers{};
  std::vector<ServiceSummary> services{};  // none without a topology
  std::vector<std::string> selectivity{};  // selectivity_lines() of them
  std::vector<History> histories{};    // by breaker; none in a summary that was read from a file
  std::vector<std::string> doubts{};   // why the run's own load is in doubt; with a number each
  std::vector<Judged> baseline{};      // what must hold before the first fault
  std::vector<Judged> expectations{};  // what the expectations came to
  std::optional<Repeats> repeats{};
  std::optional<Versus> versus{};
  std::optional<through::Observed> through{};     // of a service that calls went through
  std::vector<DependencySummary> dependencies{};  // of that service, the first left out
  Verdict verdict{};  // decide() of all this; decide again when expectations or repeats come
};

// "completed", "interrupted", "terminated", "unhealthy", "stopped", "running".
[[nodiscard]] std::string_view name(Ending ending);

// Trips of all breakers while nothing was wrong on purpose; none of a run whose transitions were
// not all kept, or that was read from a file.
[[nodiscard]] std::optional<std::uint64_t> false_opens(const Summary& summary);

// How far the run went. A completed one lasts as long as its timetable, even if the last call ended
// before; one that ended before its time ends where it was stopped.
[[nodiscard]] TimePoint run_end(const RunFacts& facts);

// What the reactions of one of its breakers are measured against.
[[nodiscard]] FaultTimes fault_times(const RunFacts& facts, std::size_t breaker);

// Something was wrong on purpose for that breaker when that happened, or had been, and calls that
// it met still ended: a fault of the timetable, or one that was injected by hand.
[[nodiscard]] bool wrong_on_purpose(const RunFacts& facts, std::size_t breaker, const Step& step);

// The events do not hold every transition of the run.
[[nodiscard]] inline bool events_cut_short(const RunFacts& facts) {
  return facts.transition_count > facts.events.size();
}

// A run's load is in doubt when no call was made, more than 1 % of the calls due were not made
// (late at the end, or dropped at the in-flight cap), or the 99th percentile of the schedule error
// of an open loop is above the mean gap between calls, but at least 1 ms and at most 10 ms.
//
// The verdict is that of a run of which nothing was expected.
[[nodiscard]] Summary summarize(RunFacts facts, const Measured& measured);

// The same with what was observed of the service that calls went through: by phase, as notes, and
// as doubts where what looks like its breaker may be something else.
void add_through(Summary& summary, through::Observed observed);
// The same of a further dependency.
void add_dependency(Summary& summary, DependencySummary dependency);

// One breaker; its `last_probes` are left as they are.
[[nodiscard]] BreakerSummary summarize_breaker(const BreakerFacts& breaker,
                                               const std::string& dialect, const History& history,
                                               const FaultTimes& times);

// selectivity_lines() of that run.
[[nodiscard]] std::vector<std::string> selectivity_lines(const Summary& summary);

}  // namespace tripcurve::report
