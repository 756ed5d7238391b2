// Durations as they were measured somewhere: percentiles from a file.
#include <utility>

#include "core/durations/numbers.hpp"
#include "core/durations/score_curve.hpp"
#include "core/durations/shapes.hpp"
#include "core/text.hpp"

namespace tripcurve::durations {
namespace {

class Recorded final : public Shape {
 public:
  Recorded(std::string text, const std::vector<Point>& points)
      : text_(std::move(text)), curve_(ScoreCurve::measured(points)) {}

  [[nodiscard]] Duration quantile(double q) const override { return curve_.quantile(q); }
  [[nodiscard]] Duration mean() const override { return curve_.mean(); }
  [[nodiscard]] double share_above(Duration limit) const override {
    return curve_.share_above(limit);
  }
  [[nodiscard]] std::string text() const override { return text_; }
  [[nodiscard]] bool is_sound() const { return curve_.is_sound(); }

 private:
  std::string text_;
  ScoreCurve curve_;
};

}  // namespace

Result<DurationDistribution> parse_recorded(const Call& call, std::string_view text,
                                            const Grammar& grammar) {
  constexpr auto example = "file(prod.hgrm,unit=ms)";
  Arguments arguments(call, text, example);
  const auto path = arguments.next("path");
  const auto unit = arguments.named("unit");
  const auto factor = arguments.named("scale");
  const auto scale = factor ? arguments.number("scale", *factor) : 1.0;
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  if (path->empty()) {
    return Error{quoted(text) + " names no file", std::string("write ") + example};
  }
  if (grammar.files == nullptr) {
    return Error{quoted(text) + ": no file can be read here",
                 "only the latencies of flags and of experiment files may name one; write "
                 "percentiles, such as p50=20ms,p90=80ms,p99=400ms"};
  }
  auto read = (*grammar.files)(std::string(*path), unit.value_or(""));
  if (!read) {
    return read.error();
  }
  auto points = *std::move(read);
  for (auto& point : points) {
    const double scaled = ns(point.value) * *scale;
    if (!(scaled <= longest_tail_ns)) {
      return Error{quoted(text) + " has a percentile of more than 24h", "write a smaller scale"};
    }
    point.value = rounded(scaled);
  }
  auto canonical = "file(" + std::string(*path);
  canonical += unit ? ",unit=" + std::string(*unit) : "";
  canonical += factor ? ",scale=" + number_text(*scale) : "";
  const auto shape = std::make_shared<Recorded>(canonical + ")", points);
  if (!shape->is_sound()) {
    return Error{quoted(text) + " has percentiles too near to each other to be told apart",
                 "leave some of them out"};
  }
  return DurationDistribution(shape);
}

}  // namespace tripcurve::durations
