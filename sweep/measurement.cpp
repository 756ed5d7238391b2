#include "sweep/measurement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "experiment/facts.hpp"
#include "faults/injector.hpp"
#include "sim/world.hpp"
#include "sweep/screen.hpp"

namespace tripcurve::sweep {
namespace {

constexpr std::size_t false_trips_side = static_cast<std::size_t>(Side::false_trips_per_month);

}  // namespace

report::Summary run_of(const experiment::Experiment& experiment) {
  const auto plan = experiment::fault_plan(experiment);
  faults::Injector injector(plan);
  auto load = experiment::load_plan(experiment);
  load.shards = 1;  // virtual time has one engine
  load.would_succeed = experiment::would_succeed(experiment, injector);
  auto bank = experiment::breaker_bank(experiment);
  const sim::Observer nobody{.next_look = [] { return never; }, .look = {}};
  auto counted = sim::run_world(load, injector, bank, sim::ServerModel{}, nobody);
  report::RunFacts facts{.timetable = plan.timetable()};
  facts.breakers = experiment::breaker_facts(bank, experiment.endpoints, plan);
  facts.dialect = experiment.breaker.text();
  facts.events = bank.events_since(0);
  facts.transition_count = bank.transition_count();
  facts.upstream = experiment::upstream_counts(counted.ledger);
  facts.ended_at = counted.ended_at;
  facts.timeout = experiment.timeout;
  report::Measured measured{.load = std::move(load), .tally = std::move(counted.tally)};
  for (std::size_t i = 0; i < bank.size(); ++i) {
    measured.probes.push_back(bank.probes(i));
  }
  return report::summarize(std::move(facts), measured);
}

experiment::Experiment experiment_of(const experiment::Experiment& setting,
                                     const Scenario& scenario, std::uint32_t seed) {
  auto one = setting;
  const auto random = Random(setting.seed).fork("sweep").fork(scenario.name).fork(seed);
  one.seed = random.fork("run").next();
  one.phases = phases_of(scenario, setting, random.fork("phases"));
  return one;
}

std::size_t Measurement::add(experiment::Experiment setting,
                             std::optional<forecast::FalseTrips> false_trips) {
  settings_.push_back({std::move(setting), false_trips});
  return settings_.size() - 1;
}

std::vector<Measurement::Job> Measurement::jobs(const std::vector<std::size_t>& settings,
                                                std::uint32_t seeds) {
  std::vector<Job> jobs;
  for (const auto setting : settings) {
    auto& place = settings_[setting].found;
    place.resize(std::max(place.size(), seeds * scenarios_.size()));
  }
  for (std::uint32_t seed = 0; seed < seeds; ++seed) {
    for (const auto setting : settings) {
      for (std::size_t scenario = 0; scenario < scenarios_.size(); ++scenario) {
        if (found(setting, seed, scenario).samples.empty()) {
          jobs.push_back({setting, scenario, seed});
        }
      }
    }
  }
  return jobs;
}

RunFound Measurement::find(const Job& job) const {
  const auto& scenario = scenarios_[job.scenario];
  const auto& setting = settings_[job.setting];
  const auto summary = run_of(experiment_of(setting.experiment, scenario, job.seed));
  RunFound found{.in_doubt = !summary.doubts.empty()};
  for (const auto& measure : measures_) {
    found.samples.push_back(sample_of(measure, summary, scenario));
  }
  if (job.seed == 0 && job.scenario == 0 && !setting.false_trips) {
    found.false_trips = false_trips_driven(setting.experiment);
  }
  return found;
}

void Measurement::put(const Job& job, RunFound found) {
  auto& setting = settings_[job.setting];
  if (found.false_trips) {
    setting.false_trips = found.false_trips;
  }
  setting.found[job.seed * scenarios_.size() + job.scenario] = std::move(found);
}

std::uint32_t Measurement::seeds(std::size_t setting) const {
  const auto& all = settings_[setting].found;
  const auto missing =
      std::ranges::find_if(all, [](const RunFound& found) { return found.samples.empty(); });
  return static_cast<std::uint32_t>(static_cast<std::size_t>(missing - all.begin()) /
                                    scenarios_.size());
}

std::uint64_t Measurement::doubtful() const {
  std::uint64_t runs = 0;
  for (const auto& setting : settings_) {
    runs += static_cast<std::uint64_t>(
        std::ranges::count_if(setting.found, [](const RunFound& found) { return found.in_doubt; }));
  }
  return runs;
}

std::optional<Strata> Measurement::told(std::size_t setting, const Quantity& quantity) const {
  if (quantity.quantile || is_forecast(setting, quantity.measure)) {
    return std::nullopt;
  }
  Strata strata(scenarios_.size());
  for (std::size_t s = 0; s < scenarios_.size(); ++s) {
    const auto seeds_here = quantity.scenario.value_or(s) == s ? seeds(setting) : 0;
    for (std::uint32_t seed = 0; seed < seeds_here; ++seed) {
      strata[s].push_back(found(setting, seed, s).samples[quantity.measure].mean());
    }
  }
  return strata;
}

bool Measurement::is_forecast(std::size_t setting, std::size_t measure) const {
  return measure == false_trips_side && forecast(setting).has_value();
}

std::vector<double> Measurement::pooled(std::size_t setting, std::size_t measure,
                                        std::size_t scenario) const {
  std::vector<double> values;
  for (std::uint32_t seed = 0; seed < seeds(setting); ++seed) {
    const auto& sample = found(setting, seed, scenario).samples[measure];
    values.insert(values.end(), sample.values.begin(), sample.values.end());
    values.insert(values.end(), sample.waited.size(), std::numeric_limits<double>::infinity());
  }
  return values;
}

Estimate Measurement::estimate(std::size_t setting, const Quantity& quantity) const {
  if (is_forecast(setting, quantity.measure)) {
    const auto& trips = *forecast(setting);
    return {trips.per_month, trips.low, trips.high, 0};
  }
  if (const auto strata = told(setting, quantity)) {
    return mean_of(*strata);
  }
  const bool low_is_good = measures_[quantity.measure].better != expect::Better::higher;
  std::optional<Estimate> worst;
  for (std::size_t s = 0; s < scenarios_.size(); ++s) {
    auto values = quantity.scenario && *quantity.scenario != s
                      ? std::vector<double>{}
                      : pooled(setting, quantity.measure, s);
    if (!values.empty()) {
      const auto here = quantile_of(std::move(values), *quantity.quantile);
      const bool worse =
          !worst || (low_is_good ? here.value > worst->value : here.value < worst->value);
      worst = worse ? here : *worst;
    }
  }
  return worst.value_or(exactly(0));
}

Estimate Measurement::difference(std::size_t a, std::size_t b, const Quantity& quantity) const {
  const auto m = quantity.measure;
  if (is_forecast(a, m) && is_forecast(b, m)) {
    return exactly(forecast(a)->per_month - forecast(b)->per_month);
  }
  const auto one = told(a, quantity);
  const auto other = told(b, quantity);
  if (const auto pairs = one && other ? paired_differences(*one, *other) : std::nullopt) {
    return mean_of(*pairs);
  }
  const auto more = estimate(a, quantity);
  const auto less = estimate(b, quantity);
  return {more.value - less.value, more.low - less.high, more.high - less.low,
          std::max(more.runs, less.runs)};
}

}  // namespace tripcurve::sweep
