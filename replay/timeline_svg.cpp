#include "replay/timeline_svg.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/units.hpp"
#include "replay/words.hpp"
#include "view/static_page.hpp"

namespace tripcurve::replay {
namespace {

using view::escaped;

constexpr double width = 1000;
constexpr double left_edge = 90;
constexpr double right_edge = 985;
constexpr double chart_top = 30;
constexpr double chart_bottom = 170;
constexpr double lane_height = 26;
constexpr double lane_gap = 8;
constexpr std::size_t ticks = 5;

class Picture {
 public:
  explicit Picture(const Findings& findings)
      : findings_(findings), length_(std::max<Duration>(findings.trace.length(), Duration(1))) {
    for (const auto& stretch : findings.timeline.stretches()) {
      most_ = std::max(most_, stretch.calls);
    }
  }

  [[nodiscard]] std::string svg() const {
    const auto lanes = static_cast<double>(findings_.outcomes.size());
    const double lanes_bottom = chart_bottom + 34 + lanes * (lane_height + lane_gap);
    std::string body = incidents(lanes_bottom) + calls() + axis();
    for (std::size_t i = 0; i < findings_.outcomes.size(); ++i) {
      body += lane(i);
    }
    return fmt::format(
        "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} "
        "{:.0f}\" role=\"img\" aria-label=\"Calls, failures, incidents and trips over time\" "
        "font-family=\"sans-serif\" font-size=\"13\" fill=\"currentColor\">\n{}</svg>\n",
        width, lanes_bottom + 6, body);
  }

 private:
  [[nodiscard]] double x(TimePoint when) const {
    const double share = to_seconds(when.time_since_epoch()) / to_seconds(length_);
    return left_edge + (right_edge - left_edge) * std::clamp(share, 0.0, 1.0);
  }
  [[nodiscard]] double y(std::uint64_t calls) const {
    return chart_bottom - (chart_bottom - chart_top) * static_cast<double>(calls) /
                              static_cast<double>(std::max<std::uint64_t>(most_, 1));
  }
  static std::string text(double at_x, double at_y, std::string_view anchor,
                          std::string_view words) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x, at_y,
                       anchor, escaped(words));
  }
  static std::string box(double from, double to, double top, double height, std::string_view css,
                         std::string_view words) {
    return fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">"
        "<title>{}</title></rect>\n",
        css, from, top, std::max(to - from, 1.5), height, escaped(words));
  }

  // A stretch's calls as a bar, and those that failed inside of it.
  [[nodiscard]] std::string calls() const {
    std::string bars;
    const auto& series = findings_.timeline;
    for (std::size_t i = 0; i < series.stretches().size(); ++i) {
      const auto begin = at(series.width() * static_cast<Duration::rep>(i));
      const auto& stretch = series.stretches()[i];
      const auto words = fmt::format("{}: {} calls, {} failed", time_text(findings_.trace, begin),
                                     show_count(stretch.calls), show_count(stretch.failed));
      const double from = x(begin);
      const double to = x(begin + series.width());
      if (stretch.calls > 0) {
        bars += box(from, to, y(stretch.calls), chart_bottom - y(stretch.calls), "calls", words);
      }
      if (stretch.failed > 0) {
        bars += box(from, to, y(stretch.failed), chart_bottom - y(stretch.failed), "failed", words);
      }
    }
    return bars +
           text(left_edge - 8, chart_top + 10, "end",
                fmt::format("{:.3g}/s", static_cast<double>(most_) / to_seconds(series.width()))) +
           text(left_edge - 8, chart_bottom, "end", "0");
  }

  [[nodiscard]] std::string incidents(double bottom) const {
    std::string bands;
    for (std::size_t i = 0; i < findings_.plan.incidents.size(); ++i) {
      const auto window = window_of(findings_.plan.incidents[i], findings_.trace.begin);
      if (window.end <= TimePoint{} || window.begin >= at(length_)) {
        continue;
      }
      const auto name = "incident " + incident_name(findings_, i);
      bands += box(x(window.begin), x(window.end), chart_top, bottom - chart_top, "incident", name);
      bands += text((x(window.begin) + x(window.end)) / 2, chart_top - 8, "middle", name);
    }
    return bands;
  }

  [[nodiscard]] std::string axis() const {
    std::string marks;
    for (std::size_t i = 0; i <= ticks; ++i) {
      const auto when =
          at(length_ / static_cast<Duration::rep>(ticks) * static_cast<Duration::rep>(i));
      const auto whole = time_text(findings_.trace, when);
      constexpr std::size_t clock_at = 11;
      constexpr std::size_t clock_length = 8;
      const auto shown = length_ > std::chrono::hours(48) ? whole.substr(5, 11)
                                                          : whole.substr(clock_at, clock_length);
      marks += fmt::format(
          "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>\n", x(when),
          chart_bottom, chart_bottom + 5);
      marks += text(x(when), chart_bottom + 20,
                    i == 0       ? "start"
                    : i == ticks ? "end"
                                 : "middle",
                    shown);
    }
    return marks;
  }

  [[nodiscard]] std::string lane(std::size_t setting) const {
    const auto& outcomes = findings_.outcomes[setting];
    const double top = chart_bottom + 34 + static_cast<double>(setting) * (lane_height + lane_gap);
    std::string boxes =
        text(left_edge - 8, top + lane_height - 8, "end", letter(setting) + " tripped") +
        fmt::format("<rect class=\"lane\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                    left_edge, top, right_edge - left_edge, lane_height);
    for (const auto& trip : outcomes.trips) {
      boxes += box(x(trip.begin), x(trip.end), top, lane_height,
                   trip.incident || findings_.plan.incidents.empty() ? "trip" : "trip false",
                   fmt::format("{}, {}: {}", time_text(findings_.trace, trip.begin),
                               length_text(trip), trip.cause));
    }
    return boxes;
  }

  const Findings& findings_;
  Duration length_;
  std::uint64_t most_ = 0;  // calls in one stretch
};

}  // namespace

std::string timeline_svg(const Findings& findings) { return Picture(findings).svg(); }

}  // namespace tripcurve::replay
