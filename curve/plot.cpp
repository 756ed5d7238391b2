#include "curve/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/units.hpp"
#include "report/layout.hpp"

namespace tripcurve::curve {
namespace {

constexpr int rows_per_decade = 4;
constexpr std::size_t label_width = 7;

constexpr char several = '*';

bool is_letter(char sign) { return sign >= 'A' && sign <= 'Z'; }

double decades(Duration duration) { return std::log10(to_seconds(duration)); }

// A drawing of severities from left to right, and times from the bottom up; its top row is for
// breakers that do not open.
class Canvas {
 public:
  Canvas(const Plan& plan, Duration shortest)
      : plan_(plan),
        lowest_(static_cast<int>(std::floor(decades(shortest)))),
        highest_(decades(plan.within)),
        height_(row_of(plan.within) + 1),
        step_((report::line_width - label_width - 2) / plan.severities.size()),
        cells_(height_ + 1, std::string(step_ * plan.severities.size(), ' ')) {}

  void mark(std::size_t severity, Duration time, char sign) {
    put(severity, std::min(row_of(time), height_ - 1), sign);
  }
  void mark_never(std::size_t severity, char sign) { put(severity, height_, sign); }
  void range(std::size_t severity, Duration from, Duration to, char sign) {
    for (auto row = row_of(from); row <= std::min(row_of(to), height_ - 1); ++row) {
      put(severity, row, sign);
    }
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (auto row = height_ + 1; row-- > 0;) {
      auto line = fmt::format("{:>{}} |", label(row), label_width) + cells_[row];
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    const auto width = step_ * plan_.severities.size();
    text += fmt::format("{:>{}} +{:-<{}}\n", "", label_width, "", width);
    const auto first = plan_.axis->show(plan_.severities.front());
    const auto last = plan_.axis->show(plan_.severities.back());
    return text + fmt::format("{:>{}}  {}{:>{}}\n", "", label_width, first, last,
                              width - std::min(width, first.size()));
  }

 private:
  [[nodiscard]] std::size_t row_of(Duration time) const {
    const double above =
        (decades(std::max<Duration>(time, Duration(1))) - lowest_) * rows_per_decade;
    return static_cast<std::size_t>(std::max(0.0, std::round(above)));
  }
  [[nodiscard]] std::string label(std::size_t row) const {
    if (row == height_) {
      return "never";
    }
    const auto decade = lowest_ + static_cast<int>(row) / rows_per_decade;
    return row % rows_per_decade == 0
               ? format_duration(Duration(std::llround(std::pow(10.0, decade + 9))))
               : "";
  }
  // Two letters in one place are a star; a letter covers what is no letter.
  void put(std::size_t severity, std::size_t row, char sign) {
    auto& cell = cells_[row][severity * step_ + step_ / 2];
    const bool both = is_letter(sign) && (is_letter(cell) || cell == several);
    cell = both ? several : is_letter(sign) || cell == ' ' ? sign : cell;
  }

  const Plan& plan_;
  int lowest_;
  double highest_;
  std::size_t height_;
  std::size_t step_;
  std::vector<std::string> cells_;
};

void draw(Canvas& canvas, const Curve& curve, char sign, bool with_range) {
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const auto& point = curve.points[i];
    if (point.judged() == 0) {
      continue;
    }
    const auto low = point.quantile(0.05);
    if (with_range && low) {
      canvas.range(i, *low, point.quantile(0.95).value_or(Duration::max()), ':');
    }
    if (const auto middle = point.quantile(0.5)) {
      canvas.mark(i, *middle, sign);
    } else {
      canvas.mark_never(i, sign);
    }
  }
}

}  // namespace

Duration shortest_time(const std::vector<Curve>& curves, const Plan& plan, const Limits& limits) {
  auto shortest = plan.within;
  for (const auto& curve : curves) {
    for (const auto& point : curve.points) {
      shortest = point.opened.empty() ? shortest : std::min(shortest, point.opened.front());
    }
  }
  for (const auto& blip : limits.blips) {
    shortest = std::min(shortest, blip.lasts);
  }
  return std::max<Duration>(shortest, std::chrono::milliseconds(1));
}

char letter(std::size_t curve) { return static_cast<char>('A' + curve % 26); }

std::string plot(const std::vector<Curve>& curves, const Plan& plan, const Limits& limits) {
  Canvas canvas(plan, shortest_time(curves, plan, limits));
  for (std::size_t i = 0; limits.workers && i < plan.severities.size(); ++i) {
    if (const auto full = exhausted_after(*limits.workers, plan, plan.severities[i])) {
      canvas.mark(i, *full, '#');
    }
  }
  for (const auto& blip : limits.blips) {
    const auto next = std::ranges::lower_bound(plan.severities, blip.severity * (1 - 1e-9));
    canvas.mark(static_cast<std::size_t>(std::min(next, plan.severities.end() - 1) -
                                         plan.severities.begin()),
                blip.lasts, 'x');
  }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    draw(canvas, curves[i], letter(i), curves.size() == 1);
  }
  return canvas.text();
}

}  // namespace tripcurve::curve
