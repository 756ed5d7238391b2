#include "load/worker_curve.hpp"

#include <algorithm>

namespace tripcurve::load {
namespace {

// Which part of `length` has passed when `done` of `all` equal steps have; cut to whole
// nanoseconds, and the length itself after all of them.
Duration part_of(Duration length, std::uint32_t done, std::uint32_t all) {
  const double share = static_cast<double>(done) / all;
  return Duration(static_cast<Duration::rep>(static_cast<double>(length.count()) * share));
}

}  // namespace

WorkerCurve::WorkerCurve(const ClosedLoop& loop) {
  if (loop.stages.empty()) {
    pieces_.push_back({TimePoint{}, never, loop.workers, loop.workers});
  }
  TimePoint begin;
  for (const auto& stage : loop.stages) {
    pieces_.push_back({begin, begin + stage.length, stage.from, stage.to});
    begin += stage.length;
  }
}

TimePoint WorkerCurve::there_from(std::uint32_t worker, TimePoint now) const {
  auto piece =
      std::ranges::partition_point(pieces_, [&](const Piece& one) { return one.end <= now; });
  for (; piece != pieces_.end(); ++piece) {
    const auto [begin, end] = stay(worker, *piece);
    if (std::max(begin, now) < end) {
      return std::max(begin, now);
    }
  }
  return never;
}

// That worker's part of a piece, empty if it is not there.
WorkerCurve::Stay WorkerCurve::stay(std::uint32_t worker, const Piece& piece) {
  const auto [begin, end, from, to] = piece;
  if (worker < std::min(from, to)) {
    return {begin, end};
  }
  if (worker < to) {
    return {begin + part_of(end - begin, worker + 1 - from, to - from), end};
  }
  if (worker < from) {
    return {begin, begin + part_of(end - begin, from - worker, from - to)};
  }
  return {end, end};
}

std::uint32_t peak_workers(const ClosedLoop& loop) {
  auto most = loop.stages.empty() ? loop.workers : 0;
  for (const auto& stage : loop.stages) {
    most = std::max({most, stage.from, stage.to});
  }
  return most;
}

}  // namespace tripcurve::load
