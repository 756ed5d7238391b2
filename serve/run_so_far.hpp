// A run so far, in the shape of its report (docs/json.md): what a page that opens in the middle of
// a run is told first. Takes and gives values, bounded in memory however long the run is.
//
// Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/display.hpp"
#include "load/breaker_bank.hpp"
#include "report/progress.hpp"

namespace tripcurve::serve {

class RunSoFar {
 public:
  explicit RunSoFar(live::Scene scene) : scene_(std::move(scene)) {}

  // Each returns what it added, as one JSON object without line ends: a page that was told the
  // run so far before adds it to its own.
  std::string tick(const report::Tick& tick);
  std::string transition(const load::BreakerEvent& event);
  std::string note(const std::string& text);
  std::string intervention(const report::Intervention& intervention);

  // All of it, as one JSON object without line ends.
  [[nodiscard]] std::string text() const;

  // Counts up when ticks were put together, so that pages must be told anew.
  [[nodiscard]] std::uint64_t edition() const { return edition_; }

  // The columns of the series, which are the fields of a tick.
  static constexpr std::array<std::string_view, 11> columns{
      "t_ms",    "calls",     "sent",   "ok",     "failed",           "fail_fast",
      "dropped", "in_flight", "p50_ms", "p99_ms", "upstream_requests"};

 private:
  static constexpr std::size_t most_points = 2400;

  struct Point {
    TimePoint end;
    load::Counts delta;
    std::uint64_t in_flight = 0;
    std::optional<Duration> p50, p99;
    std::optional<std::uint64_t> upstream_requests;

    // A percentile of both cannot be known: the latest p50 and the worst p99 are kept.
    Point& operator+=(const Point& later);
  };
  void compact();

  live::Scene scene_;
  std::vector<Point> points_;
  std::vector<load::Counts> endpoints_;
  std::vector<std::string> transitions_, notes_, interventions_;  // as JSON
  std::uint64_t edition_ = 0;
};

}  // namespace tripcurve::serve
