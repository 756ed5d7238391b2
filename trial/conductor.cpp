#include "trial/conductor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "expect/judge.hpp"
#include "experiment/facts.hpp"
#include "experiment/write.hpp"
#include "load/rate_curve.hpp"
#include "load/worker_curve.hpp"
#include "report/verdict.hpp"

namespace tripcurve::trial {
namespace {

std::string load_words(const experiment::Experiment& experiment) {
  if (const auto* open = std::get_if<load::OpenLoop>(&experiment.loop)) {
    const auto rate = open->stages.empty()
                          ? format_rate(open->rate)
                          : std::to_string(open->stages.size()) + " stages up to " +
                                format_rate(load::highest_rate(*open));
    return rate + (open->arrival == load::Arrival::poisson ? " poisson" : " constant");
  }
  const auto& closed = std::get<load::ClosedLoop>(experiment.loop);
  const auto workers = count_of(load::peak_workers(closed), "worker");
  return closed.stages.empty() ? workers
                               : count_of(closed.stages.size(), "stage") + " up to " + workers;
}

std::vector<std::string> names(const load::BreakerBank& bank) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    all.push_back(bank.name(i));
  }
  return all;
}

std::vector<report::BreakerFacts> breaker_facts(const Parts& parts) {
  return experiment::breaker_facts(parts.bank, parts.load.endpoints, parts.faults);
}

std::vector<breaker::State> initial_states(const load::BreakerBank& bank) {
  std::vector<breaker::State> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    all.push_back(bank.totals(i).initial());
  }
  return all;
}

// The breaker's dialect and all its settings, those left at their default included.
using Settings = std::vector<std::pair<std::string, std::string>>;
Settings settings_of(const breaker::Choice& choice) {
  Settings all{{"dialect", std::string(choice.dialect().name)}};
  for (const auto& setting : choice.settings()) {
    if (!setting.value.empty()) {
      all.emplace_back(setting.key, setting.value);
    }
  }
  return all;
}

// Nobody knows what breaker a service has.
std::string dialect_of(const experiment::Experiment& experiment) {
  return experiment.through ? "the one of " + experiment.through->url : experiment.breaker.text();
}

report::RunFacts facts_of(const char* command, const experiment::Experiment& experiment,
                          const Parts& parts, const Origin& origin) {
  return {.command = command,
          .name = experiment.name,
          .description = experiment.description,
          .tool_version = origin.tool_version,
          .seed = experiment.seed,
          .experiment_json = experiment::write_experiment(experiment),
          .host = {},
          .target = {},
          .timetable = parts.load.timetable,
          .breakers = breaker_facts(parts),
          .dialect = dialect_of(experiment),
          .policies = experiment.policies.empty() ? std::vector<std::string>{}
                                                  : client::texts_of(experiment.policies),
          .breaker_settings = experiment.through ? Settings{} : settings_of(experiment.breaker),
          .events = {},
          .transition_count = 0,
          .upstream = {},
          .ending = report::Ending::completed,
          .ended_at = {},
          .timeout = experiment.timeout,
          .load_words = load_words(experiment),
          .reproduce = origin.reproduce ? origin.reproduce(experiment) : "",
          .warnings = origin.warnings,
          .notes = origin.notes,
          .false_trips = origin.false_trips};
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

std::vector<report::UpstreamCounts> counts_of(const std::optional<faults::Ledger>& ledger) {
  return ledger ? experiment::upstream_counts(*ledger) : std::vector<report::UpstreamCounts>{};
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
    if (auto reasons = parts_.watch->unfit(now); !reasons.empty()) {
      stop(report::Ending::unhealthy, std::move(reasons));
    }
    parts_.watch->look(now, parts_.bank);
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

void Conductor::guard(TimePoint now, Counters& counters) {
  const auto snapshot = counters.snapshot(guard_.next_look(), true);
  if (!snapshot.tally) {
    return;  // over meanwhile
  }
  auto so_far = facts_;
  so_far.ending = report::Ending::running;
  so_far.ended_at = now;
  const auto ledger = counters.ledger();
  const auto sum = [&](TimePoint until) { return sum_up(so_far, *snapshot.tally, ledger, until); };
  if (auto halt = guard_.look(sum, now)) {
    stop(halt->ending, std::move(halt->reasons));
  }
}

void Conductor::stop(report::Ending ending, std::vector<std::string> reasons) {
  facts_.ending = ending;
  facts_.stopped_because = std::move(reasons);
}

report::Summary Conductor::end(Counted counted, std::optional<report::Versus> versus) {
  facts_.ended_at = counted.ended_at;
  if (parts_.watch) {
    parts_.watch->last_look(counted.ended_at, parts_.bank);
  }
  facts_.interventions = parts_.by_hand.since(0);
  narrator_.finish({counted.ended_at, counted.tally.endpoints(), counted.tally.response(), 0, {}},
                   upstream_requests(counted.ledger));
  facts_.series = narrator_.series();

  const auto sum = [&](TimePoint until) {
    return sum_up(facts_, counted.tally, counted.ledger, until);
  };
  const auto baseline = guard_.baseline(sum);
  if (!stopped()) {
    if (auto halt = guard_.last_look(sum)) {
      stop(halt->ending, std::move(halt->reasons));
    }
  }
  auto summary = sum_up(std::move(facts_), std::move(counted.tally), counted.ledger, never);
  summary.baseline = baseline;
  summary.versus = std::move(versus);
  std::vector<Duration> lasted;
  for (const auto& phase : summary.phases) {
    lasted.push_back(phase.lasted);
  }
  summary.services = report::summarize_services(counted.services, lasted);
  summary.selectivity = report::selectivity_lines(summary);
  summary.expectations = expect::judge(experiment_.expectations, summary);
  summary.verdict = report::decide(summary);
  narrator_.end(summary);
  return summary;
}

// A run as far as it came: the facts with its ending and its end, the breakers' transitions, and
// what the load and (if it was ours) the upstream counted. Not judged. `until`, which is a phase's
// begin, leaves out that phase and what follows it.
report::Summary Conductor::sum_up(report::RunFacts facts, load::Tally tally,
                                  const std::optional<faults::Ledger>& ledger,
                                  TimePoint until) const {
  report::Measured measured{.load = parts_.load, .tally = std::move(tally), .probes = {}};
  for (std::size_t i = 0; i < parts_.bank.size(); ++i) {
    measured.probes.push_back(parts_.bank.probes(i));
  }
  facts.events = parts_.bank.events_since(0);
  facts.transition_count = parts_.bank.transition_count();
  facts.breakers = breaker_facts(parts_);
  facts.upstream = counts_of(ledger);
  facts.ended_at = std::min(facts.ended_at, until);
  const auto& phases = facts.timetable.phases();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].begin >= until) {
      measured.tally.phases[i] = load::PhaseTally(parts_.load.endpoints.size());
      if (ledger) {
        facts.upstream[i] = {};
      }
    }
  }
  const auto now = facts.ended_at;
  auto summary = report::summarize(std::move(facts), measured);
  if (parts_.watch) {
    parts_.watch->add_to(summary, now);
  }
  return summary;
}

}  // namespace tripcurve::trial
