#include "curve/words.hpp"

#include <fmt/format.h>

#include "core/units.hpp"
#include "curve/closed_form.hpp"
#include "forecast/words.hpp"

namespace tripcurve::curve {
namespace {

std::string time_text(const std::optional<Duration>& time, const Point& point) {
  return time ? show_duration(*time) : point.judged() == 0 ? "-" : "never";
}

}  // namespace

std::string heading(const Plan& plan) {
  return fmt::format("Time to open over {}, {} runs a point, seed {}", plan.axis->heading(),
                     plan.runs, plan.world.seed);
}

std::vector<std::vector<std::string>> table(const Plan& plan, const Curve& curve) {
  std::vector<std::vector<std::string>> rows{
      {plan.axis->column(), "p5", "p50", "p95", "opened", "theory (mean)"}};
  for (const auto& point : curve.points) {
    const auto form = closed_form(plan, curve.breaker, point.severity);
    rows.push_back({plan.axis->show(point.severity), time_text(point.quantile(0.05), point),
                    time_text(point.quantile(0.5), point), time_text(point.quantile(0.95), point),
                    fmt::format("{}/{}", point.opened.size(), point.judged()),
                    form ? show_duration(*form) : "-"});
  }
  return rows;
}

std::string early_runs(const Plan& plan, const Curve& curve) {
  std::uint32_t early = 0;
  for (const auto& point : curve.points) {
    early += point.early;
  }
  return early == 0 ? std::string()
                    : fmt::format(
                          "In {} of {} runs it opened before the fault began; they are "
                          "left out.",
                          early, plan.runs * curve.points.size());
}

std::string everyday_trips(const Curve& curve) {
  return curve.false_trips
             ? "While all is well, trips in 30 days: " + forecast::words(*curve.false_trips) + "."
             : std::string();
}

std::string verdict(const Limits& limits, const std::vector<Crossing>& crossings) {
  if (!limits.workers && limits.blips.empty()) {
    return "";
  }
  return crossings.empty() ? "Every curve lies between its limits."
                           : "Not every curve lies between its limits.";
}

}  // namespace tripcurve::curve
