// A run so far, in the shape of its report (docs/json.md): what a page that opens in the middle of
// a run is told first. Takes and gives values, bounded in memory however long the run is.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "live/display.hpp"
#include "load/breaker_bank.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"

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

 private:
  static constexpr std::size_t most_points = 2400;

  void compact();

  live::Scene scene_;
  report::Series series_;
  std::vector<load::Counts> endpoints_;
  std::string services_ = "[]";                                   // as JSON
  std::vector<std::string> transitions_, notes_, interventions_;  // as JSON
  std::uint64_t edition_ = 0;
};

}  // namespace tripcurve::serve
