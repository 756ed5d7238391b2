#include "replay/words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/plural.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::replay {
namespace {

std::string share_text(const std::optional<double>& share) {
  return share ? show_share(*share) : "-";
}

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) {
    return "-";
  }
  return *rate < 100 ? fmt::format("{:.3g}", *rate)
                     : show_count(static_cast<std::uint64_t>(*rate + 0.5));
}

// A number that one replay shows, and how far chance alone could move it.
template <typename Show>
std::string with_interval(const std::string& value, const std::optional<Interval>& interval,
                          Show show) {
  return interval ? fmt::format("{} ({} to {})", value, show(std::optional(interval->low)),
                                show(std::optional(interval->high)))
                  : value;
}

// The first of the lines that were left out, and how many more there were.
std::string examples(const TraceFacts& trace, const LeftOuts& out) {
  std::string text;
  for (const auto& [line, why] : out.first) {
    text += fmt::format("{}{}:{}{}", text.empty() ? "" : "; ", trace.name, line,
                        why.empty() ? "" : ": " + why);
  }
  return out.count > out.first.size()
             ? text + fmt::format("; and {} more", show_count(out.count - out.first.size()))
             : text;
}

std::string missed(const Outcomes& outcomes) {
  const auto count = std::ranges::count_if(
      outcomes.responses, [](const Response& response) { return !response.first_trip; });
  return fmt::format("{} of {}", count, outcomes.responses.size());
}

std::string lag_text(Duration lag) {
  return lag < Duration{} ? show_duration(-lag) + " before" : show_duration(lag) + " after";
}

}  // namespace

std::uint64_t false_trips(const Outcomes& outcomes) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(outcomes.trips, [](const Trip& trip) { return !trip.incident; }));
}

std::string letter(std::size_t setting) {
  constexpr std::size_t alphabet = 26;
  const std::string text(1, static_cast<char>('A' + static_cast<char>(setting % alphabet)));
  return setting < alphabet ? text : text + std::to_string(setting / alphabet + 1);
}

double failed_share(const Stretch& stretch) {
  return stretch.calls == 0
             ? 0
             : static_cast<double>(stretch.failed) / static_cast<double>(stretch.calls);
}

std::string time_text(const TraceFacts& trace, TimePoint when) {
  return format_time(trace.begin + when.time_since_epoch().count(), trace.zone);
}

std::string incident_name(const Findings& findings, std::size_t incident) {
  const auto& name = findings.plan.incidents[incident].name;
  return fmt::format("#{}{}", incident + 1, name.empty() ? "" : " " + visible(name));
}

std::string length_text(const Trip& trip) {
  return trip.end == never ? "to the end" : show_duration(trip.end - trip.begin);
}

std::string response_text(const Findings& findings, const Outcomes& outcomes,
                          std::size_t incident) {
  const auto& response = outcomes.responses[incident];
  const auto& marked = findings.plan.incidents[incident];
  if (!response.first_trip) {
    return outcomes.is_complete ? "missed" : "no trip among those that were kept";
  }
  const double share =
      to_seconds(response.covered) / to_seconds(Duration(marked.end - marked.begin));
  return fmt::format("first trip {} it began; tripped for {} of it", lag_text(*response.first_trip),
                     show_share(share));
}

std::vector<Measure> measures(const Findings& findings) {
  std::vector<Measure> rows;
  const auto add = [&](std::string label, const auto& cell) {
    Measure row{std::move(label), {}};
    for (const auto& outcomes : findings.outcomes) {
      row.cells.push_back(cell(outcomes));
    }
    rows.push_back(std::move(row));
  };
  const bool marked = !findings.plan.incidents.empty();
  add("trips", [](const Outcomes& o) { return show_count(o.trip_count); });
  if (marked) {
    add("trips outside of incidents", [](const Outcomes& o) {
      return (o.is_complete ? "" : "at least ") + show_count(false_trips(o));
    });
    add("incidents missed", missed);
  }
  add("reopened from half-open", [](const Outcomes& o) { return show_count(o.reopened); });
  add("time open", [](const Outcomes& o) { return show_duration(o.open); });
  add("rejected calls", [](const Outcomes& o) { return show_count(o.total.rejected); });
  add("calls saved (had failed)",
      [](const Outcomes& o) { return show_count(o.total.rejected_failed); });
  add("waiting saved", [](const Outcomes& o) { return show_duration(o.spared); });
  add("good calls lost",
      [](const Outcomes& o) { return show_count(o.total.rejected - o.total.rejected_failed); });
  if (marked) {
    add("good calls lost outside of them", [](const Outcomes& o) {
      return show_count(o.outside.rejected - o.outside.rejected_failed);
    });
  }
  add("precision of rejections", [](const Outcomes& o) {
    return with_interval(share_text(precision(o.sum)), o.precision, share_text);
  });
  add("recall of failures", [](const Outcomes& o) {
    return with_interval(share_text(recall(o.sum)), o.recall, share_text);
  });
  add("failed calls, recorded", [](const Outcomes& o) { return show_count(o.total.failed); });
  add("... and with this setting",
      [](const Outcomes& o) { return show_count(o.total.failed - o.total.rejected_failed); });
  if (!findings.block()) {
    return rows;
  }
  add("trips a month", [](const Outcomes& o) {
    return with_interval(rate_text(trips_per_month(o.sum)), o.trips_per_month, rate_text);
  });
  if (marked) {
    add("false trips a month", [](const Outcomes& o) {
      return with_interval(rate_text(false_trips_per_month(o.sum)), o.false_trips_per_month,
                           rate_text);
    });
  }
  return rows;
}

std::vector<std::string> reading_notes(const TraceFacts& trace) {
  std::vector<std::string> notes;
  if (trace.bad.count > 0) {
    notes.push_back(fmt::format("{} {} left out, because {} could not be read: {}.",
                                count_of(trace.bad.count, "line"),
                                trace.bad.count == 1 ? "was" : "were",
                                trace.bad.count == 1 ? "it" : "they", examples(trace, trace.bad)));
  }
  if (trace.late.count > 0) {
    notes.push_back(fmt::format(
        "{} came too late to be put in order (--late drop leaves them out, --late move plays them "
        "late; --reorder is how long to wait for them): {}.",
        count_of(trace.late.count, "call"), examples(trace, trace.late)));
  }
  if (trace.rejected.count > 0) {
    notes.push_back(fmt::format(
        "{} {} rejected when the trace was taken, so nobody knows how {} would have ended; {} left "
        "out: {}.",
        count_of(trace.rejected.count, "call"), trace.rejected.count == 1 ? "was" : "were",
        trace.rejected.count == 1 ? "it" : "they", trace.rejected.count == 1 ? "it is" : "they are",
        examples(trace, trace.rejected)));
  }
  if (trace.resets.count > 0) {
    notes.push_back(fmt::format(
        "The counters were reset {}, at {} (resets=count takes what they count since, resets=skip "
        "leaves it out).",
        count_of(trace.resets.count, "time"), examples(trace, trace.resets)));
  }
  if (trace.others > 0) {
    notes.push_back(fmt::format("{} to other endpoints {} left out.",
                                count_of(trace.others, "call"),
                                trace.others == 1 ? "was" : "were"));
  }
  if (trace.ambiguous > 0) {
    notes.push_back(fmt::format(
        "{} in the hour that the clock shows twice when it is put back; the order of the lines "
        "decided which one was meant.",
        trace.ambiguous == 1 ? "1 time is" : show_count(trace.ambiguous) + " times are"));
  }
  if (trace.moved > 0) {
    notes.push_back(
        fmt::format("{} did not stand in the order in which the calls began, and {} "
                    "put in order.",
                    count_of(trace.moved, "line"), trace.moved == 1 ? "was" : "were"));
  }
  if (trace.spread > 0) {
    notes.push_back(
        fmt::format("{} with times in whole seconds {} spread over their seconds, in "
                    "the order of the lines.",
                    count_of(trace.spread, "line"), trace.spread == 1 ? "was" : "were"));
  }
  if (trace.was_full) {
    notes.push_back(
        fmt::format("More than {} calls began within --reorder, so that some did not "
                    "wait that long.",
                    show_count(Reorder::most_waiting)));
  }
  return notes;
}

std::vector<std::string> limits(const Findings& findings) {
  const auto& trace = findings.trace;
  std::vector<std::string> limits{
      "A replay is counterfactual: a rejected call gives its upstream no relief, because what the "
      "upstream would have done then is not in the trace. A real outage may have ended sooner.",
      "Retries in the trace belong to the old policy. A call that would have been rejected, and "
      "its "
      "retries, are calls like all others here."};
  limits.push_back(
      trace.rejected.count > 0
          ? "The trace was taken behind a breaker, so the calls that it rejected are missing, and "
            "with them the worst of each outage."
          : "If the trace was taken behind a breaker, the calls that it rejected are missing, and "
            "with them the worst of each outage.");
  if (!trace.tells_latency) {
    limits.emplace_back("The trace tells no latencies: every call ends when it begins.");
  }
  if (!trace.has_fractions) {
    limits.emplace_back(trace.spread > 0
                            ? "The trace tells times in whole seconds; where in its second a call "
                              "began is a guess."
                            : "The trace tells times in whole seconds, so calls of one second "
                              "begin or end together (--whole-seconds spread spreads them).");
  }
  limits.push_back(
      findings.block()
          ? fmt::format("What stands in brackets is where 95% of {} resamples lie, drawn from {} "
                        "blocks of {} with seed {}; {} blocks say little about what is rare.",
                        show_count(resamples), findings.blocks(),
                        *findings.block() == std::chrono::hours(24) ? "a day" : "an hour",
                        findings.plan.seed, findings.blocks())
          : "The trace is shorter than five hours: too short for trips a month, or to say how far "
            "chance moves its numbers.");
  for (std::size_t i = 0; i < findings.outcomes.size(); ++i) {
    if (!findings.outcomes[i].is_complete) {
      limits.push_back(
          fmt::format("{} changed its state more than {} times; later trips are "
                      "counted, but not listed.",
                      letter(i), show_count(load::BreakerBank::log_limit)));
    }
  }
  return limits;
}

}  // namespace tripcurve::replay
