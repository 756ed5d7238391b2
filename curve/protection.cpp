#include "curve/protection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/units.hpp"
#include "load/rate_curve.hpp"

namespace tripcurve::curve {
namespace {

constexpr double tolerated = 0.05;  // of the runs

const Point& point_at(const Curve& curve, double severity) {
  const auto found = std::ranges::find_if(
      curve.points, [&](const Point& point) { return point.severity >= severity * (1 - 1e-9); });
  return found == curve.points.end() ? curve.points.back() : *found;
}

// How long a call holds its worker at that severity.
Duration held_for(const Plan& plan, double severity) {
  const auto latency = plan.axis == Axis::latency
                           ? Duration(static_cast<std::int64_t>(severity * 1e9))
                           : plan.world.upstream.normal.latency.mean();
  return std::min(latency, plan.world.timeout);
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

}  // namespace

Result<Blip> parse_blip(std::string_view text, Axis axis) {
  const auto words = trim(text);
  const auto space = words.find_first_of(white_space);
  const Error forms{quoted(text) + " does not say how bad and how long a blip is",
                    axis == Axis::errors ? "write '30% 2s'" : "write '800ms 2s'"};
  if (space == std::string_view::npos) {
    return forms;
  }
  const auto lasts = parse_duration(trim(words.substr(space)));
  if (!lasts) {
    return lasts.error().in(quoted(text));
  }
  const auto first = words.substr(0, space);
  if (axis == Axis::errors) {
    const auto share = parse_share(first);
    return share ? Result(Blip{share->value, *lasts}) : share.error().in(quoted(text));
  }
  const auto latency = parse_duration(first);
  return latency ? Result(Blip{to_seconds(*latency), *lasts}) : latency.error().in(quoted(text));
}

std::optional<Duration> exhausted_after(std::uint32_t workers, const Plan& plan, double severity) {
  const auto* open = std::get_if<load::OpenLoop>(&plan.world.loop);
  if (open == nullptr) {
    return std::nullopt;
  }
  const double after = workers / load::highest_rate(*open).per_second;
  return to_seconds(held_for(plan, severity)) >= after
             ? std::optional(Duration(static_cast<std::int64_t>(after * 1e9)))
             : std::nullopt;
}

std::vector<Crossing> nuisance_trips(const std::vector<Curve>& curves, Axis axis,
                                     const std::vector<Blip>& blips) {
  std::vector<Crossing> crossings;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    for (const auto& [severity, lasts] : blips) {
      const auto& point = point_at(curves[i], severity);
      if (const auto share = point.share_open(lasts); share > tolerated) {
        crossings.push_back(
            {i, fmt::format("it trips at a blip that it should ride out: at {} it opens within {} "
                            "in {} of the runs",
                            severity_text(axis, point.severity), format_duration(lasts),
                            percent(share))});
      }
    }
  }
  return crossings;
}

std::vector<Crossing> late_trips(const std::vector<Curve>& curves, const Plan& plan,
                                 std::uint32_t workers) {
  std::vector<Crossing> crossings;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto late = std::ranges::find_if(curves[i].points, [&](const Point& point) {
      const auto full = exhausted_after(workers, plan, point.severity);
      return full && point.judged() > 0 && point.share_open(*full) < 1 - tolerated;
    });
    if (late != curves[i].points.end()) {
      const auto full = *exhausted_after(workers, plan, late->severity);
      crossings.push_back(
          {i, fmt::format("it opens too late: from {} on, all {} workers are busy after {}, and it "
                          "is still closed then in {} of the runs",
                          severity_text(plan.axis, late->severity), workers, show_duration(full),
                          percent(1 - late->share_open(full)))});
    }
  }
  return crossings;
}

}  // namespace tripcurve::curve
