#include "expect/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/plural.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "expect/dependencies.hpp"
#include "expect/observe.hpp"
#include "expect/subject.hpp"

namespace tripcurve::expect {
namespace {

using breaker::State;
using load::Counts;
using report::LatencyStats;
using report::PhaseSummary;
using report::Scope;
using report::Summary;
using StateArgument = std::optional<State>;

// A plain counter of calls.
template <std::uint64_t Counts::* counter>
Observations count(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return Observation{.value = as_number(counts.*counter), .samples = counts.calls};
  });
}

// One that is a part of another: where that is zero, it says nothing.
template <std::uint64_t Counts::* counter, std::uint64_t Counts::* whole>
Observations part(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return Observation{.value = as_number(counts.*counter), .samples = counts.*whole};
  });
}

Observations still_queued(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return Observation{.value = as_number(counts.still_queued()), .samples = counts.queued};
  });
}

Observations cache_hit_rate(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return share_of(counts.cached, counts.cached + counts.cache_misses);
  });
}

Observations failed(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return Observation{.value = as_number(counts.failed()), .samples = counts.calls};
  });
}

Observations availability(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return share_of(counts.ok, counts.ended());
  });
}

Observations availability_with_fallback(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return share_of(counts.ok + counts.fallback, counts.ended());
  });
}

Observations failure_share(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return share_of(counts.failed(), counts.ok + counts.failed());
  });
}

Observations fail_fast_share(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return withheld_badly_share(summary, scope);
  }
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    auto observation = share_of(counts.fail_fast, counts.ended());
    if (counts.fallback_open > 0) {
      observation.why = fmt::format(
          "a fallback answered {} that the breaker rejected; "
          "rejected_share counts them, too",
          count_of(counts.fallback_open, "more call"));
    }
    return observation;
  });
}

Observations rejected(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return withheld(summary, scope);
  }
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return Observation{.value = as_number(counts.rejected()), .samples = counts.calls};
  });
}

Observations rejected_share(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return withheld_share(summary, scope);
  }
  return by_counts(summary, scope, [](const Counts& counts, const Stretch&) {
    return share_of(counts.rejected(), counts.ended());
  });
}

Observations goodput(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch& stretch) {
    const auto seconds = to_seconds(stretch.phase->lasted);
    Observation observation{.samples = counts.calls};
    if (seconds > 0) {
      observation.value = as_number(counts.ok) / seconds;
    }
    return observation;
  });
}

// What the upstream itself counted.
template <typename Observe>
Observations upstream(const Summary& summary, const Scope& scope, Observe observe) {
  return by_counts(summary, scope, [&](const Counts& counts, const Stretch& stretch) {
    if (!stretch.phase->upstream) {
      return Observation{.why = "the upstream is not tripcurve's, so nothing was counted there"};
    }
    return observe(counts, *stretch.phase->upstream);
  });
}

// Rejections that were right, among all of them.
Observations rejection_precision(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return not_known_of_a_service(summary, scope);
  }
  return upstream(summary, scope, [](const Counts& counts, const report::UpstreamCounts&) {
    return share_of(counts.rejected() - counts.rejected_good, counts.rejected());
  });
}

// Of the calls that were doomed, those that were spared.
Observations rejection_recall(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return not_known_of_a_service(summary, scope);
  }
  return upstream(summary, scope, [](const Counts& counts, const report::UpstreamCounts&) {
    const auto spared = counts.rejected() - counts.rejected_good;
    return share_of(spared, spared + counts.failed());
  });
}

Observations rejected_good(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return not_known_of_a_service(summary, scope);
  }
  return upstream(summary, scope, [](const Counts& counts, const report::UpstreamCounts&) {
    return Observation{.value = as_number(counts.rejected_good), .samples = counts.calls};
  });
}

Observations upstream_requests(const Summary& summary, const Scope& scope, StateArgument) {
  return upstream(summary, scope, [](const Counts& counts, const report::UpstreamCounts& seen) {
    return Observation{.value = as_number(seen.requests), .samples = counts.calls};
  });
}

Observations leaked_while_open(const Summary& summary, const Scope& scope, StateArgument) {
  if (summary.through) {
    return arrived_while_open(summary, scope);
  }
  return upstream(summary, scope, [](const Counts& counts, const report::UpstreamCounts& seen) {
    Observation observation{.value = as_number(seen.leaked_while_open),
                            .samples = counts.rejected() + seen.leaked_while_open};
    if (observation.samples == 0) {
      observation.why = "no breaker was open, so nothing could leak past it";
    }
    return observation;
  });
}

Observations amplification(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch& stretch) {
    const auto arrived = stretch.phase->upstream ? stretch.phase->upstream->requests : counts.sent;
    return share_of(arrived, counts.ended());
  });
}

template <Stats stats, Duration LatencyStats::* quantile>
Observations latency(const Summary& summary, const Scope& scope, StateArgument) {
  return by_latency(summary, scope, stats,
                    [](const LatencyStats& latency) { return latency.*quantile; });
}

Observations wasted_time(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch& stretch) {
    return Observation{.value = to_milliseconds(stretch.phase->wasted), .samples = counts.calls};
  });
}

Observations peak_in_flight(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch& stretch) {
    return Observation{
        .value = as_number(stretch.phase->peak_in_flight),
        .certainty = stretch.phase->peak_is_bound ? Certainty::at_most : Certainty::exact,
        .samples = counts.calls};
  });
}

// Of an adaptive limit; without one, there is no sample.
template <std::uint64_t load::LimitRange::* which>
Observations limit(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts& counts, const Stretch& stretch) {
    const auto& range = stretch.phase->limit;
    return range ? Observation{.value = as_number((*range).*which), .samples = counts.calls}
                 : Observation{};
  });
}

Observations duration(const Summary& summary, const Scope& scope, StateArgument) {
  return by_counts(summary, scope, [](const Counts&, const Stretch& stretch) {
    return Observation{.value = to_milliseconds(stretch.phase->lasted), .samples = 1};
  });
}

double full_milliseconds(const report::ServiceNumbers& numbers) {
  return to_milliseconds(numbers.full_for);
}

Observations full_for(const Summary& summary, const Scope& scope, StateArgument) {
  return by_service(summary, scope, full_milliseconds);
}

// One of a service's numbers as it is.
template <auto number>
Observations of_pool(const Summary& summary, const Scope& scope, StateArgument) {
  return by_service(summary, scope, [](const report::ServiceNumbers& numbers) {
    return static_cast<double>(numbers.*number);
  });
}
constexpr auto mean_busy = of_pool<&report::ServiceNumbers::mean_busy>;
constexpr auto peak_busy = of_pool<&report::ServiceNumbers::peak_busy>;
constexpr auto mean_waiting = of_pool<&report::ServiceNumbers::mean_waiting>;
constexpr auto peak_waiting = of_pool<&report::ServiceNumbers::peak_waiting>;

template <Observations (*observe)(const Summary&, const Scope&)>
Observations without_state(const Summary& summary, const Scope& scope, StateArgument) {
  return observe(summary, scope);
}

template <Observations (*observe)(const Summary&, const Scope&, State)>
Observations in_state(const Summary& summary, const Scope& scope, StateArgument state) {
  return observe(summary, scope, *state);
}

constexpr Metric of_calls(std::string_view name, Unit unit, Better better, std::string_view summary,
                          std::string_view definition, decltype(Metric::observe) observe,
                          Course course) {
  return {.name = name,
          .unit = unit,
          .better = better,
          .summary = summary,
          .definition = definition,
          .by_endpoint = true,
          .course = course,
          .observe = observe};
}

constexpr Metric of_phase(std::string_view name, Unit unit, Better better, std::string_view summary,
                          std::string_view definition, decltype(Metric::observe) observe,
                          Course course) {
  auto metric = of_calls(name, unit, better, summary, definition, observe, course);
  metric.by_endpoint = false;
  return metric;
}

constexpr Metric of_breaker(std::string_view name, Unit unit, Better better,
                            std::string_view summary, std::string_view definition,
                            decltype(Metric::observe) observe, Course course) {
  auto metric = of_calls(name, unit, better, summary, definition, observe, course);
  metric.by_breaker = true;
  metric.by_link = true;
  return metric;
}

// Of a breaker between services, this is not counted.
constexpr Metric not_by_link(Metric metric) {
  metric.by_link = false;
  return metric;
}

constexpr Metric by_link(Metric metric) {
  metric.by_link = true;
  return metric;
}

constexpr Metric by_service_and_link(Metric metric) {
  metric.by_service = true;
  return by_link(metric);
}

constexpr Metric at_service(Metric metric) {
  metric.by_service = true;
  return metric;
}

constexpr Metric of_service(std::string_view name, Unit unit, std::string_view summary,
                            std::string_view definition, decltype(Metric::observe) observe,
                            Course course) {
  auto metric = of_phase(name, unit, Better::lower, summary, definition, observe, course);
  metric.by_service = true;
  metric.only_by_service = true;
  return metric;
}

constexpr Metric with_nesting(Metric metric) {
  metric.needs_nesting = true;
  return metric;
}

constexpr Metric with_state(Metric metric) {
  metric.takes_state = true;
  return metric;
}

constexpr Metric with_twin(Metric metric) {
  metric.needs_twin = true;
  return metric;
}

constexpr Metric of_whole_run(Metric metric) {
  metric.whole_run = true;
  return metric;
}

constexpr Metric part_of(std::string_view whole, Metric metric) {
  metric.part_of = whole;
  return metric;
}

constexpr Metric of_fault(Metric metric) {
  metric.since_fault = true;
  return metric;
}

constexpr auto response = &PhaseSummary::response;
constexpr auto service = &PhaseSummary::service;
constexpr auto first_byte = &PhaseSummary::first_byte;
constexpr auto gap = &PhaseSummary::gap;
constexpr auto rejection = &PhaseSummary::fail_fast;
constexpr auto stale_age = &PhaseSummary::stale_age;
constexpr auto queue_wait = &PhaseSummary::queue_wait;

constexpr std::array table{
    of_fault(of_breaker(
        "time_to_open", Unit::duration, Better::lower,
        "from the start of the fault to the first opening",
        "Each fault of the run is judged. If the expectation names a phase, the time is measured "
        "from the start of that phase, and only the fault in it counts. The time is 0 if the "
        "breaker is already open. An opening counts until one client timeout after the fault ends "
        "or until the next fault begins, whichever is first. An opening that late answers from the "
        "previous fault caused does not count.",
        without_state<time_to_open>, Course::varies)),
    of_fault(of_breaker("time_to_half_open", Unit::duration, Better::lower,
                        "from the end of the fault to the first half-open",
                        "If the expectation names a phase, from the start of that phase. The time "
                        "is 0 if the breaker is already half-open.",
                        without_state<time_to_half_open>, Course::varies)),
    of_fault(of_breaker(
        "time_to_close", Unit::duration, Better::lower,
        "from the end of the fault to the first closing",
        "If the expectation names a phase, from the start of that phase. The time is 0 if the "
        "breaker is closed again by then. A breaker that did not open gives no sample.",
        without_state<time_to_close>, Course::varies)),
    of_breaker("opens", Unit::count, Better::lower, "times a breaker opened",
               "Transitions to open or forced_open from a state that lets calls through, including "
               "half-open.",
               without_state<opens>, Course::grows),
    part_of("opens",
            of_breaker("trips", Unit::count, Better::lower, "times a breaker opened from closed",
                       "Like opens, but only from closed or disabled, not from half-open.",
                       without_state<trips>, Course::grows)),
    of_whole_run(of_phase(
        "false_trips_per_month", Unit::ratio, Better::lower,
        "trips in 30 days without a fault, calculated",
        "How often the breaker would trip in 30 days if nothing went wrong on purpose: at the "
        "experiment's load, latency and normal errors, each call for itself. By a formula or "
        "an exact chain where they hold for the breaker, otherwise by simulating it, with "
        "importance sampling if trips are rare; the report says which. Of several breakers, "
        "the one that fares worst. It is about the whole experiment, and not known with "
        "--target.",
        without_state<false_trips_per_month>, Course::varies)),
    part_of("trips",
            of_breaker("false_opens", Unit::count, Better::lower,
                       "trips while nothing was wrong on purpose",
                       "Trips that happen outside every fault and the client timeout after it. A "
                       "fault is a phase that is worse than normal for the calls to that breaker, "
                       "or a fault injected by hand. With --target this cannot be judged.",
                       without_state<false_opens>, Course::grows)),
    of_fault(of_breaker("missed_opens", Unit::count, Better::lower,
                        "faults for which a breaker did not open",
                        "A breaker opened for a fault if it was open when the fault began, or if "
                        "it opened in the time that time_to_open allows. The samples are the "
                        "faults that are over or that it opened for.",
                        without_state<missed_opens>, Course::grows)),
    of_breaker("closes", Unit::count, Better::neither, "times a breaker closed",
               "Transitions from open, forced_open or half_open to closed or disabled.",
               without_state<closes>, Course::grows),
    of_breaker("flaps_per_min", Unit::per_minute, Better::lower,
               "trips after the first, per minute",
               "A further trip means that the breaker had closed in between. Probes that fail in "
               "half-open do not count.",
               without_state<flaps_per_min>, Course::varies),
    not_by_link(of_breaker("probes_per_half_open", Unit::count, Better::lower,
                           "most calls let through in one stay in half-open",
                           "A stay counts in the phase in which it ends, or in which the run ends.",
                           without_state<probes_per_half_open>, Course::grows)),
    part_of(
        "probes_per_half_open",
        not_by_link(of_breaker(
            "max_concurrent_probes", Unit::count, Better::lower, "most probes under way at once",
            "In one stay in half-open, which counts in the phase in which it or the run ends.",
            without_state<max_concurrent_probes>, Course::grows))),
    of_breaker("transitions", Unit::states, Better::neither, "the states a breaker went through",
               "The state at the start, and every state entered after it, in order.",
               without_state<transitions>, Course::varies),
    part_of("duration",
            with_state(of_breaker(
                "time_in", Unit::duration, Better::neither, "time spent in a state: time_in(open)",
                "The states are closed (which includes disabled), open (which includes "
                "forced_open) and half_open. The three times add up to duration.",
                in_state<time_in>, Course::grows))),
    of_phase("leaked_while_open", Unit::count, Better::lower,
             "requests that reached the upstream past an open breaker",
             "The upstream counts them: requests that were sent after their breaker had opened, "
             "and not as its probes. The samples are the calls that met an open breaker.",
             leaked_while_open, Course::grows),
    part_of("rejected", of_calls("rejected_good", Unit::count, Better::lower,
                                 "rejected calls that would have succeeded",
                                 "The harm done by the breaker: calls that the upstream would "
                                 "have answered well and in time.",
                                 rejected_good, Course::grows)),
    of_calls("rejection_precision", Unit::share, Better::higher,
             "share of rejections that were right",
             "Rejected calls that would have failed, divided by rejected.", rejection_precision,
             Course::varies),
    of_calls(
        "rejection_recall", Unit::share, Better::higher, "share of doomed calls that were rejected",
        "Right rejections, divided by the sum of these and of the calls that were sent and failed.",
        rejection_recall, Course::varies),
    of_phase("upstream_requests", Unit::count, Better::lower, "requests that reached the upstream",
             "The upstream counts them in the phase in which they arrive.", upstream_requests,
             Course::grows),
    by_link(of_phase(
        "amplification", Unit::ratio, Better::lower, "upstream requests per call",
        "Upstream requests divided by calls. If the upstream is not tripcurve's, calls that "
        "were sent count as requests.",
        amplification, Course::varies)),
    of_phase("peak_after_close", Unit::ratio, Better::lower,
             "requests in the second after a breaker closes, relative to normal",
             "The most upstream requests per second in the second after a breaker closed, divided "
             "by those before the first fault. In a long run, the second is two intervals of the "
             "series. The samples are the times that a breaker closed.",
             without_state<peak_after_close>, Course::varies),
    with_twin(of_phase("saved_requests", Unit::count, Better::higher,
                       "upstream requests that the breaker saved",
                       "Requests that reached the upstream in the other run of --versus, minus "
                       "those of this one. It is negative if this run had more.",
                       without_state<saved_requests>, Course::varies)),
    with_twin(of_phase("availability_gain", Unit::share, Better::higher,
                       "share of calls answered well, compared with the other run",
                       "availability_with_fallback minus that of the other run of --versus.",
                       without_state<availability_gain>, Course::varies)),
    of_whole_run(with_twin(not_by_link(of_breaker(
        "behaves_as_configured", Unit::share, Better::higher,
        "share of what a service's breaker did that its settings explain",
        "Of a service (--through) beside a simulation with the breaker that it should have "
        "(--like): whether it opened for each fault, after how long, whether and after how long it "
        "closed again, how often it opened outside of faults, and how long it was open in all. "
        "Times agree if the observed bounds, and "
        "100ms or 10 % beyond them, hold the simulated time. Where answers took longer than in the "
        "simulation, times that differ by no more than that decide nothing. Of several "
        "dependencies, "
        "each that has a breaker to compare with (`like`) is judged; `breaker` names one. Expect "
        "== 100%.",
        without_state<behaves_as_configured>, Course::varies)))),
    of_phase("claimed_state_lag", Unit::duration, Better::lower,
             "how late a service says that its breaker changed, at most",
             "Of a service (--through) that says itself what state its breaker is in (--states): "
             "from a change that was observed until the service says so, of the change of the "
             "scope for which that took longest. It lies between two times, because changes and "
             "answers do. A state that was over before the source was asked gives no sample.",
             without_state<claimed_state_lag>, Course::varies),
    part_of("duration",
            of_phase("claimed_state_wrong", Unit::duration, Better::lower,
                     "how long a service says a state that its breaker is not in",
                     "Of a service (--through) that says itself what state its breaker is in "
                     "(--states): the time for which what it says contradicts what was observed. "
                     "It lies between the time for which that is certain, and the time for which "
                     "it may be so, because changes and answers are known between two times only. "
                     "A claim within these bounds is not wrong.",
                     without_state<claimed_state_wrong>, Course::varies)),
    by_service_and_link(of_calls(
        "availability", Unit::share, Better::higher, "share of calls answered well",
        "ok divided by all calls made, including rejected ones. Ignored calls (client.counts) "
        "are left out.",
        availability, Course::varies)),
    by_link(of_calls("availability_with_fallback", Unit::share, Better::higher,
                     "share of calls answered well or by a fallback",
                     "ok and fallback divided by all calls made, including rejected ones.",
                     availability_with_fallback, Course::varies)),
    by_service_and_link(of_calls(
        "failure_share", Unit::share, Better::lower, "share of sent calls that failed",
        "failed divided by the sum of ok and failed. Rejected calls were not sent, so they "
        "are left out.",
        failure_share, Course::varies)),
    by_link(of_calls(
        "fail_fast_share", Unit::share, Better::neither, "share of calls that failed fast",
        "fail_fast divided by the sum of ok, failed, fail_fast, full and fallback. Calls that the "
        "generator dropped, or that were still under way, are left out. So are rejections that a "
        "fallback answered: see rejected_share.",
        fail_fast_share, Course::varies)),
    by_link(of_calls("rejected_share", Unit::share, Better::neither,
                     "share of calls that the breaker rejected",
                     "Like fail_fast_share, with the rejected calls that a fallback answered.",
                     rejected_share, Course::varies)),
    by_service_and_link(
        of_calls("goodput", Unit::rate, Better::higher, "calls answered well, per second",
                 "ok divided by the length of the scope.", goodput, Course::varies)),
    by_service_and_link(of_calls("calls", Unit::count, Better::neither, "calls that came due",
                                 "Includes calls that were dropped. Of a service: calls that "
                                 "arrived. Of a link: calls to the service behind it.",
                                 count<&Counts::calls>, Course::grows)),
    by_link(of_calls(
        "sent", Unit::count, Better::neither, "requests that were sent",
        "As many as calls that were let out, and more when calls are tried again or hedged.",
        count<&Counts::sent>, Course::grows)),
    part_of("calls", by_service_and_link(
                         of_calls("ok", Unit::count, Better::higher, "calls answered well",
                                  "Calls that ended in a success: an answer below 500, unless "
                                  "client.counts says otherwise.",
                                  count<&Counts::ok>, Course::grows))),
    part_of("calls",
            by_service_and_link(of_calls(
                "failed", Unit::count, Better::lower, "sent calls that failed",
                "Error answers, timeouts, resets, closed or failed connections, and bad answers.",
                failed, Course::grows))),
    part_of("calls",
            by_link(of_calls("timeouts", Unit::count, Better::lower, "sent calls that timed out",
                             "The client gave up.", count<&Counts::timeouts>, Course::grows))),
    part_of("calls",
            of_calls("cut", Unit::count, Better::lower, "calls whose answer began and did not end",
                     "The head of the answer came, and then the connection was closed or reset, or "
                     "the client gave up. A client that looks at the head alone takes such calls "
                     "for good.",
                     count<&Counts::cut>, Course::grows)),
    part_of("calls",
            by_link(of_calls("fail_fast", Unit::count, Better::neither, "calls that failed fast",
                             "Their breaker rejected them, and their caller was told. See "
                             "rejected for those that a fallback answered.",
                             count<&Counts::fail_fast>, Course::grows))),
    part_of("calls", by_link(of_calls("rejected", Unit::count, Better::neither,
                                      "calls that the breaker rejected",
                                      "fail_fast, and the rejected calls that a fallback answered.",
                                      rejected, Course::grows))),
    part_of("calls", by_service_and_link(of_calls(
                         "full", Unit::count, Better::lower, "calls a bulkhead rejected",
                         "It had no place for them. Of a service: calls that it turned away, "
                         "because all workers were busy and no place to wait was left.",
                         count<&Counts::full>, Course::grows))),
    part_of("calls",
            by_link(of_calls("fallback", Unit::count, Better::neither, "calls a fallback answered",
                             "In place of the upstream. Availability does not count them as good.",
                             count<&Counts::fallback>, Course::grows))),
    part_of("fallback",
            of_calls("cached", Unit::count, Better::neither, "calls answered from a cache",
                     "A fallback (answer=cached) had the last good answer to the same question.",
                     part<&Counts::cached, &Counts::fallback>, Course::grows)),
    of_calls("cache_hit_rate", Unit::share, Better::higher,
             "how often the fallback's cache had an answer",
             "cached divided by the sum of cached and of the failed calls for which nothing, or "
             "nothing new enough, was in the cache.",
             cache_hit_rate, Course::varies),
    part_of("stale_age.max",
            of_phase("stale_age.p50", Unit::duration, Better::lower,
                     "median age of answers from a cache",
                     "From the time a good answer was received to the time it was used again.",
                     latency<stale_age, &LatencyStats::p50>, Course::varies)),
    of_phase("stale_age.max", Unit::duration, Better::lower, "largest age of answers from a cache",
             "Measured like stale_age.p50.", latency<stale_age, &LatencyStats::max>, Course::grows),
    part_of("fallback",
            of_calls("queued", Unit::count, Better::neither, "calls put into a queue",
                     "A fallback (answer=queued) answered them and makes them again until they "
                     "succeed. queued is the sum of drained, lost and still_queued.",
                     part<&Counts::queued, &Counts::fallback>, Course::grows)),
    part_of("calls", of_calls("queue_full", Unit::count, Better::lower,
                              "failed calls for which a queue had no place",
                              "Their caller got the failure. Only with full=reject.",
                              count<&Counts::queue_full>, Course::grows)),
    part_of("queued", of_calls("drained", Unit::count, Better::higher,
                               "calls that left the queue because they succeeded",
                               "A call counts in the phase in which it was due.",
                               part<&Counts::drained, &Counts::queued>, Course::grows)),
    part_of("queued", of_calls("lost", Unit::count, Better::lower,
                               "calls dropped from a full queue for later ones",
                               "Only with full=drop_oldest.", part<&Counts::lost, &Counts::queued>,
                               Course::grows)),
    part_of("queued", of_calls("still_queued", Unit::count, Better::lower,
                               "calls that were in the queue when the run ended",
                               "queued minus drained and lost.", still_queued, Course::varies)),
    part_of("queue_wait.max",
            of_phase("queue_wait.p50", Unit::duration, Better::lower,
                     "median time that drained calls had waited in the queue",
                     "From the failure that put a call into the queue to its success.",
                     latency<queue_wait, &LatencyStats::p50>, Course::varies)),
    of_phase("queue_wait.max", Unit::duration, Better::lower,
             "longest time that drained calls had waited in the queue",
             "Measured like queue_wait.p50.", latency<queue_wait, &LatencyStats::max>,
             Course::grows),
    part_of("calls",
            of_calls("abandoned", Unit::count, Better::lower, "calls that the caller gave up",
                     "It went away before they ended. They are failures to availability.",
                     count<&Counts::abandoned>, Course::grows)),
    part_of("calls",
            of_calls("dropped", Unit::count, Better::lower, "calls the generator did not make",
                     "The limit of calls in flight was reached.", count<&Counts::dropped>,
                     Course::grows)),
    part_of("p90", at_service(of_calls("p50", Unit::duration, Better::lower, "median response time",
                                       "For calls that were sent, from the time they were due.",
                                       latency<response, &LatencyStats::p50>, Course::varies))),
    part_of("p95", at_service(of_calls("p90", Unit::duration, Better::lower,
                                       "90th percentile of response times", "Measured like p50.",
                                       latency<response, &LatencyStats::p90>, Course::varies))),
    part_of("p99", at_service(of_calls("p95", Unit::duration, Better::lower,
                                       "95th percentile of response times", "Measured like p50.",
                                       latency<response, &LatencyStats::p95>, Course::varies))),
    part_of("p99.9", at_service(of_calls("p99", Unit::duration, Better::lower,
                                         "99th percentile of response times", "Measured like p50.",
                                         latency<response, &LatencyStats::p99>, Course::varies))),
    part_of("max", at_service(of_calls("p99.9", Unit::duration, Better::lower,
                                       "99.9th percentile of response times", "Measured like p50.",
                                       latency<response, &LatencyStats::p999>, Course::varies))),
    at_service(of_calls("max", Unit::duration, Better::lower, "longest response time",
                        "Measured like p50.", latency<response, &LatencyStats::max>,
                        Course::grows)),
    part_of("max", at_service(of_calls("mean", Unit::duration, Better::lower, "mean response time",
                                       "Measured like p50.", latency<response, &LatencyStats::mean>,
                                       Course::varies))),
    part_of("service.p99",
            of_phase("service.p50", Unit::duration, Better::lower, "median service time",
                     "For calls that were sent, from the time they were sent.",
                     latency<service, &LatencyStats::p50>, Course::varies)),
    of_phase("service.p99", Unit::duration, Better::lower, "99th percentile of service times",
             "Measured like service.p50.", latency<service, &LatencyStats::p99>, Course::varies),
    part_of("ttfb.p99",
            of_phase("ttfb.p50", Unit::duration, Better::lower, "median time to first byte",
                     "For calls whose answer began, from the time they were due to the end of the "
                     "head of the answer.",
                     latency<first_byte, &LatencyStats::p50>, Course::varies)),
    part_of("ttfb.max",
            of_phase("ttfb.p99", Unit::duration, Better::lower,
                     "99th percentile of times to first byte", "Measured like ttfb.p50.",
                     latency<first_byte, &LatencyStats::p99>, Course::varies)),
    of_phase("ttfb.max", Unit::duration, Better::lower, "longest time to first byte",
             "Measured like ttfb.p50.", latency<first_byte, &LatencyStats::max>, Course::grows),
    part_of("gap.p99",
            of_phase("gap.p50", Unit::duration, Better::lower, "median of the longest gaps",
                     "For each answer that came in more than one piece: the longest time in which "
                     "nothing came of it after its head.",
                     latency<gap, &LatencyStats::p50>, Course::varies)),
    part_of("gap.max", of_phase("gap.p99", Unit::duration, Better::lower,
                                "99th percentile of the longest gaps", "Measured like gap.p50.",
                                latency<gap, &LatencyStats::p99>, Course::varies)),
    of_phase("gap.max", Unit::duration, Better::lower, "longest gap of all answers",
             "Measured like gap.p50.", latency<gap, &LatencyStats::max>, Course::grows),
    of_phase("fail_fast.p99", Unit::duration, Better::lower,
             "99th percentile of the time to a rejection",
             "From the time the call was due, including any wait in the breaker.",
             latency<rejection, &LatencyStats::p99>, Course::varies),
    of_phase("wasted_time", Unit::duration, Better::lower,
             "time callers spent on calls that failed",
             "The sum of the service times of failed calls.", wasted_time, Course::grows),
    of_phase("peak_in_flight", Unit::count, Better::lower, "most calls under way at once",
             "For all clients together; over several phases, the largest value. With --threads it "
             "is the sum of the threads' values, which is an upper bound.",
             peak_in_flight, Course::grows),
    by_link(
        of_phase("limit.last", Unit::count, Better::neither, "adaptive limit at the end",
                 "How many calls the policy 'adaptive' lets in at once, at the end of the scope.",
                 limit<&load::LimitRange::last>, Course::varies)),
    by_link(of_phase("limit.least", Unit::count, Better::neither, "smallest adaptive limit",
                     "Within the scope; see limit.last.", limit<&load::LimitRange::least>,
                     Course::varies)),
    by_link(of_phase("limit.most", Unit::count, Better::neither, "largest adaptive limit",
                     "Within the scope; see limit.last.", limit<&load::LimitRange::most>,
                     Course::grows)),
    by_service_and_link(of_phase("duration", Unit::duration, Better::neither, "length of the scope",
                                 "For bounds such as time_in(open) < 10% of duration.", duration,
                                 Course::grows)),
    of_service("full_for", Unit::duration, "time in which all workers of a service were busy",
               "A call that arrives then waits, or is turned away.", full_for, Course::grows),
    of_service("mean_busy", Unit::ratio, "busy workers of a service, on average",
               "On average over the time of the scope.", mean_busy, Course::varies),
    of_service("peak_busy", Unit::count, "most workers of a service busy at once",
               "Counted when a call gets a worker.", peak_busy, Course::grows),
    of_service("mean_waiting", Unit::ratio, "calls that waited for a worker, on average",
               "On average over the time of the scope.", mean_waiting, Course::varies),
    of_service("peak_waiting", Unit::count, "most calls that waited for a worker at once",
               "Of those that the service did not turn away.", peak_waiting, Course::grows),
    with_nesting(of_fault(of_phase(
        "selectivity", Unit::duration, Better::higher,
        "how much earlier the breaker nearest to the fault opened",
        "Of breakers one behind the other on the way to the upstream, the load's own included: "
        "from the first opening among the next ones inside to the opening of the one outside, for "
        "each fault and each breaker. It is negative if the outer one opened first. If only the "
        "inner one opened, the time is that until the end of the fault, at least.",
        without_state<selectivity>, Course::varies))),
};

}  // namespace

std::span<const Metric> metrics() { return table; }

std::vector<Observation> observations_of(const Metric& metric, const report::Summary& summary,
                                         const report::Scope& scope,
                                         std::optional<breaker::State> state) {
  if (!summary.dependencies.empty() && is_of_dependency(metric)) {
    return by_dependency(metric, summary, scope, state);
  }
  if (scope.service.empty() && scope.link.empty()) {
    return metric.only_by_service ? Observations() : metric.observe(summary, scope, state);
  }
  const auto seen = seen_by(summary, scope);
  return seen ? metric.observe(*seen, scope, state) : Observations();
}

bool never_exceeds(const Metric& part, const Metric& whole) {
  for (const auto* metric = &part; metric != &whole; metric = *find_metric(metric->part_of)) {
    if (metric->part_of.empty()) {
      return false;
    }
  }
  return true;
}

Result<const Metric*> find_metric(std::string_view name) {
  const auto found = std::ranges::find(metrics(), name, &Metric::name);
  if (found != metrics().end()) {
    return &*found;
  }
  std::vector<std::string_view> names;
  for (const auto& metric : metrics()) {
    names.push_back(metric.name);
  }
  const auto near = nearest(name, names);
  return Error{"unknown metric " + quoted(name),
               near.empty() ? "see tripcurve list metrics" : "did you mean '" + near + "'?"};
}

}  // namespace tripcurve::expect
