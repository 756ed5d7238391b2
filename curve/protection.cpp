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

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

}  // namespace

Result<Blip> parse_blip(std::string_view text, const Axis& axis) {
  const auto words = trim(text);
  const auto space = words.find_first_of(white_space);
  if (space == std::string_view::npos) {
    const auto example = axis.example();
    return Error{quoted(text) + " does not say how bad and how long a blip is",
                 "write '" + example.substr(example.find(',') + 1) + " 2s'"};
  }
  const auto lasts = parse_duration(trim(words.substr(space)));
  if (!lasts) {
    return lasts.error().in(quoted(text));
  }
  const auto severity = axis.parse(words.substr(0, space));
  return severity ? Result(Blip{*severity, *lasts}) : severity.error().in(quoted(text));
}

// While the calls of both kinds last, all that have come hold a worker; once the shorter ones end,
// only the longer ones hold more and more.
std::optional<Duration> exhausted_after(std::uint32_t workers, const Plan& plan, double severity) {
  const auto* open = std::get_if<load::OpenLoop>(&plan.world.loop);
  if (open == nullptr) {
    return std::nullopt;
  }
  const auto hit = plan.axis->hit(plan.world, severity);
  const auto other = std::min(plan.world.upstream.normal.latency.mean(), plan.world.timeout);
  const auto [shorter, longer] = std::minmax({to_seconds(hit.takes), to_seconds(other)});
  const double share_longer = hit.takes >= other ? hit.share : 1 - hit.share;
  const double needed = workers / load::highest_rate(*open).per_second;
  const double after = needed <= shorter ? needed : shorter + (needed - shorter) / share_longer;
  return after <= longer ? std::optional(Duration(static_cast<std::int64_t>(after * 1e9)))
                         : std::nullopt;
}

std::vector<Crossing> nuisance_trips(const std::vector<Curve>& curves, const Axis& axis,
                                     const std::vector<Blip>& blips) {
  std::vector<Crossing> crossings;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    for (const auto& [severity, lasts] : blips) {
      const auto& point = point_at(curves[i], severity);
      if (const auto share = point.share_open(lasts); share > tolerated) {
        crossings.push_back(
            {i, fmt::format("it trips at a blip that it should ride out: at {} it opens within {} "
                            "in {} of the runs",
                            axis.show(point.severity), format_duration(lasts), percent(share))});
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
                          plan.axis->show(late->severity), workers, show_duration(full),
                          percent(1 - late->share_open(full)))});
    }
  }
  return crossings;
}

}  // namespace tripcurve::curve
