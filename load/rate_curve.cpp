#include "load/rate_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tripcurve::load {
namespace {

constexpr double ns_per_second = 1e9;

}  // namespace

RateCurve::RateCurve(const OpenLoop& loop) : is_constant_(loop.stages.empty()) {
  if (loop.stages.empty()) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double rate = loop.rate.per_second;
    pieces_.push_back({0, infinity, 0, infinity, rate, rate, ns_per_second / rate});
  }
  Piece piece;
  for (const auto& stage : loop.stages) {
    piece.begin_ns += piece.length_ns;
    piece.calls_before += piece.calls;
    piece.length_ns = static_cast<double>(stage.length.count());
    piece.from = stage.from.per_second;
    piece.to = stage.to.per_second;
    piece.calls = to_seconds(stage.length) * (piece.from + piece.to) / 2;
    piece.gap_ns = ns_per_second / piece.from;
    pieces_.push_back(piece);
  }
}

double RateCurve::calls_before(TimePoint now) const {
  const auto ns = static_cast<double>(now.time_since_epoch().count());
  double calls = 0;
  for (const auto& piece : pieces_) {
    const double inside = std::clamp(ns - piece.begin_ns, 0.0, piece.length_ns) / ns_per_second;
    const double slope = (piece.to - piece.from) / (piece.length_ns / ns_per_second);
    calls += inside * (piece.from + slope * inside / 2);
  }
  return calls;
}

TimePoint RateCurve::beyond_pieces(double calls) const {
  const auto piece = std::ranges::find_if(pieces_, [&](const Piece& candidate) {
    return calls < candidate.calls_before + candidate.calls;
  });
  if (piece == pieces_.end()) {
    return never;
  }
  const double rest = calls - piece->calls_before;
  double ns = piece->begin_ns;
  if (piece->from == piece->to) {
    // One product, not a running sum: no error builds up, and below 2^53 ns it is exact to 1 ns.
    ns += rest * piece->gap_ns;
  } else if (rest > 0) {
    // from * t + slope * t^2 / 2 = rest, solved in the form that does not cancel. At the end of a
    // ramp to 0 the root's argument is 0 but for rounding.
    const double slope = (piece->to - piece->from) / (piece->length_ns / ns_per_second);
    const double root = std::sqrt(std::max(0.0, piece->from * piece->from + 2 * slope * rest));
    ns += std::min(ns_per_second * 2 * rest / (piece->from + root), piece->length_ns);
  }
  return time_of(ns);
}

Rate highest_rate(const OpenLoop& loop) {
  Rate highest = loop.stages.empty() ? loop.rate : Rate{};
  for (const auto& stage : loop.stages) {
    highest = std::max({highest, stage.from, stage.to});
  }
  return highest;
}

}  // namespace tripcurve::load
