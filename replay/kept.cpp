#include "replay/kept.hpp"

#include <utility>

#include "shards/values.hpp"

namespace tripcurve::replay {

template <typename Archive>
void archive(Archive& archive, Stretch& stretch) {
  archive(stretch.calls, stretch.failed, stretch.rejected, stretch.rejected_failed);
}

template <typename Archive>
void archive(Archive& archive, Series& series) {
  auto width = series.width();
  auto stretches = series.stretches();
  archive(width, stretches);
  series = Series(width, Outcomes::most_stretches, std::move(stretches));
}

template <typename Archive>
void archive(Archive& archive, LeftOut& line) {
  archive(line.line, line.why);
}

template <typename Archive>
void archive(Archive& archive, LeftOuts& lines) {
  archive(lines.count, lines.first);
}

template <typename Archive>
void archive(Archive& archive, TraceFacts& trace) {
  archive(trace.name, trace.format, trace.reading, trace.lines, trace.calls, trace.others,
          trace.empty, trace.spread, trace.bad, trace.late, trace.rejected, trace.resets,
          trace.moved, trace.ambiguous, trace.tells_latency, trace.has_fractions, trace.was_full,
          trace.begin, trace.end);
}

template <typename Archive>
void archive(Archive& archive, Common& common) {
  archive(common.trace, common.breakers, common.timeline);
}

template <typename Archive>
void archive(Archive& archive, Trip& trip) {
  archive(trip.breaker, trip.begin, trip.end, trip.cause, trip.reopened, trip.incident);
}

template <typename Archive>
void archive(Archive& archive, Response& response) {
  archive(response.first_trip, response.covered);
}

template <typename Archive>
void archive(Archive& archive, Interval& interval) {
  archive(interval.low, interval.high);
}

template <typename Archive>
void archive(Archive& archive, Block& block) {
  archive(block.counts, block.trips, block.false_trips, block.length);
}

template <typename Archive>
void archive(Archive& archive, Outcomes& outcomes) {
  archive(outcomes.total, outcomes.outside, outcomes.spared, outcomes.trips, outcomes.trip_count,
          outcomes.reopened, outcomes.is_complete, outcomes.open, outcomes.responses,
          outcomes.timeline, outcomes.trips_per_month, outcomes.false_trips_per_month,
          outcomes.precision, outcomes.recall, outcomes.sum);
}

template <typename Archive>
void archive(Archive& archive, Kept& kept) {
  archive(kept.common, kept.outcomes);
}

Kept kept(const Findings& findings, std::size_t setting) {
  return {shards::written(Common{findings.trace, findings.breakers, findings.timeline}),
          findings.outcomes[setting]};
}

std::string write(const Kept& kept) { return shards::written(kept); }

std::optional<Kept> read_kept(std::string_view text) { return shards::read_value<Kept>(text); }

std::optional<Common> read_common(std::string_view text) {
  return shards::read_value<Common>(text);
}

}  // namespace tripcurve::replay
