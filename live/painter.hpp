// The parts of the panel and what they are drawn with. Not for other folders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/frame.hpp"
#include "live/line.hpp"

namespace tripcurve::live {

using Lines = std::vector<std::string>;
using Heights = std::vector<std::optional<double>>;  // 0 to 1, by second; nothing when not known

inline constexpr int margin = 1;

// From these widths on there is room for ...
inline constexpr int width_of_axis = 34;  // the time axis beside the state
inline constexpr int width_of_state_details =
    62;  // how long the state lasts and how often it opened
inline constexpr int width_of_measures_beside = 72;  // rates and response times beside the calls
inline constexpr int width_of_endpoints = 68;        // the table by endpoint
inline constexpr int width_of_services = 60;         // the table by service

inline constexpr std::size_t most_strips = 8;
inline constexpr int measures_begin = 39;

struct Panel::Painter {
  Painter(const Panel& observed, int width, const Style& how);

  [[nodiscard]] Lines paint(std::size_t rows) const;

 private:
  [[nodiscard]] Line line() const { return {width_, style_}; }
  [[nodiscard]] std::string_view glyph(std::string_view unicode, std::string_view ascii) const {
    return style_.unicode ? unicode : ascii;
  }

  // A row over time: a label, the axis from the run's begin to its end, and what is now.
  [[nodiscard]] bool has_axis() const { return axis_ > 0; }
  [[nodiscard]] int axis_begin() const { return margin + label_ + 1; }
  [[nodiscard]] int now_begin() const { return has_axis() ? axis_begin() + axis_ + 2 : margin; }
  [[nodiscard]] TimePoint time_at(int cell) const;
  [[nodiscard]] int cell_at(TimePoint when) const;
  void put_details(Line& line, std::string_view lasting, std::string_view opened, Ink ink) const;

  [[nodiscard]] std::string title() const;
  [[nodiscard]] std::string phase_names() const;
  [[nodiscard]] std::string phase_bar() const;
  [[nodiscard]] Lines strips(std::size_t rows) const;
  [[nodiscard]] std::string strip(std::size_t breaker) const;
  [[nodiscard]] Look look_of_cells(int axis_cell, const std::vector<Cell>& cells) const;
  [[nodiscard]] std::string other_states(std::size_t first) const;

  [[nodiscard]] Lines services(std::size_t rows) const;
  void put_pool(Line& line, double share, int begin, int end) const;

  [[nodiscard]] Lines numbers(std::size_t rows) const;
  [[nodiscard]] std::string numbers_in_short() const;
  [[nodiscard]] bool tries_again() const;
  [[nodiscard]] std::vector<Line> calls() const;
  void put_measures(std::vector<Line>& lines, std::size_t first, int begin) const;
  [[nodiscard]] std::size_t measures() const;
  [[nodiscard]] Heights rates(std::uint64_t load::Counts::* count) const;
  [[nodiscard]] Heights responses(std::optional<Duration> Stretch::* percentile) const;
  void put_trend(Line& line, const Heights& heights) const;

  [[nodiscard]] Lines endpoints(std::size_t rows) const;
  [[nodiscard]] breaker::State state_of_endpoint(std::size_t endpoint) const;

  const Panel& panel_;
  Style style_;
  int width_;
  int label_ = 0;
  int axis_ = 0;
  Stretch recent_;  // the last second
};

}  // namespace tripcurve::live
