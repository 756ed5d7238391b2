#include "core/durations/score_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/durations/numbers.hpp"
#include "core/ensure.hpp"

namespace tripcurve::durations {
namespace {

constexpr double endless = std::numeric_limits<double>::infinity();

double log_ns(Duration d) { return std::log(std::max(1.0, ns(d))); }

// The line through both, from the first of them on.
ScoreCurve::Piece line(const Point& low, const Point& high) {
  const double from = normal_score(low.q);
  const double sigma = (log_ns(high.value) - log_ns(low.value)) / (normal_score(high.q) - from);
  return {.from = from, .mu = log_ns(low.value) - sigma * from, .sigma = sigma};
}

ScoreCurve::Piece level(double from, Duration value) {
  return {.from = from, .mu = log_ns(value), .sigma = 0};
}

std::vector<ScoreCurve::Piece> through(const std::vector<Point>& points) {
  std::vector<ScoreCurve::Piece> pieces;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    pieces.push_back(line(points[i], points[i + 1]));
  }
  pieces.front().from = -endless;
  return pieces;
}

}  // namespace

ScoreCurve::ScoreCurve(const std::vector<Point>& points, std::optional<Duration> most)
    : pieces_(through(points)) {
  if (most) {
    const auto& end = pieces_.back();
    last_ = (log_ns(*most) - end.mu) / end.sigma;
    kept_ = normal_below(last_);
  }
}

ScoreCurve ScoreCurve::measured(const std::vector<Point>& points) {
  std::vector<Point> inner;
  std::ranges::copy_if(points, std::back_inserter(inner),
                       [](const Point& point) { return point.q > 0 && point.q < 1; });
  ENSURE(!inner.empty());
  ScoreCurve curve;
  curve.pieces_ =
      inner.size() > 1 ? through(inner) : std::vector<Piece>{level(-endless, inner.front().value)};
  // A line that goes on beyond a limit is level from where it meets that.
  if (const auto& first = curve.pieces_.front(); points.front().q <= 0 && first.sigma > 0) {
    const double meets = (log_ns(points.front().value) - first.mu) / first.sigma;
    curve.pieces_.front().from = meets;
    curve.pieces_.insert(curve.pieces_.begin(), level(-endless, points.front().value));
  }
  if (const auto& end = curve.pieces_.back(); points.back().q >= 1 && end.sigma > 0) {
    const double meets = (log_ns(points.back().value) - end.mu) / end.sigma;
    curve.pieces_.push_back(level(meets, points.back().value));
  }
  return curve;
}

bool ScoreCurve::is_sound() const {
  return std::ranges::all_of(pieces_, [](const Piece& piece) {
    return std::isfinite(piece.mu) && std::isfinite(piece.sigma);
  });
}

double ScoreCurve::end_of(std::size_t piece) const {
  return piece + 1 < pieces_.size() ? pieces_[piece + 1].from : endless;
}

Duration ScoreCurve::quantile(double q) const {
  const double score = normal_score(q * kept_);
  const auto next = std::ranges::upper_bound(pieces_, score, {}, &Piece::from);
  const auto& piece = next == pieces_.begin() ? pieces_.front() : *std::prev(next);
  const double count =
      piece.sigma > 0 ? std::exp(piece.mu + piece.sigma * score) : std::exp(piece.mu);
  return rounded_and_cut(count);
}

// Of a lognormal between two scores: exp(mu + sigma^2 / 2) times what the score moved by sigma has
// between them.
Duration ScoreCurve::mean() const {
  double sum = 0;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto& [from, mu, sigma] = pieces_[i];
    const double to = std::min(end_of(i), last_);
    if (from < to) {
      // Above zero the difference of what is above loses less.
      const double part = from - sigma > 0 ? normal_above(from - sigma) - normal_above(to - sigma)
                                           : normal_below(to - sigma) - normal_below(from - sigma);
      sum += part > 0 ? std::exp(mu + sigma * sigma / 2) * part : 0;
    }
  }
  return rounded_and_cut(sum / kept_);
}

// The share of all scores that lead above `limit`.
double ScoreCurve::above(Duration limit) const {
  if (limit < Duration::zero()) {
    return 1;
  }
  const double log_limit = limit == Duration::zero() ? -endless : std::log(ns(limit));
  for (std::size_t i = pieces_.size(); i-- > 0;) {
    const auto& [from, mu, sigma] = pieces_[i];
    const double begins = sigma > 0 ? mu + sigma * from : mu;
    if (begins <= log_limit) {
      const double score = sigma > 0 ? (log_limit - mu) / sigma : endless;
      return normal_above(std::min(score, end_of(i)));
    }
  }
  return 1;
}

double ScoreCurve::share_above(Duration limit) const {
  return std::max(0.0, above(limit) - (1 - kept_)) / kept_;
}

}  // namespace tripcurve::durations
