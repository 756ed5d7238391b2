#include "trial/conductor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "trial/conclusion.hpp"

namespace tripcurve::trial {
namespace {

std::vector<std::string> names(const load::BreakerBank& bank) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    all.push_back(bank.name(i));
  }
  return all;
}

std::vector<breaker::State> initial_states(const load::BreakerBank& bank) {
  std::vector<breaker::State> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    all.push_back(bank.totals(i).initial());
  }
  return all;
}

std::optional<live::Beside> beside(const experiment::Experiment& experiment,
                                   const std::optional<report::Summary>& twin) {
  if (!twin) {
    return std::nullopt;
  }
  return live::Beside{experiment.versus->breaker ? "without" : experiment.versus->text(),
                      twin->facts.series.points};
}

live::Scene scene_of(const experiment::Experiment& experiment, const Parts& parts,
                     const live::Turn& turn, const std::optional<report::Summary>& twin) {
  return {.title = experiment.name,
          .load = load_words(experiment),
          .target = {},
          .seed = experiment.seed,
          .timetable = parts.load.timetable,
          .endpoints = load::names(experiment.endpoints),
          .breakers = names(parts.bank),
          .instances = experiment.instances,
          .initial_states = initial_states(parts.bank),
          .dialect = dialect_of(experiment),
          .turn = turn,
          .topology = experiment.topology,
          .beside = beside(experiment, twin)};
}

// How many requests have come in, as the narrator is told.
std::optional<std::uint64_t> upstream_requests(const std::optional<faults::Ledger>& ledger) {
  return ledger ? std::optional(arrivals(*ledger)) : std::nullopt;
}

}  // namespace

std::uint64_t arrivals(const faults::Ledger& ledger) {
  std::uint64_t sum = 0;
  for (const auto& phase : ledger.phases()) {
    sum += phase.requests;
  }
  return sum;
}

Conductor::Conductor(const char* command, const experiment::Experiment& experiment, Parts& parts,
                     const Origin& origin, const Judging& judging, const Audience& audience,
                     const live::Turn& turn, const std::optional<report::Summary>& twin)
    : experiment_(experiment),
      parts_(parts),
      audience_(audience),
      facts_(facts_of(command, experiment, parts, origin)),
      scene_(scene_of(experiment, parts, turn, twin)),
      narrator_(facts_.timetable, parts.bank, parts.by_hand, audience.displays, audience.events),
      guard_(experiment, judging.abort_on) {}

void Conductor::only_measure() {
  guard_.stand_down();
  narrator_.keep_responses();
}

void Conductor::begin(const Place& place) {
  const bool is_virtual = place.authority.empty();
  facts_.target = place.origin;
  facts_.host = place.host;
  scene_.target = is_virtual ? "virtual time" : place.authority;
  narrator_.begin(scene_, facts_);
}

TimePoint Conductor::next_look() const {
  return std::min(narrator_.next_tick(), guard_.next_look());
}

bool Conductor::wait(Duration longest) {
  if (!audience_.wait_for_signal) {
    return false;
  }
  if (const auto signal = audience_.wait_for_signal(longest); signal && !stopped()) {
    stop(*signal == SIGTERM ? report::Ending::terminated : report::Ending::interrupted, {});
  }
  return true;
}

bool Conductor::look(TimePoint now, Counters& counters) {
  if (parts_.watch && !stopped()) {
    look_after_service(now);
  }
  narrator_.tell(now);
  if (const auto due = narrator_.next_tick(); due <= now) {
    narrator_.tick(counters.snapshot(due, false), upstream_requests(counters.ledger()),
                   counters.services());
  }
  if (guard_.next_look() <= now && !stopped()) {
    guard(now, counters);
  }
  return !stopped();
}

void Conductor::look_after_service(TimePoint now) {
  auto reasons = parts_.watch->unfit(now);
  if (auto gone = audience_.service_gone ? audience_.service_gone() : std::nullopt) {
    reasons = {*std::move(gone)};
  }
  if (!reasons.empty()) {
    stop(report::Ending::unhealthy, std::move(reasons));
  }
  parts_.watch->look(now, parts_.bank);
  for (const auto& line : parts_.watch->news()) {
    narrator_.note(line);
  }
}

void Conductor::guard(TimePoint now, Counters& counters) {
  const auto snapshot = counters.snapshot(guard_.next_look(), true);
  if (!snapshot.tally) {
    return;  // over meanwhile
  }
  auto so_far = facts_;
  so_far.ending = report::Ending::running;
  so_far.ended_at = now;
  Measurement measured{.tally = *snapshot.tally, .ledger = counters.ledger()};
  note_breakers(measured, parts_.bank);
  const auto sum = [&](TimePoint until) { return sum_up(so_far, parts_, measured, until); };
  if (auto halt = guard_.look(sum, now)) {
    stop(halt->ending, std::move(halt->reasons));
  }
}

void Conductor::stop(report::Ending ending, std::vector<std::string> reasons) {
  facts_.ending = ending;
  facts_.stopped_because = std::move(reasons);
}

Measurement Conductor::measured(Counted counted) {
  if (parts_.watch) {
    parts_.watch->last_look(counted.ended_at, parts_.bank);
  }
  narrator_.finish({counted.ended_at, counted.tally.endpoints(), counted.tally.response(), 0, {}},
                   upstream_requests(counted.ledger));
  Measurement measurement{.tally = std::move(counted.tally),
                          .ledger = std::move(counted.ledger),
                          .ended_at = counted.ended_at,
                          .services = std::move(counted.services),
                          .series = narrator_.series(),
                          .responses = narrator_.responses(),
                          .interventions = parts_.by_hand.since(0),
                          .ending = facts_.ending,
                          .stopped_because = facts_.stopped_because,
                          .target = facts_.target,
                          .host = facts_.host};
  note_breakers(measurement, parts_.bank);
  return measurement;
}

report::Summary Conductor::end(Counted counted, Twins twins) {
  auto measurement = measured(std::move(counted));
  auto summary =
      conclude(experiment_, parts_, guard_, facts_, std::move(measurement), std::move(twins));
  narrator_.end(summary);
  return summary;
}

}  // namespace tripcurve::trial
