// A measurement as a value that parts of shared work keep (shards/values.hpp), and read again
// exactly. It is read into nothing_measured() by the same experiment.
#pragma once

#include "faults/archive.hpp"
#include "load/archive.hpp"
#include "trial/measurement.hpp"

namespace tripcurve::report {

template <typename Archive>
void archive(Archive& archive, Interval& point) {
  archive(point.end, point.counts, point.p50, point.p99, point.in_flight, point.upstream_requests);
}

template <typename Archive>
void archive(Archive& archive, Series& series) {
  archive(series.interval, series.points);
}

template <typename Archive>
void archive(Archive& archive, Intervention& intervention) {
  archive(intervention.at, intervention.text, intervention.faulty);
}

}  // namespace tripcurve::report

namespace tripcurve::trial {

template <typename Archive>
void archive(Archive& archive, Measurement::Breaker& breaker) {
  archive(breaker.totals, breaker.probes);
}

// Everything fits what it is about: no event of a breaker that is not there.
[[nodiscard]] bool is_consistent(const Measurement& measurement, std::size_t breakers,
                                 std::size_t endpoints);

template <typename Archive>
void archive(Archive& archive, Measurement& measurement) {
  const auto breakers = measurement.breakers.size();
  const auto endpoints = measurement.tally.phases.front().endpoints.size();
  bool has_ledger = measurement.ledger.has_value();
  archive(has_ledger);
  if (!has_ledger) {
    measurement.ledger.reset();
  }
  if (measurement.ledger) {
    archive(*measurement.ledger);
  }
  archive(measurement.tally, measurement.ended_at, measurement.breakers, measurement.events,
          measurement.transition_count, measurement.series, measurement.responses,
          measurement.interventions, measurement.ending, measurement.stopped_because,
          measurement.target, measurement.host, measurement.notes);
  if constexpr (Archive::reads) {
    if (!is_consistent(measurement, breakers, endpoints)) {
      archive.fail();
    }
  }
}

}  // namespace tripcurve::trial
