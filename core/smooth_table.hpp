// A smooth function of u in [0, 1) that costs more to compute than to look up: cubic pieces through
// its values and slopes at 2049 places (Hermite). For draws, a table instead of a logarithm or an
// exponential makes virtual time a quarter faster.
//
// Where a function runs off to infinity, near 0 or 1, no table is any good: it says what it covers,
// and what lies outside is to be computed. At the border both give the same.
//
// Immutable, so safe to share between threads.
#pragma once

#include <cstddef>
#include <vector>

namespace tripcurve {

class SmoothTable {
 public:
  struct Place {
    double value = 0;
    double slope = 0;  // the derivative there
  };
  // How much of [0, 1) is left out at an end: nothing, or 1/64, where the pieces of 1/2048 still
  // follow a function that grows like 1/u to 1 part in 10^7.
  enum class End : unsigned char { covered, left_out };

  // `place_at(u)` tells the Place of each u that is covered.
  template <typename PlaceAt>
  SmoothTable(End low, End high, PlaceAt place_at)
      : first_(low == End::left_out ? margin : 0),
        count_(pieces - first_ - (high == End::left_out ? margin : 0)) {
    places_.reserve(count_ + 1);
    for (std::size_t i = first_; i <= first_ + count_; ++i) {
      const Place place = place_at(static_cast<double>(i) / pieces);
      places_.push_back({place.value, place.slope / pieces});
    }
  }

  [[nodiscard]] bool covers(double u) const { return piece_of(u) - first_ < count_; }

  // Of a u that is covered.
  [[nodiscard]] double at(double u) const {
    const auto piece = piece_of(u);
    const auto* place = &places_[piece - first_];
    const double t = u * pieces - static_cast<double>(piece);
    const double rise = place[1].value - place[0].value;
    const double bend = 3 * rise - 2 * place[0].slope - place[1].slope;
    const double twist = place[0].slope + place[1].slope - 2 * rise;
    return place[0].value + t * (place[0].slope + t * (bend + t * twist));
  }

 private:
  static constexpr std::size_t pieces = 2048;
  static constexpr std::size_t margin = pieces / 64;

  static std::size_t piece_of(double u) { return static_cast<std::size_t>(u * pieces); }

  std::size_t first_;  // piece that is covered
  std::size_t count_;
  std::vector<Place> places_;  // where each piece begins, and the last one ends; slopes per piece
};

}  // namespace tripcurve
