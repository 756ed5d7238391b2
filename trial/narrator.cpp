#include "trial/narrator.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "report/formats.hpp"

namespace tripcurve::trial {
namespace {

constexpr Duration second = std::chrono::seconds(1);

// The first multiple of `step` after `now`.
TimePoint next_multiple(TimePoint now, Duration step) {
  return at((now.time_since_epoch() / step + 1) * step);
}

// How long one point of the series lasts: a round time of which the run has at most 300, and at
// least the tenth of a second in which a snapshot is worth its cost.
Duration point_interval(Duration run) {
  using namespace std::chrono_literals;
  for (const Duration step :
       {Duration(100ms), Duration(200ms), Duration(500ms), Duration(1s), Duration(2s), Duration(5s),
        Duration(10s), Duration(30s), Duration(1min), Duration(2min), Duration(5min),
        Duration(10min), Duration(30min), Duration(1h), Duration(2h), Duration(6h)}) {
    if (run / step <= 300) {
      return step;
    }
  }
  return 48h;  // the longest run takes 10000h
}

}  // namespace

Narrator::Narrator(const Timetable& timetable, const load::BreakerBank& bank, const ByHand& by_hand,
                   const std::vector<live::Display*>& displays, const EventSink& events)
    : timetable_(timetable),
      bank_(bank),
      by_hand_(by_hand),
      events_(events),
      next_second_(events ? at(second) : never) {
  for (auto* display : displays) {
    const auto interval = display->interval();
    screens_.push_back({display, {}, interval == Duration::max() ? never : at(interval)});
  }
  series_.interval = point_interval(timetable.end().time_since_epoch());
  next_point_ = at(series_.interval);
}

void Narrator::begin(const live::Scene& scene, const report::RunFacts& facts) {
  topology_ = &scene.topology;
  for (const auto& screen : screens_) {
    screen.display->start(scene);
  }
  write(report::start_line(facts));
}

void Narrator::tell(TimePoint now) {
  const auto events = bank_.events_since(next_event_);
  next_event_ += events.size();
  for (const auto& event : events) {
    tell_until(event.transition.at);
    for (const auto& screen : screens_) {
      screen.display->transition(event);
    }
    write(report::transition_line(event, bank_.name(event.breaker), timetable_));
  }
  tell_until(now);
}

void Narrator::note(const std::string& line) {
  for (const auto& screen : screens_) {
    screen.display->note(line);
  }
}

TimePoint Narrator::next_tick() const {
  auto next = std::min(next_second_, next_point_);
  for (const auto& screen : screens_) {
    next = std::min(next, screen.next_frame);
  }
  return next;
}

void Narrator::tick(const load::Snapshot& snapshot, std::optional<std::uint64_t> upstream_requests,
                    const std::vector<topology::ServiceNow>& services) {
  for (auto& [display, by_frame, next_frame] : screens_) {
    if (next_frame <= snapshot.at) {
      auto tick = by_frame.advance(snapshot, bank_, upstream_requests);
      tick.services = services;
      display->tick(tick);
      next_frame = next_multiple(snapshot.at, display->interval());
    }
  }
  if (next_second_ <= snapshot.at) {
    auto tick = by_second_.advance(snapshot, bank_, upstream_requests);
    tick.services = services;
    write(report::second_line(tick, *topology_));
    next_second_ = next_multiple(snapshot.at, second);
  }
  if (next_point_ <= snapshot.at) {
    add_point(by_point_.advance(snapshot, bank_, upstream_requests));
    next_point_ = next_multiple(snapshot.at, series_.interval);
  }
}

void Narrator::finish(const load::Snapshot& last, std::optional<std::uint64_t> upstream_requests) {
  tell(last.at);
  for (const auto& screen : screens_) {
    screen.display->finish();
  }
  if (events_) {  // the last, shorter one; of no length, what ended as the last one did
    const auto tick = by_second_.advance(last, bank_, upstream_requests);
    if (tick.begin < tick.end || tick.counts != load::Counts{}) {
      write(report::second_line(tick));
    }
  }
  const auto tick = by_point_.advance(last, bank_, upstream_requests);
  if (series_.points.empty() || series_.points.back().end < last.at) {
    add_point(tick);
  } else {  // what ended in the very moment of the last point
    auto& point = series_.points.back();
    point.counts += tick.counts;
    point.in_flight = tick.in_flight;
    if (point.upstream_requests && tick.upstream_requests) {
      *point.upstream_requests += *tick.upstream_requests;
    }
  }
}

void Narrator::end(const report::Summary& summary) { write(report::end_line(summary)); }

void Narrator::add_point(report::Tick tick) {
  series_.points.push_back(tick);
  if (keeps_responses_) {
    responses_.push_back(std::move(tick.responses));
  }
}

void Narrator::tell_until(TimePoint until) {
  for (const auto& intervention : by_hand_.since(next_intervention_)) {
    if (intervention.at > until) {
      break;
    }
    ++next_intervention_;
    tell_phases(intervention.at);
    for (const auto& screen : screens_) {
      screen.display->intervention(intervention);
    }
    write(report::intervention_line(intervention));
  }
  tell_phases(until);
}

void Narrator::tell_phases(TimePoint until) {
  const auto& phases = timetable_.phases();
  for (; next_phase_ < phases.size() && phases[next_phase_].begin <= until; ++next_phase_) {
    for (const auto& screen : screens_) {
      screen.display->phase_began(phases[next_phase_]);
    }
    write(report::phase_line(phases[next_phase_]));
  }
}

void Narrator::write(const std::string& line) {
  if (events_) {
    events_(line);
  }
}

}  // namespace tripcurve::trial
