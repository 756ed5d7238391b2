// Durations whose logarithm is a rising line of the normal score, piece by piece: what goes through
// any number of percentiles exactly, with a closed form for all that one may ask of it. One piece
// is a lognormal.
//
// Immutable, so safe to share between threads.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "core/durations/words.hpp"
#include "core/time.hpp"

namespace tripcurve::durations {

class ScoreCurve {
 public:
  // From the normal score `from` on the logarithm of the nanoseconds is mu + sigma * score.
  struct Piece {
    double from = -std::numeric_limits<double>::infinity();
    double mu = 0;
    double sigma = 0;
  };

  // Through percentiles that rise, at least two of them between 0 and 1; the ends go on as the
  // outermost pieces do. What is above `most` is drawn again.
  ScoreCurve(const std::vector<Point>& points, std::optional<Duration> most);

  // Through percentiles that were measured, at least one of them between 0 and 1; those of 0 and 1
  // are limits that the ends keep to.
  [[nodiscard]] static ScoreCurve measured(const std::vector<Point>& points);

  // As of a Shape.
  [[nodiscard]] Duration quantile(double q) const;
  [[nodiscard]] Duration mean() const;
  [[nodiscard]] double share_above(Duration limit) const;

  // Percentiles that are too near to each other to be told apart make no curve.
  [[nodiscard]] bool is_sound() const;

  // The share of what is drawn that has to be drawn again.
  [[nodiscard]] double share_redrawn() const { return 1 - kept_; }

 private:
  ScoreCurve() = default;

  [[nodiscard]] double end_of(std::size_t piece) const;
  [[nodiscard]] double above(Duration limit) const;

  std::vector<Piece> pieces_;                              // the first from minus infinity on
  double last_ = std::numeric_limits<double>::infinity();  // score that is drawn
  double kept_ = 1;                                        // the share of scores up to that one
};

}  // namespace tripcurve::durations
