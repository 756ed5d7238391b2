#include "curve/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/units.hpp"
#include "curve/closed_form.hpp"
#include "view/static_page.hpp"

namespace tripcurve::curve {
namespace {

using view::escaped;

constexpr double width = 860;
constexpr double left_edge = 80;
constexpr double right_edge = 830;
constexpr double never_line = 40;
constexpr double top = 64;
constexpr double bottom = 400;

// Colours that the colour-blind can tell apart (Okabe and Ito, 2008).
constexpr std::array<std::string_view, 6> colours{"#0072b2", "#d55e00", "#009e73",
                                                  "#cc79a7", "#e69f00", "#56b4e9"};

struct At {
  double x = 0;
  double y = 0;
};

double magnitude(Duration duration) { return std::log10(std::max(to_seconds(duration), 1e-9)); }

std::string path_of(const std::vector<At>& points) {
  std::string path;
  for (const auto& [x, y] : points) {
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", x, y);
  }
  return path;
}

// Where severities and times lie.
class Scale {
 public:
  Scale(const std::vector<Curve>& curves, const Plan& plan, const Limits& limits)
      : plan_(plan),
        lowest_(std::floor(magnitude(shortest_time(curves, plan, limits)))),
        highest_(std::max(magnitude(plan.within), lowest_ + 1)) {}

  [[nodiscard]] double x(double severity) const {
    const auto [from, to] =
        std::pair(place(plan_.severities.front()), place(plan_.severities.back()));
    return to > from ? left_edge + (right_edge - left_edge) * (place(severity) - from) / (to - from)
                     : (left_edge + right_edge) / 2;
  }
  [[nodiscard]] double y(Duration time) const {
    const double share = (magnitude(time) - lowest_) / (highest_ - lowest_);
    return bottom - (bottom - top) * std::clamp(share, 0.0, 1.0);
  }
  [[nodiscard]] int first_decade() const { return static_cast<int>(lowest_); }
  [[nodiscard]] int last_decade() const { return static_cast<int>(std::floor(highest_)); }

 private:
  [[nodiscard]] double place(double severity) const {
    return plan_.axis->is_logarithmic() ? std::log10(std::max(severity, 1e-6)) : severity;
  }

  const Plan& plan_;
  double lowest_;
  double highest_;
};

std::string text_at(At at, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at.x, at.y,
                     anchor, escaped(text));
}

std::string line(At from, At to, std::string_view style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", from.x,
                     from.y, to.x, to.y, style);
}

std::string axes(const Scale& scale, const Plan& plan) {
  constexpr std::string_view grid = "stroke=\"#ddd\"";
  std::string text = line({left_edge, never_line}, {right_edge, never_line}, grid) +
                     text_at({left_edge - 8, never_line + 4}, "end", "never");
  for (auto decade = scale.first_decade(); decade <= scale.last_decade(); ++decade) {
    const Duration time(std::llround(std::pow(10.0, decade + 9)));
    const auto y = scale.y(time);
    text += line({left_edge, y}, {right_edge, y}, grid) +
            text_at({left_edge - 8, y + 4}, "end", format_duration(time));
  }
  const auto step = (plan.severities.size() + 9) / 10;
  for (std::size_t i = 0; i < plan.severities.size(); i += step) {
    const auto x = scale.x(plan.severities[i]);
    text += line({x, bottom}, {x, bottom + 5}, "stroke=\"#888\"") +
            text_at({x, bottom + 20}, "middle", plan.axis->show(plan.severities[i]));
  }
  text += text_at({(left_edge + right_edge) / 2, bottom + 42}, "middle", plan.axis->caption());
  return text + text_at({left_edge, 22}, "start", "time until the breaker opens");
}

std::string damage(const Scale& scale, const Plan& plan, const Limits& limits) {
  std::vector<At> edge;
  for (std::size_t i = 0; limits.workers && i < plan.severities.size(); ++i) {
    if (const auto full = exhausted_after(*limits.workers, plan, plan.severities[i])) {
      edge.push_back({scale.x(plan.severities[i]), scale.y(*full)});
    }
  }
  if (edge.empty()) {
    return "";
  }
  const auto label = text_at({edge.back().x - 4, top + 14}, "end",
                             fmt::format("all {} workers are busy", *limits.workers));
  auto area = edge;
  area.push_back({edge.back().x, top});
  area.push_back({edge.front().x, top});
  return fmt::format(
             "<polygon class=\"damage\" points=\"{}\" fill=\"#d33\" fill-opacity=\"0.12\"/>\n",
             path_of(area)) +
         label;
}

std::string inrush(const Scale& scale, const Limits& limits) {
  std::string text;
  for (const auto& [severity, lasts] : limits.blips) {
    const auto x = scale.x(severity);
    const auto y = scale.y(lasts);
    text += fmt::format(
        "<rect class=\"blip\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "fill=\"#888\" fill-opacity=\"0.18\"/>\n",
        left_edge, y, std::max(x - left_edge, 1.0), bottom - y);
    text += text_at({x - 4, y + 14}, "end", "a blip");
  }
  return text;
}

// The mean by theory, dashed, where a form is known; what is longer than the picture is left out.
std::string theory_line(const Scale& scale, const Plan& plan, const Curve& curve,
                        std::string_view colour) {
  std::vector<At> mean;
  for (const auto severity : plan.severities) {
    if (const auto form = closed_form(plan, curve.breaker, severity); form && *form < plan.within) {
      mean.push_back({scale.x(severity), scale.y(*form)});
    }
  }
  return mean.empty() ? std::string()
                      : fmt::format(
                            "<polyline class=\"theory\" points=\"{}\" fill=\"none\" stroke=\"{}\" "
                            "stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>\n",
                            path_of(mean), colour);
}

std::string curve_lines(const Scale& scale, const Plan& plan, const Curve& curve,
                        std::string_view colour) {
  std::vector<At> low;
  std::vector<At> high;
  std::vector<At> middle;
  std::string never;
  for (const auto& point : curve.points) {
    const auto x = scale.x(point.severity);
    if (const auto p5 = point.quantile(0.05)) {
      low.push_back({x, scale.y(*p5)});
      high.push_back({x, scale.y(point.quantile(0.95).value_or(plan.within))});
    }
    if (const auto p50 = point.quantile(0.5)) {
      middle.push_back({x, scale.y(*p50)});
    } else if (point.judged() > 0) {
      never += fmt::format("<circle cx=\"{:.1f}\" cy=\"{}\" r=\"3\" fill=\"{}\"/>\n", x, never_line,
                           colour);
    }
  }
  std::ranges::reverse(high);
  std::ranges::move(high, std::back_inserter(low));
  return fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.15\"/>\n", path_of(low),
                     colour) +
         fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                     path_of(middle), colour) +
         never;
}

}  // namespace

std::string svg(const std::vector<Curve>& curves, const Plan& plan, const Limits& limits) {
  const Scale scale(curves, plan, limits);
  auto body = damage(scale, plan, limits) + inrush(scale, limits) + axes(scale, plan);
  double y = bottom + 70;
  bool has_theory = false;
  for (std::size_t i = 0; i < curves.size(); ++i, y += 20) {
    const auto colour = colours.at(i % colours.size());
    const auto theory = theory_line(scale, plan, curves[i], colour);
    has_theory = has_theory || !theory.empty();
    body += curve_lines(scale, plan, curves[i], colour) + theory +
            line({left_edge, y - 4}, {left_edge + 24, y - 4},
                 fmt::format("stroke=\"{}\" stroke-width=\"3\"", colour)) +
            text_at({left_edge + 32, y}, "start", curves[i].breaker.text());
  }
  body += text_at({left_edge, y}, "start",
                  std::string("line: median; band: p5 to p95; dot: most runs did not open") +
                      (has_theory ? "; dashed: mean by theory" : ""));
  y += 20;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
             "height=\"{1}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#333\">\n"
             "<title>Trip curve: how long breakers take to open</title>\n"
             "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
             width, y) +
         body + "</svg>\n";
}

}  // namespace tripcurve::curve
