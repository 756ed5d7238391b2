#include "live/frame.hpp"

#include <algorithm>
#include <utility>

#include "breaker/totals.hpp"
#include "core/ensure.hpp"

namespace tripcurve::live {
namespace {

constexpr Duration one_second = std::chrono::seconds(1);

}  // namespace

std::string Turn::text() const {
  return of > 1 ? "run " + std::to_string(run) + " of " + std::to_string(of) : "";
}

load::Counts Beside::total_at(TimePoint now) const {
  load::Counts total;
  for (auto point = points.begin(); point != points.end() && point->end <= now; ++point) {
    total += point->counts;
  }
  return total;
}

Panel::Stretch& Panel::Stretch::operator+=(const Stretch& later) {
  end = later.end;
  delta += later.delta;
  if (later.p50) {
    p50 = later.p50;
  }
  if (later.p99) {
    p99 = std::max(p99.value_or(Duration{}), *later.p99);
  }
  return *this;
}

Panel::Panel(Scene scene) : scene_(std::move(scene)), strips_(scene_.breakers.size()) {
  ENSURE(!strips_.empty());
  ENSURE(scene_.timetable.end() > TimePoint{});
  latest_.endpoints.resize(scene_.endpoints.size());
  ENSURE(scene_.initial_states.size() <= strips_.size());
  for (auto& strip : strips_) {
    strip.cells.resize(strip_cells);
  }
  for (std::size_t i = 0; i < scene_.initial_states.size(); ++i) {
    strips_[i].state = scene_.initial_states[i];
  }
}

void Panel::observe(const report::Tick& tick) {
  ENSURE(tick.breakers.size() == strips_.size());
  ENSURE(tick.endpoints.size() == scene_.endpoints.size());
  latest_ = tick;
  now_ = std::max(now_, tick.end);

  const Stretch stretch{tick.begin, tick.end, tick.counts, tick.p50, tick.p99};
  recent_.push_back(stretch);
  while (recent_.front().end <= tick.end - one_second || recent_.size() > recent_ticks) {
    recent_.pop_front();
  }
  const auto second_of = [](TimePoint when) { return when.time_since_epoch() / one_second; };
  if (trend_.empty() || second_of(trend_.back().begin) != second_of(tick.begin)) {
    trend_.push_back(stretch);
  } else {
    trend_.back() += stretch;
  }
  if (trend_.size() > trend_seconds) {
    trend_.pop_front();
  }

  for (std::size_t i = 0; i < strips_.size(); ++i) {
    auto& strip = strips_[i];
    mark(strip, tick.end);
    // The bank's log is limited and its transitions may be told late; the tick knows the state.
    if (strip.state != tick.breakers[i]) {
      strip.state = tick.breakers[i];
      strip.since = tick.end;
      mark(strip, tick.end);
    }
  }
}

void Panel::observe(const load::BreakerEvent& event) {
  ENSURE(event.breaker < strips_.size());
  const auto& [when, from, to, cause] = event.transition;
  auto& strip = strips_[event.breaker];
  now_ = std::max(now_, when);
  strip.state = from;
  mark(strip, when);
  strip.state = to;
  mark(strip, when);
  if (from != to) {
    strip.since = when;
  }
  if (breaker::opens(from, to)) {
    ++strip.opens;
  }
}

Panel::Twin Panel::twin() const {
  Twin twin;
  TimePoint begin{};
  for (const auto& point : scene_.beside->points) {
    if (point.end > now_) {
      break;
    }
    twin.total += point.counts;
    const Stretch stretch{begin, point.end, point.counts, point.p50, point.p99};
    if (twin.recent.end <= now_ - one_second) {
      twin.recent = stretch;  // at least one point, however long it is
    } else {
      twin.recent += stretch;
    }
    begin = point.end;
  }
  return twin;
}

std::size_t Panel::cell_at(TimePoint when) const {
  const double share =
      to_seconds(when.time_since_epoch()) / to_seconds(scene_.timetable.end().time_since_epoch());
  const auto cell = static_cast<std::size_t>(std::max(share, 0.0) * strip_cells);
  return std::min(cell, strip_cells - 1);
}

// Notes the present state in all cells since the last mark. An event that is told after a later
// tick marks its own cell.
void Panel::mark(Strip& strip, TimePoint until) const {
  const auto last = cell_at(until);
  for (auto i = std::min(cell_at(strip.marked_until), last); i <= last; ++i) {
    auto& cell = strip.cells[i];
    switch (strip.state) {
      case breaker::State::closed:
      case breaker::State::disabled:
        cell.closed = true;
        break;
      case breaker::State::open:
      case breaker::State::forced_open:
        cell.open = true;
        break;
      case breaker::State::half_open:
        cell.half_open = true;
        break;
    }
  }
  strip.marked_until = until;
}

}  // namespace tripcurve::live
