#include "cli/narrator.hpp"

namespace tripcurve::cli {
namespace {

constexpr Duration second = std::chrono::seconds(1);

// The first multiple of `step` after `now`.
TimePoint next_multiple(TimePoint now, Duration step) {
  return at((now.time_since_epoch() / step + 1) * step);
}

}  // namespace

Narrator::Narrator(const Timetable& timetable, const load::BreakerBank& bank,
                   live::Display& display, OutputFile* events)
    : timetable_(timetable),
      bank_(bank),
      display_(display),
      events_(events),
      next_second_(events == nullptr ? never : at(second)),
      next_frame_(display.interval() == Duration::max() ? never : at(display.interval())) {}

void Narrator::begin(const live::Scene& scene, const report::RunFacts& facts) {
  display_.start(scene);
  write(report::start_line(facts));
}

void Narrator::tell(TimePoint now) {
  const auto events = bank_.events_since(next_event_);
  next_event_ += events.size();
  for (const auto& event : events) {
    tell_phases(event.transition.at);
    display_.transition(event);
    write(report::transition_line(event, bank_.name(event.breaker), timetable_));
  }
  tell_phases(now);
}

void Narrator::tick(const load::Snapshot& snapshot) {
  if (next_frame_ <= snapshot.at) {
    display_.tick(by_frame_.advance(snapshot, bank_));
    next_frame_ = next_multiple(snapshot.at, display_.interval());
  }
  if (next_second_ <= snapshot.at) {
    write(report::second_line(by_second_.advance(snapshot, bank_)));
    next_second_ = next_multiple(snapshot.at, second);
  }
}

void Narrator::end(const report::Summary& summary, const load::Tally& tally) {
  const auto& facts = summary.facts;
  tell(facts.ended_at);
  display_.finish();
  if (next_second_ != never && next_second_ - second < facts.ended_at) {  // the last, shorter one
    write(report::second_line(
        by_second_.advance({facts.ended_at, tally.endpoints, tally.response, 0}, bank_)));
  }
  write(report::end_line(summary));
}

void Narrator::tell_phases(TimePoint until) {
  const auto& phases = timetable_.phases();
  for (; next_phase_ < phases.size() && phases[next_phase_].begin <= until; ++next_phase_) {
    display_.phase_began(phases[next_phase_]);
    write(report::phase_line(phases[next_phase_]));
  }
}

void Narrator::write(const std::string& line) {
  if (events_ != nullptr) {
    events_->write(line);
  }
}

}  // namespace tripcurve::cli
