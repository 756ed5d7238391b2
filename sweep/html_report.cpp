#include "sweep/html_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "sweep/choose.hpp"
#include "sweep/text_report.hpp"
#include "sweep/words.hpp"
#include "view/static_page.hpp"

namespace tripcurve::sweep {
namespace {

constexpr double width = 640;
constexpr double height = 420;
constexpr double left_edge = 80;
constexpr double right_edge = 620;
constexpr double top = 20;
constexpr double bottom = 360;

constexpr std::string_view style = R"(
:root { --pick: #fde8d0; --front: #eef6fb; }
@media (prefers-color-scheme: dark) { :root { --pick: #4a3417; --front: #1d3040; } }
td.name, th.name { text-align: left; }
tr.pick { background: var(--pick); } tr.front { background: var(--front); }
figure { display: inline-block; margin: 0; max-width: 100%; }
figure svg { background: #fff; }
)";

using view::escaped;

// Where values of one side lie between two ends of the picture: by magnitude where they span
// several decades and none is zero.
class Axis {
 public:
  Axis(const Findings& findings, Side side, double begin, double end)
      : measure_(measure_of(side)), begin_(begin), end_(end) {
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    for (const auto& row : findings.rows) {
      least = std::min(least, row.side(side).value);
      most = std::max(most, row.side(side).value);
    }
    by_magnitude_ = least > 0 && most / least > 100;
    low_ = by_magnitude_ ? std::floor(std::log10(least)) : 0;
    high_ = by_magnitude_ ? std::ceil(std::log10(most)) : most > 0 ? most * 1.05 : 1;
  }

  [[nodiscard]] double at(double value) const {
    const double place = by_magnitude_ ? std::log10(value) : value;
    return begin_ + (end_ - begin_) * (place - low_) / (high_ - low_);
  }
  // Values to write beside the axis.
  [[nodiscard]] std::vector<double> ticks() const {
    std::vector<double> ticks;
    if (by_magnitude_) {
      for (double decade = low_; decade <= high_; ++decade) {
        ticks.push_back(std::pow(10, decade));
      }
      return ticks;
    }
    for (int i = 0; i <= 4; ++i) {
      ticks.push_back(high_ * i / 4);
    }
    return ticks;
  }
  [[nodiscard]] std::string text(double value) const { return show(measure_, value); }
  [[nodiscard]] std::string_view name() const { return measure_.name; }

 private:
  const Measure& measure_;
  double begin_, end_;
  bool by_magnitude_ = false;
  double low_ = 0;
  double high_ = 1;
};

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escaped(text));
}

std::string axes(const Axis& x, const Axis& y) {
  std::string text;
  for (const auto tick : x.ticks()) {
    text += fmt::format(
                "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" "
                "stroke=\"#ddd\"/>\n",
                x.at(tick), top, bottom) +
            text_at(x.at(tick), bottom + 18, "middle", x.text(tick));
  }
  for (const auto tick : y.ticks()) {
    text += fmt::format(
                "<line x1=\"{1}\" y1=\"{0:.1f}\" x2=\"{2}\" y2=\"{0:.1f}\" "
                "stroke=\"#ddd\"/>\n",
                y.at(tick), left_edge, right_edge) +
            text_at(left_edge - 6, y.at(tick) + 4, "end", y.text(tick));
  }
  return text + text_at((left_edge + right_edge) / 2, bottom + 42, "middle", x.name()) +
         text_at(left_edge, top - 6, "start", y.name());
}

std::string numbers(const Row& row) {
  std::string text;
  for (std::size_t side = 0; side < side_count; ++side) {
    text += fmt::format("\n{}: {}", sides()[side].name, show(sides()[side], row.means[side]));
  }
  return text;
}

std::string dot(const Row& row, bool is_pick, double x, double y) {
  const auto* colour = is_pick ? "#d55e00" : row.on_front ? "#0072b2" : "#999";
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\" fill-opacity=\"{}\" "
      "stroke=\"{}\"><title>{}{}</title></circle>\n",
      x, y,
      is_pick        ? 8
      : row.on_front ? 5
                     : 3,
      row.satisfies() ? colour : "#fff", row.satisfies() ? 0.8 : 0.1, colour, escaped(row.name),
      escaped(numbers(row)));
}

std::string scatter(const Findings& findings, Side across, Side up) {
  const Axis x(findings, across, left_edge, right_edge);
  const Axis y(findings, up, bottom, top);
  auto dots = axes(x, y);
  for (std::size_t i = 0; i < findings.rows.size(); ++i) {
    const auto& row = findings.rows[i];
    if (findings.pick != i) {
      dots += dot(row, false, x.at(row.side(across).value), y.at(row.side(up).value));
    }
  }
  if (findings.pick) {  // on top of the others
    const auto& row = findings.rows[*findings.pick];
    dots += dot(row, true, x.at(row.side(across).value), y.at(row.side(up).value));
  }
  return fmt::format(
      "<figure><svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
      "font-size=\"12\" fill=\"#333\">\n<title>{2} over {3}</title>\n{4}</svg></figure>\n",
      width, height, y.name(), x.name(), dots);
}

std::string cell(std::string_view tag, std::string_view text, bool is_name = false) {
  return fmt::format("<{0}{1}>{2}</{0}>", tag, is_name ? " class=\"name\"" : "", escaped(text));
}

std::string table(const Findings& findings) {
  std::string text = "<table><thead><tr>" + cell("th", "setting", true);
  for (const auto& side : sides()) {
    text += cell("th", side.name);
  }
  text += cell("th", "seeds") + cell("th", "misses", true) + "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < findings.rows.size(); ++i) {
    const auto& row = findings.rows[i];
    text += fmt::format("<tr{}>", findings.pick == i ? " class=\"pick\""
                                  : row.on_front     ? " class=\"front\""
                                                     : "") +
            cell("td", row.name, true);
    for (std::size_t side = 0; side < side_count; ++side) {
      text += cell("td", show(sides()[side], row.means[side]));
    }
    std::string misses;
    for (const auto& miss : misses_of(row, findings.aims)) {
      misses += (misses.empty() ? "" : "; ") + miss;
    }
    text += cell("td", std::to_string(row.seeds)) + cell("td", misses, true) + "</tr>\n";
  }
  return text + "</tbody></table>\n";
}

}  // namespace

std::string html_report(const Findings& findings) {
  return view::static_page(
      "tripcurve sweep", style,
      fmt::format("<p class=\"dim\">tripcurve sweep</p>\n<h1>The settings to deploy</h1>\n"
                  "<section><pre>{}</pre></section>\n<section><p>Each dot is a setting: orange the "
                  "recommended one, blue those on the front, white those that miss a constraint. "
                  "Point at one to see its name and numbers.</p>\n{}{}</section>\n"
                  "<section><h2>All settings</h2>\n{}</section>\n",
                  escaped(recommendation_text(findings)),
                  scatter(findings, Side::time_to_close, Side::wasted_calls),
                  scatter(findings, Side::time_to_open, Side::rejected_good), table(findings)));
}

}  // namespace tripcurve::sweep
