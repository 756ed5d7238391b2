#include "trial/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "core/ensure.hpp"
#include "core/units.hpp"
#include "trial/archive.hpp"

namespace tripcurve::trial {
namespace {

// One of several engines that were at it at the same time.
struct Bin {
  report::Interval point{};
  Histogram responses{};
};

// Points that several generators drew of the same stretch of time. One that was late, or has missed
// a point, has what it missed in its next.
std::map<std::int64_t, Bin> bins_of(const std::vector<Measurement>& all) {
  std::map<std::int64_t, Bin> bins;
  for (const auto& one : all) {
    std::int64_t latest = -1;
    for (std::size_t i = 0; i < one.series.points.size(); ++i) {
      const auto& point = one.series.points[i];
      latest =
          std::max<std::int64_t>(point.end.time_since_epoch() / one.series.interval, latest + 1);
      auto& [sum, responses] = bins[latest];
      sum.end = std::max(sum.end, point.end);
      sum.counts += point.counts;
      sum.in_flight += point.in_flight;
      if (point.upstream_requests) {
        sum.upstream_requests = sum.upstream_requests.value_or(0) + *point.upstream_requests;
      }
      if (i < one.responses.size()) {
        responses.merge(one.responses[i]);
      }
    }
  }
  return bins;
}

void put_series_together(Measurement& whole, const std::vector<Measurement>& all) {
  whole.series.points.clear();
  whole.responses.clear();
  for (auto& [number, bin] : bins_of(all)) {
    auto& [point, responses] = bin;
    if (!responses.empty()) {
      point.p50 = responses.quantile(0.5);
      point.p99 = responses.quantile(0.99);
    }
    whole.series.points.push_back(point);
    whole.responses.push_back(std::move(responses));
  }
}

// From when on a generator may have had transitions that it did not keep.
TimePoint known_until(const Measurement& one) {
  return one.transition_count > one.events.size() && !one.events.empty()
             ? one.events.back().transition.at
             : never;
}

// Those of all up to where those of one are missing, as a log of all would have kept them.
void put_events_together(Measurement& whole, const std::vector<Measurement>& all) {
  whole.events.clear();
  whole.transition_count = 0;
  TimePoint until = never;
  for (const auto& one : all) {
    whole.transition_count += one.transition_count;
    std::ranges::copy(one.events, std::back_inserter(whole.events));
    until = std::min(until, known_until(one));
  }
  std::ranges::stable_sort(whole.events, {},
                           [](const load::BreakerEvent& event) { return event.transition.at; });
  const auto missing = std::ranges::find_if(
      whole.events, [&](const load::BreakerEvent& event) { return event.transition.at > until; });
  whole.events.erase(missing, whole.events.end());
  whole.events.resize(std::min(whole.events.size(), load::BreakerBank::log_limit));
}

void put_interventions_together(Measurement& whole, const std::vector<Measurement>& all) {
  whole.interventions.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (auto intervention : all[i].interventions) {
      intervention.text += fmt::format(" (generator {})", i + 1);
      whole.interventions.push_back(std::move(intervention));
    }
  }
  std::ranges::stable_sort(whole.interventions, {}, &report::Intervention::at);
}

// Each different text once, in their order.
std::string joined(const std::vector<std::string>& texts) {
  std::vector<std::string> different;
  std::string all;
  for (const auto& text : texts) {
    if (std::ranges::find(different, text) == different.end()) {
      all += (all.empty() ? "" : ", ") + text;
      different.push_back(text);
    }
  }
  return all;
}

void put_places_together(Measurement& whole, const std::vector<Measurement>& all) {
  std::vector<std::string> targets;
  for (const auto& one : all) {
    targets.push_back(one.target);
  }
  whole.target = joined(targets);
  for (auto& [name, value] : whole.host) {
    std::vector<std::string> values;
    for (const auto& one : all) {
      const auto own = std::ranges::find(one.host, name, &decltype(one.host)::value_type::first);
      if (own != one.host.end()) {
        values.push_back(own->second);
      }
    }
    value = joined(values);
  }
}

void put_endings_together(Measurement& whole, const std::vector<Measurement>& all) {
  whole.ending = report::Ending::completed;
  whole.stopped_because.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    whole.ended_at = std::max(whole.ended_at, all[i].ended_at);
    if (all[i].ending == report::Ending::completed) {
      continue;
    }
    if (whole.ending == report::Ending::completed) {
      whole.ending = all[i].ending;
    }
    whole.notes.push_back(
        fmt::format("generator {} of {} was {} after {}, and the others were not "
                    "told",
                    i + 1, all.size(), report::name(all[i].ending),
                    show_duration(all[i].ended_at.time_since_epoch())));
  }
}

}  // namespace

Measurement nothing_measured(const Parts& parts) {
  Measurement nothing{.tally = {parts.load.timetable.phases().size(), parts.load.endpoints.size()},
                      .ledger = faults::Ledger(parts.faults)};
  note_breakers(nothing, parts.bank);
  return nothing;
}

void note_breakers(Measurement& measurement, const load::BreakerBank& bank) {
  measurement.breakers.clear();
  for (std::size_t i = 0; i < bank.size(); ++i) {
    measurement.breakers.push_back({bank.totals(i), bank.probes(i)});
  }
  measurement.events = bank.events_since(0);
  measurement.transition_count = bank.transition_count();
}

bool is_consistent(const Measurement& measurement, std::size_t breakers, std::size_t endpoints) {
  return std::ranges::all_of(
             measurement.tally.phases,
             [&](const load::PhaseTally& phase) { return phase.endpoints.size() == endpoints; }) &&
         measurement.breakers.size() == breakers &&
         measurement.events.size() <= measurement.transition_count &&
         measurement.series.interval > Duration::zero() &&
         measurement.responses.size() <= measurement.series.points.size() &&
         std::ranges::all_of(measurement.events, [&](const load::BreakerEvent& event) {
           return event.breaker < breakers;
         });
}

Measurement put_together(std::vector<Measurement> all, const load::BreakerBank& bank) {
  ENSURE(!all.empty());
  auto whole = all.front();
  for (std::size_t i = 1; i < all.size(); ++i) {
    whole.tally.merge(all[i].tally);
    if (whole.ledger && all[i].ledger) {
      whole.ledger->merge(*all[i].ledger);
    } else {
      whole.ledger.reset();
    }
  }
  for (std::size_t b = 0; b < whole.breakers.size(); ++b) {
    whole.breakers[b] = all[(bank.identity(b).instance - 1) % all.size()].breakers[b];
  }
  put_series_together(whole, all);
  put_events_together(whole, all);
  put_interventions_together(whole, all);
  put_places_together(whole, all);
  put_endings_together(whole, all);
  return whole;
}

}  // namespace tripcurve::trial
