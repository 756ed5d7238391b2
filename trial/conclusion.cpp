#include "trial/conclusion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/plural.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "expect/judge.hpp"
#include "experiment/facts.hpp"
#include "experiment/injection_proof.hpp"
#include "experiment/write.hpp"
#include "load/rate_curve.hpp"
#include "load/worker_curve.hpp"
#include "report/verdict.hpp"

namespace tripcurve::trial {
namespace {

std::vector<report::BreakerFacts> breaker_facts(const Parts& parts) {
  auto all = experiment::breaker_facts(parts.bank, parts.load.endpoints, parts.faults);
  for (std::size_t i = 0; i < parts.others.size(); ++i) {
    all[i + 1].faults = parts.others[i].faults.timetable().faults();
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

std::vector<report::UpstreamCounts> counts_of(const std::optional<faults::Ledger>& ledger) {
  return ledger ? experiment::upstream_counts(*ledger) : std::vector<report::UpstreamCounts>{};
}

// Of a real service, nobody knows how long the answers to calls would have been that were not made.
std::vector<std::string> unknown_lengths(const faults::Plan& faults,
                                         const std::vector<report::PhaseSummary>& phases) {
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto by_length = faults.done_by_length(i);
    if (!by_length.empty() && phases[i].counts.rejected() > 0) {
      notes.push_back(
          fmt::format("phase {}: rejected_good takes the answers that rejected calls would have "
                      "had for a line of "
                      "text; to longer ones of this service, {} may have done more",
                      quoted(phases[i].phase.name), fmt::join(by_length, " and ")));
    }
  }
  return notes;
}

}  // namespace

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

report::Summary sum_up(report::RunFacts facts, const Parts& parts, const Measurement& measurement,
                       TimePoint until) {
  report::Measured measured{.load = parts.load, .tally = measurement.tally, .probes = {}};
  facts.breakers = breaker_facts(parts);
  for (std::size_t i = 0; i < measurement.breakers.size(); ++i) {
    facts.breakers[i].totals = measurement.breakers[i].totals;
    measured.probes.push_back(measurement.breakers[i].probes);
  }
  facts.events = measurement.events;
  facts.transition_count = measurement.transition_count;
  facts.upstream = counts_of(measurement.ledger);
  facts.ended_at = std::min(facts.ended_at, until);
  const auto& phases = facts.timetable.phases();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].begin >= until) {
      measured.tally.phases[i] = load::PhaseTally(parts.load.endpoints.size());
      if (measurement.ledger) {
        facts.upstream[i] = {};
      }
    }
  }
  const auto now = facts.ended_at;
  auto summary = report::summarize(std::move(facts), measured);
  if (parts.watch) {
    parts.watch->add_to(summary, now);
  }
  return summary;
}

report::Summary conclude(const experiment::Experiment& experiment, const Parts& parts,
                         const Guard& guard, report::RunFacts facts, Measurement measurement,
                         Twins twins) {
  facts.ended_at = measurement.ended_at;
  facts.ending = measurement.ending;
  facts.stopped_because = measurement.stopped_because;
  facts.interventions = measurement.interventions;
  facts.series = measurement.series;
  facts.target = measurement.target;
  facts.host = measurement.host;
  std::ranges::move(measurement.notes, std::back_inserter(facts.notes));

  const auto sum = [&](TimePoint until) { return sum_up(facts, parts, measurement, until); };
  const auto baseline = guard.baseline(sum);
  if (facts.ending == report::Ending::completed) {
    if (auto halt = guard.last_look(sum)) {
      facts.ending = halt->ending;
      facts.stopped_because = std::move(halt->reasons);
    }
  }
  if (measurement.ledger) {
    std::ranges::move(experiment::never_matched(parts.faults, *measurement.ledger),
                      std::back_inserter(facts.warnings));
  }
  auto summary = sum(never);
  if (measurement.ledger) {
    // What stands between the load and the upstream answers in its own words.
    const bool calls_itself = experiment.topology.empty() && !experiment.through;
    const bool passes_on = std::ranges::any_of(
        measurement.host, [](const auto& fact) { return fact.first == "upstream"; });
    using Answers = faults::Plan::Answers;
    auto shares = calls_itself ? experiment::injected_shares(
                                     parts.faults, *measurement.ledger, measurement.tally,
                                     passes_on ? Answers::of_service : Answers::own)
                               : experiment::injected_shares(parts.faults, *measurement.ledger);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      summary.phases[i].upstream->shares = std::move(shares[i]);
    }
    if (calls_itself && passes_on) {
      std::ranges::move(unknown_lengths(parts.faults, summary.phases),
                        std::back_inserter(summary.facts.notes));
    }
  }
  summary.baseline = baseline;
  summary.versus = std::move(twins.versus);
  for (std::size_t i = 0; i < twins.of_dependencies.size(); ++i) {
    summary.dependencies[i].versus = std::move(twins.of_dependencies[i]);
  }
  std::vector<Duration> lasted;
  for (const auto& phase : summary.phases) {
    lasted.push_back(phase.lasted);
  }
  summary.services = report::summarize_services(measurement.services, lasted);
  summary.selectivity = report::selectivity_lines(summary);
  summary.expectations = expect::judge(experiment.expectations, summary);
  summary.verdict = report::decide(summary);
  return summary;
}

}  // namespace tripcurve::trial
