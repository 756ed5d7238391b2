// What an engine and its breakers have seen as values that parts of shared work keep
// (shards/values.hpp): exactly, so that tallies read from parts merge as those of threads do.
#pragma once

#include "breaker/archive.hpp"
#include "core/histogram_archive.hpp"
#include "load/breaker_bank.hpp"
#include "load/tally.hpp"

namespace tripcurve::load {

template <typename Archive>
void archive(Archive& archive, Counts& counts) {
  archive(counts.calls, counts.fail_fast, counts.rejected_good, counts.dropped, counts.full,
          counts.fallback, counts.fallback_open, counts.cached, counts.queued, counts.cache_misses,
          counts.queue_full, counts.drained, counts.lost, counts.sent, counts.ok, counts.ignored,
          counts.error_answers, counts.timeouts, counts.resets, counts.closed,
          counts.connect_failed, counts.bad_answers, counts.abandoned, counts.unfinished,
          counts.handshakes, counts.cut);
  static_assert(sizeof(Counts) == 26 * sizeof(std::uint64_t), "every counter is listed");
}

template <typename Archive>
void archive(Archive& archive, CallTimes& times) {
  archive(times.all_, times.both_, times.response_, times.service_, times.first_byte_);
}

template <typename Archive>
void archive(Archive& archive, Cell& cell) {
  archive(cell.counts, cell.times);
}

template <typename Archive>
void archive(Archive& archive, ScheduleError& error) {
  archive(error.on_time_, error.late_);
}

template <typename Archive>
void archive(Archive& archive, LimitRange& range) {
  archive(range.last, range.least, range.most);
}

template <typename Archive>
void archive(Archive& archive, AttemptEnds& ends) {
  archive(ends.end, ends.attempts);
}

template <typename Archive>
void archive(Archive& archive, PhaseTally& phase) {
  archive(phase.endpoints, phase.schedule_error, phase.fail_fast, phase.stale_age, phase.gap,
          phase.queue_wait, phase.wasted, phase.dropped_trials, phase.peak_in_flight, phase.limit,
          phase.ends);
}

// Into one of the same phases and endpoints.
template <typename Archive>
void archive(Archive& archive, Tally& tally) {
  archive(tally.phases);
}

template <typename Archive>
void archive(Archive& archive, BreakerEvent& event) {
  archive(event.breaker, event.transition, event.probes, event.most_probes, event.sent,
          event.earliest);
}

template <typename Archive>
void archive(Archive& archive, Probes& probes) {
  archive(probes.sent, probes.most);
}

}  // namespace tripcurve::load
