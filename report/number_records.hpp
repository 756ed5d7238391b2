// The records of the numbers of a run: of a phase, of an endpoint, of an interval. Not for other
// folders.
#pragma once

#include <array>
#include <chrono>
#include <ratio>

#include "report/record.hpp"
#include "report/summary.hpp"
#include "report/through_records.hpp"

namespace tripcurve::report {

inline std::uint64_t failed_of(const load::Counts& counts) { return counts.failed(); }

template <>
struct Record<load::Counts> {
  static constexpr auto name = "counts";
  static constexpr std::array fields{
      field<&load::Counts::calls>(
          "calls",
          "were due and were taken up; each ends in one way: `dropped`, `fail_fast`, `full`, "
          "`fallback`, `ok`, `ignored`, `failed` or `unfinished`"),
      field<&load::Counts::fail_fast>(
          "fail_fast", "the breaker rejected, and no fallback answered in its place"),
      field<&load::Counts::rejected_good>(
          "rejected_good",
          "the breaker rejected although they would have been answered well if every call had been "
          "sent; this takes rate limits and faults injected by hand into account; 0 if the "
          "upstream is not tripcurve's"),
      field<&load::Counts::dropped>(
          "dropped",
          "were not made, without asking their breaker, because too many calls were in flight"),
      field<&load::Counts::full>("full", "a bulkhead had no place for"),
      field<&load::Counts::fallback>("fallback",
                                     "a fallback answered in place of the upstream; those that "
                                     "are neither `cached` nor `queued` got a static answer"),
      field<&load::Counts::fallback_open>("fallback_open",
                                          "of `fallback`: the breaker had rejected; with "
                                          "`fail_fast`, they are all that it rejected"),
      field<&load::Counts::cached>("cached",
                                   "of `fallback`: answered with the last good answer that its "
                                   "cache had kept"),
      field<&load::Counts::queued>(
          "queued", "of `fallback`: put into its queue, to be made again until they succeed"),
      field<&load::Counts::cache_misses>(
          "cache_misses", "a fallback had no answer in its cache for, so they ended as they had"),
      field<&load::Counts::queue_full>(
          "queue_full", "a fallback had no place in its queue for, so they ended as they had"),
      field<&load::Counts::drained>("drained",
                                    "of `queued`: left the queue because they succeeded"),
      field<&load::Counts::lost>("lost", "of `queued`: dropped from the full queue for later ones"),
      field<&load::Counts::sent>("sent",
                                 "requests that were sent: as many as calls that were let out, and "
                                 "more when calls are tried again or hedged"),
      field<&load::Counts::ok>("ok",
                               "ended in what the caller counts as a success: a status below 500, "
                               "unless `failure_statuses` or `counts` say otherwise"),
      field<&load::Counts::ignored>("ignored",
                                    "ended in what the caller ignores (`counts: 404=ignored`); "
                                    "shares such as the availability leave these calls out"),
      derived<failed_of>("failed",
                         "ended in what the caller counts as a failure: the sum of the next seven"),
      field<&load::Counts::error_answers>(
          "error_answers", "were answered, with a status of 500 or above unless said otherwise"),
      field<&load::Counts::timeouts>("timeouts", "the client gave up on"),
      field<&load::Counts::resets>("resets", "ended in a reset connection"),
      field<&load::Counts::closed>("closed",
                                   "ended in a connection closed before the answer was complete"),
      field<&load::Counts::connect_failed>("connect_failed", "got no connection"),
      field<&load::Counts::bad_answers>("bad_answers",
                                        "were answered with something that is not HTTP"),
      field<&load::Counts::abandoned>(
          "abandoned", "the caller did not wait for: it went away first (`abandon`)"),
      field<&load::Counts::unfinished>(
          "unfinished", "were under way or held back by the breaker when the run was stopped"),
      field<&load::Counts::handshakes>("handshakes",
                                       "how many of `connect_failed` failed in the TLS handshake"),
      field<&load::Counts::cut>("cut",
                                "ended after the head of their answer had come and before its end; "
                                "they are counted above, too, by the way they ended"),
  };
};
static_assert(sizeof(load::Counts) ==
                  (Record<load::Counts>::fields.size() - 1) * sizeof(std::uint64_t),
              "every counter is listed");

// A statistic of times: null without samples, and otherwise in the unit.
template <auto Member, typename Unit>
constexpr auto statistic(const char* name, const char* meaning) {
  using In = std::chrono::duration<double, Unit>;
  return Field<LatencyStats>{name,
                             meaning,
                             [](const LatencyStats& stats) {
                               return stats.count == 0 ? Json() : Json(In(stats.*Member).count());
                             },
                             [](const JsonReader& value, LatencyStats& stats) {
                               if (stats.count > 0) {
                                 stats.*Member =
                                     value.duration(Duration(std::chrono::duration<int, Unit>(1)));
                               }
                             },
                             [] { return definition("time_or_null"); },
                             "number"};
}

template <typename Unit>
struct StatsTable {
  static constexpr auto name = "times";
  static constexpr std::array fields{
      field<&LatencyStats::count>("count", "number of samples"),
      statistic<&LatencyStats::mean, Unit>("mean", "exact; null without samples, like all below"),
      statistic<&LatencyStats::p50, Unit>(
          "p50",
          "the median; this and the percentiles below (nearest rank) are never below the true "
          "value and at most 0.4 % above it"),
      statistic<&LatencyStats::p90, Unit>("p90", "90th percentile"),
      statistic<&LatencyStats::p95, Unit>("p95", "95th percentile"),
      statistic<&LatencyStats::p99, Unit>("p99", "99th percentile"),
      statistic<&LatencyStats::p999, Unit>("p99.9", "99.9th percentile"),
      statistic<&LatencyStats::max, Unit>("max", "exact"),
  };
};
using InMilliseconds = RecordForm<LatencyStats, StatsTable<std::milli>>;
using InMicroseconds = RecordForm<LatencyStats, StatsTable<std::micro>>;

template <>
struct Record<InjectedShare> {
  static constexpr auto name = "injected_share";
  static constexpr std::array fields{
      field<&InjectedShare::kind>("kind", "the fault: `503`, `reset`, ..."),
      field<&InjectedShare::of_connections>("of_connections",
                                            "true if it hits connections, and not requests"),
      field<&InjectedShare::requested>("requested", "the share that the plan asked for"),
      field<&InjectedShare::drawn>("drawn", "the number of requests or connections it is of"),
      field<&InjectedShare::injected>("injected", "how many of these it hit"),
      field_if_any<&InjectedShare::spared>(
          "spared",
          "how many more it was to hit, but the answer of a real service left it nothing to do; "
          "absent if there were none"),
      field_if_any<&InjectedShare::least>("least",
                                          "the least number that is likely, with `spared`: 999 of "
                                          "1,000 seeds are between `least` "
                                          "and `most`; absent where not each is hit by itself, but "
                                          "in bursts, in turn or by the time"),
      field_if_any<&InjectedShare::most>("most", "the largest number that is likely"),
      field_if_any<&InjectedShare::observed>(
          "observed",
          "how many attempts of the load, of calls that were due in the phase, ended as this fault "
          "ends them; absent where that is a good answer, or where the load does not call the "
          "upstream itself"),
      Field<InjectedShare>{
          "to_observe",
          "how many requests this and all other faults hit that end alike; with `observed`",
          [](const InjectedShare& share) {
            return share.observed ? Form<std::uint64_t>::write(share.to_observe)
                                  : Json(Json::value_t::discarded);
          },
          [](const JsonReader& value, InjectedShare& share) {
            share.to_observe = Form<std::uint64_t>::read(value);
          },
          &Form<std::uint64_t>::schema, Form<std::uint64_t>::type, /*required=*/false},
  };
};

template <>
struct Record<UpstreamCounts> {
  static constexpr auto name = "upstream";
  static constexpr std::array fields{
      field<&UpstreamCounts::requests>(
          "requests", "complete requests of this run that arrived during the phase"),
      field<&UpstreamCounts::leaked_while_open>(
          "leaked_while_open",
          "how many of these leaked past their breaker while it claimed to be open"),
      field<&UpstreamCounts::overtaken>("overtaken",
                                        "how many of these were already under way when their "
                                        "breaker opened, so that they are not leaks"),
      field<&UpstreamCounts::strangers>(
          "strangers", "requests that this run did not send; they are not in `requests`"),
      field<&UpstreamCounts::served>("served", "answered normally"),
      field<&UpstreamCounts::injected>(
          "injected",
          "how often each kind of fault was applied: `503`, `reset`, `empty`, `hang`, ..."),
      field_if_any<&UpstreamCounts::shares>(
          "shares", "of a phase: how often each was asked for, and how often it came"),
  };
};

template <>
struct Form<Histogram::Bucket> {
  static Json write(const Histogram::Bucket& bucket) {
    return Json::array({to_milliseconds(bucket.upto), bucket.count});
  }
  static Histogram::Bucket read(const JsonReader& json) {
    const auto pair = json.items();
    if (pair.size() != 2) {
      json.complain("it is not a pair");
      return {};
    }
    return {pair[0].milliseconds(), pair[1].count()};
  }
  static Json schema() {
    return {{"type", "array"},
            {"items", Json::array({definition("time"), definition("count")})},
            {"minItems", 2},
            {"maxItems", 2}};
  }
  static constexpr std::string_view type = "array";
};

template <>
struct Record<EndpointSummary> {
  static constexpr auto name = "endpoint";
  static constexpr std::array fields{
      field<&EndpointSummary::name>("name", "the endpoint's name"),
      field<&EndpointSummary::counts>("counts", "[its calls by their fate](#counts)"),
      field<&EndpointSummary::response, InMilliseconds>(
          "response_ms", "[distribution](#distributions) of their response times"),
  };
};

template <>
struct Record<Phase> {
  static constexpr auto name = "planned_phase";
  static constexpr std::array fields{
      field<&Phase::name>("name", "the phase's name; `total` for the totals"),
      field<&Phase::begin>("begin_ms", "when it begins, as planned"),
      field<&Phase::end>("end_ms",
                         "when it ends, as planned; the totals end where an interrupted run was "
                         "stopped"),
      field<&Phase::fault>("fault",
                           "true if the upstream is worse than normal on purpose; in the totals, "
                           "true if that is so in any phase"),
  };
};

template <>
struct Record<load::LimitRange> {
  static constexpr auto name = "limit";
  static constexpr std::array fields{
      field<&load::LimitRange::last>("last", "the limit at the end"),
      field<&load::LimitRange::least>("least", "the smallest limit"),
      field<&load::LimitRange::most>("most", "the largest limit"),
  };
};

struct ShareOrNull : Form<std::optional<double>> {
  static Json schema() { return definition("share_or_null"); }
};
struct RateOrNull : Form<std::optional<double>> {
  static Json schema() { return {{"type", {"number", "null"}}, {"minimum", 0}}; }
};

inline std::optional<double> fail_fast_share_of(const PhaseSummary& phase) {
  const auto ended = phase.counts.ended();
  return ended == 0 ? std::nullopt
                    : std::optional(static_cast<double>(phase.counts.fail_fast) /
                                    static_cast<double>(ended));
}

inline std::uint64_t still_queued_of(const PhaseSummary& phase) {
  return phase.counts.still_queued();
}

inline std::optional<double> cache_hit_rate_of(const PhaseSummary& phase) {
  const auto asked = phase.counts.cached + phase.counts.cache_misses;
  return asked == 0
             ? std::nullopt
             : std::optional(static_cast<double>(phase.counts.cached) / static_cast<double>(asked));
}

inline std::optional<double> rate_of(const PhaseSummary& phase) {
  return phase.lasted == Duration::zero()
             ? std::nullopt
             : std::optional(static_cast<double>(phase.counts.calls) / to_seconds(phase.lasted));
}

template <>
struct Record<PhaseSummary> {
  static constexpr auto name = "phase";
  static constexpr auto fields = joined(
      fields_of<&PhaseSummary::phase>(),
      std::array{
          field<&PhaseSummary::lasted>("lasted_ms", "how much of the phase the run reached"),
          field<&PhaseSummary::counts>("counts", "[calls by their fate](#counts)"),
          derived<fail_fast_share_of, ShareOrNull>(
              "fail_fast_share",
              "`fail_fast` / (`ok` + `failed` + `fail_fast` + `full` + `fallback`), like the "
              "metric of that name; calls "
              "that the generator dropped are left out; null if no calls remain"),
          derived<rate_of, RateOrNull>("rate_per_s",
                                       "`calls` per second, for the part of the phase that the run "
                                       "reached; null if it reached none"),
          field<&PhaseSummary::response, InMilliseconds>(
              "response_ms",
              "[distribution](#distributions) of the response time: from when the call was due to "
              "its end"),
          field<&PhaseSummary::service, InMilliseconds>(
              "service_ms", "distribution of the service time: from when it was sent to its end"),
          field<&PhaseSummary::schedule_error, InMicroseconds>(
              "schedule_error_us",
              "distribution of the generator's own lateness: from when a call was due to when it "
              "was taken up"),
          field<&PhaseSummary::fail_fast, InMicroseconds>(
              "fail_fast_us",
              "distribution of the time to a rejection: from when the call was due to when it was "
              "rejected"),
          field<&PhaseSummary::first_byte, InMilliseconds>(
              "ttfb_ms",
              "distribution of the time to first byte: from when the call was due to the end of "
              "the head of its answer"),
          field<&PhaseSummary::gap, InMilliseconds>(
              "gap_ms",
              "distribution of the longest gap: how long nothing came of an answer that had begun. "
              "The samples are answers that came in more than one piece"),
          derived<cache_hit_rate_of, ShareOrNull>("cache_hit_rate",
                                                  "`cached` / (`cached` + `cache_misses`): how "
                                                  "often the fallback's cache had an answer; "
                                                  "null if it was not asked"),
          field<&PhaseSummary::stale_age, InMilliseconds>(
              "stale_age_ms",
              "distribution of the age of answers from the fallback's cache: from when they were "
              "received to when they were used again"),
          derived<still_queued_of>(
              "still_queued",
              "`queued` calls that waited in the fallback's queue when the run ended: `queued` = "
              "`drained` + `lost` + `still_queued`"),
          field<&PhaseSummary::queue_wait, InMilliseconds>(
              "queue_wait_ms",
              "distribution of the time that `drained` calls had waited in the fallback's queue"),
          field<&PhaseSummary::wasted>("wasted_time_ms",
                                       "the total time that callers waited for calls that failed"),
          field<&PhaseSummary::peak_in_flight>("peak_in_flight",
                                               "the most calls that were under way at once; in the "
                                               "totals, the largest value of any phase"),
          field<&PhaseSummary::peak_is_bound>(
              "peak_is_bound",
              "true if `peak_in_flight` is the sum of the peaks of several load threads; these may "
              "have come at different times, so the sum is an upper bound"),
          field_if_any<&PhaseSummary::limit>(
              "limit",
              "[what an adaptive limit was](#limit); absent if the client has none. Of several "
              "instances, each has a limit of its own, and these are the sums"),
          field<&PhaseSummary::distribution>(
              "distribution",
              "the response times in detail: at most 200 pairs `[upto_ms, count]`; each says how "
              "many were at most `upto_ms` and above the previous pair's"),
          field<&PhaseSummary::endpoints>("endpoints", "[the numbers by endpoint](#an-endpoint)"),
          field<&PhaseSummary::upstream>(
              "upstream",
              "[what the upstream counted](#upstream); null if the upstream is not tripcurve's"),
          field_if_any<&PhaseSummary::through>(
              "through",
              "[what was seen on both sides](#through-a-service) of the service; absent without "
              "`--through`"),
      });
};

// One interval of the series. The file has a column for each field, and so has the CSV.
template <>
struct Record<Interval> {
  static constexpr auto name = "interval";
  static constexpr auto fields =
      joined(std::array{field<&Interval::end>("t_ms", "end of the interval")},
             fields_of<&Interval::counts>(),
             std::array{
                 field<&Interval::in_flight>("in_flight", "calls under way at its end"),
                 field<&Interval::p50>("p50_ms",
                                       "median of the response times of calls that ended in "
                                       "it; null if none did, like the next"),
                 field<&Interval::p99>("p99_ms", "their 99th percentile"),
                 field_if_any<&Interval::upstream_requests>(
                     "upstream_requests",
                     "complete requests of this run that arrived at the upstream; absent if the "
                     "upstream is not tripcurve's"),
             });
};

// Columns, because a chart reads them so and they take half the room.
template <>
struct Form<Series> {
  static Json write(const Series& series);
  static Series read(const JsonReader& json);
  static Json schema() { return definition("series"); }
  static Json columns_schema();  // what that definition is
  static constexpr std::string_view type = "object";
};

}  // namespace tripcurve::report
