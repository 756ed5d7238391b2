#include "replay/replay.hpp"

#include <algorithm>
#include <utility>

#include "client/config.hpp"
#include "core/ensure.hpp"
#include "sim/playback.hpp"

namespace tripcurve::replay {
namespace {

// Later than any trace ends.
constexpr TimePoint long_after = TimePoint::max() - Duration(1);

std::vector<load::Endpoint> places(std::uint32_t count) {
  std::vector<load::Endpoint> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    all.push_back({.path = "/" + std::to_string(i)});
  }
  return all;
}

client::Policies client_of(const Setting& setting, std::optional<Duration> timeout) {
  client::Policies policies{client::breaker_of(setting.breaker, setting.counts)};
  if (timeout) {
    policies.emplace_back(client::TimeoutConfig{.after = *timeout});
  }
  return policies;
}

load::LoadPlan load_of(const Plan& plan, const Setting& setting,
                       const std::vector<load::Endpoint>& breakers) {
  load::LoadPlan load{.timetable = Timetable({{"trace", {}, long_after, false}}), .loop = {}};
  load.client = client_of(setting, plan.timeout);
  load.endpoints = breakers;
  load.caller = plan.caller;
  load.breaker_counts = setting.counts;
  load.random = Random(plan.seed);
  return load;
}

}  // namespace

// One setting and what it comes to.
class Replay::Player {
 public:
  Player(const Replay& replay, const Setting& setting, const std::vector<load::Endpoint>& breakers)
      : replay_(replay),
        bank_(setting.breaker, load::BreakerScope::endpoint, breakers, Random(replay.plan_.seed)),
        playback_(load_of(replay.plan_, setting, breakers), bank_,
                  [this](const sim::RecordedCall& call) { note_rejected(call); }) {
    outcomes_.setting = setting;
  }

  void play(std::span<const sim::RecordedCall> calls) { playback_.play(calls); }

  Outcomes finish(TimePoint trace_end);

 private:
  void note_rejected(const sim::RecordedCall& call);
  void note_trips(TimePoint trace_end);
  void note_chances();

  const Replay& replay_;
  load::BreakerBank bank_;
  sim::Playback playback_;
  Outcomes outcomes_{};
  Series hours_{std::chrono::hours(1)};
};

void Replay::Player::note_rejected(const sim::RecordedCall& call) {
  const Stretch one{.rejected = 1, .rejected_failed = replay_.has_failed(call) ? 1U : 0U};
  outcomes_.total += one;
  if (!replay_.in_incident(call.due)) {
    outcomes_.outside += one;
  }
  outcomes_.spared += std::min(call.latency, replay_.plan_.timeout.value_or(call.latency));
  outcomes_.timeline.at(call.due) += one;
  hours_.at(call.due) += one;
}

void Replay::Player::note_trips(TimePoint trace_end) {
  outcomes_.trips = trips_of(bank_.events_since(0));
  outcomes_.is_complete = bank_.transition_count() <= load::BreakerBank::log_limit;
  assign(outcomes_.trips, replay_.windows_);
  for (const auto& window : replay_.windows_) {
    outcomes_.responses.push_back(response_to(window, outcomes_.trips, trace_end));
  }
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    const auto totals = bank_.totals(i);
    outcomes_.trip_count += totals.trips();
    outcomes_.reopened += totals.opens() - totals.trips();
    outcomes_.open += totals.time_in(breaker::State::open, std::max(trace_end, totals.since()));
  }
}

// As far as chance alone could move the numbers.
void Replay::Player::note_chances() {
  const auto& calls = replay_.hours_.stretches();
  const auto length = replay_.length_;
  std::vector<Block> hours(calls.size());
  for (std::size_t i = 0; i < hours.size(); ++i) {
    hours[i].counts = calls[i];
    if (i < hours_.stretches().size()) {
      hours[i].counts += hours_.stretches()[i];
    }
    const auto begin = hours_.width() * static_cast<Duration::rep>(i);
    hours[i].length = std::min(hours_.width(), length - begin);
  }
  for (const auto& trip : outcomes_.trips) {
    const auto hour = static_cast<std::size_t>(trip.begin.time_since_epoch() / hours_.width());
    auto& block = hours[std::min(hour, hours.size() - 1)];
    ++block.trips;
    block.false_trips += trip.incident ? 0U : 1U;
  }
  outcomes_.sum = join(hours, hours_.width() * static_cast<Duration::rep>(hours.size())).front();
  const auto width = block_length(length);
  if (!width || !outcomes_.is_complete) {
    return;
  }
  const auto blocks = join(hours, *width);
  const auto draws = Random(replay_.plan_.seed).fork("replay/bootstrap");
  outcomes_.trips_per_month = bootstrap(blocks, draws, trips_per_month);
  outcomes_.false_trips_per_month = bootstrap(blocks, draws, false_trips_per_month);
  outcomes_.precision = bootstrap(blocks, draws, precision);
  outcomes_.recall = bootstrap(blocks, draws, recall);
}

Outcomes Replay::Player::finish(TimePoint trace_end) {
  playback_.end();
  const auto calls = [](Stretch to, const Stretch& from) {
    to.calls = from.calls;
    to.failed = from.failed;
    return to;
  };
  outcomes_.total = calls(outcomes_.total, replay_.total_);
  outcomes_.outside = calls(outcomes_.outside, replay_.outside_);
  outcomes_.timeline.reach(trace_end);
  note_trips(trace_end);
  note_chances();
  return std::move(outcomes_);
}

Replay::Replay(Plan plan, std::uint32_t most_breakers) : plan_(std::move(plan)) {
  const auto breakers = places(most_breakers);
  for (const auto& setting : plan_.settings) {
    players_.push_back(std::make_unique<Player>(*this, setting, breakers));
  }
}

Replay::~Replay() = default;

void Replay::begin(EpochTime trace) {
  for (const auto& incident : plan_.incidents) {
    windows_.push_back(window_of(incident, trace));
  }
}

bool Replay::has_failed(const sim::RecordedCall& call) const {
  return (plan_.timeout && call.latency >= *plan_.timeout) ||
         plan_.caller.of(call.end) == Outcome::failure;
}

bool Replay::in_incident(TimePoint when) const {
  return std::ranges::any_of(
      windows_, [&](const Window& window) { return window.begin <= when && when < window.end; });
}

void Replay::play(std::span<const sim::RecordedCall> calls) {
  for (const auto& call : calls) {
    const Stretch one{.calls = 1, .failed = has_failed(call) ? 1U : 0U};
    total_ += one;
    if (!in_incident(call.due)) {
      outside_ += one;
    }
    timeline_.at(call.due) += one;
    hours_.at(call.due) += one;
  }
  for (const auto& player : players_) {
    player->play(calls);
  }
}

Findings Replay::finish(TraceFacts trace, std::vector<std::string> breakers) {
  const auto end = at(trace.length());
  length_ = trace.length();
  Findings findings{.trace = std::move(trace),
                    .plan = plan_,
                    .breakers = std::move(breakers),
                    .outcomes = {},
                    .timeline = timeline_};
  for (const auto& player : players_) {
    findings.outcomes.push_back(player->finish(end));
  }
  return findings;
}

}  // namespace tripcurve::replay
