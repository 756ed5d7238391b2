// Runs of many settings in many scenarios, each with seeds of its own, and what was measured.
//
// A run depends on its setting, its scenario and its seed's number and on nothing else, so any
// number of threads brings the same numbers in any order. Seed j of a scenario is the same for all
// settings (common random numbers): what two settings differ by is not chance. Scenarios have
// nothing in common, so what is said of all of them rests on more independent runs than of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "experiment/experiment.hpp"
#include "forecast/false_trips.hpp"
#include "report/summary.hpp"
#include "sweep/aims.hpp"
#include "sweep/measures.hpp"
#include "sweep/scenarios.hpp"
#include "sweep/statistics.hpp"

namespace tripcurve::sweep {

// One run, in virtual time; without a series of its seconds.
[[nodiscard]] report::Summary run_of(const experiment::Experiment& experiment);

// That run of a setting: the experiment with the scenario's phases and the seed of that number.
[[nodiscard]] experiment::Experiment experiment_of(const experiment::Experiment& setting,
                                                   const Scenario& scenario, std::uint32_t seed);

// What one run has found.
struct RunFound {
  std::vector<Sample> samples{};  // by measure; empty before the run
  bool in_doubt = false;
  // Of the first run of a setting whose false trips theory does not tell.
  std::optional<forecast::FalseTrips> false_trips{};
};

class Measurement {
 public:
  struct Job {
    std::size_t setting = 0;
    std::size_t scenario = 0;
    std::uint32_t seed = 0;
  };

  Measurement(std::vector<Scenario> scenarios, std::vector<Measure> measures)
      : scenarios_(std::move(scenarios)), measures_(std::move(measures)) {}

  // Its index. `false_trips`: where theory tells; else the first of its runs finds out.
  std::size_t add(experiment::Experiment setting, std::optional<forecast::FalseTrips> false_trips);

  // The runs that these settings lack for `seeds` seeds, one seed after the other; makes place for
  // what they find.
  [[nodiscard]] std::vector<Job> jobs(const std::vector<std::size_t>& settings,
                                      std::uint32_t seeds);
  // What it finds, and that it has been found. Thread-safe for different jobs.
  [[nodiscard]] RunFound find(const Job& job) const;
  void put(const Job& job, RunFound found);

  [[nodiscard]] std::size_t settings() const { return settings_.size(); }
  [[nodiscard]] const experiment::Experiment& setting(std::size_t index) const {
    return settings_[index].experiment;
  }
  [[nodiscard]] const std::vector<Scenario>& scenarios() const { return scenarios_; }
  [[nodiscard]] const std::vector<Measure>& measures() const { return measures_; }

  // How many of its seeds, from the first on, have been run in all scenarios.
  [[nodiscard]] std::uint32_t seeds(std::size_t setting) const;
  // What its false trips are known by; none: they were counted in its runs.
  [[nodiscard]] const std::optional<forecast::FalseTrips>& forecast(std::size_t setting) const {
    return settings_[setting].false_trips;
  }
  // Runs in which the load is in doubt.
  [[nodiscard]] std::uint64_t doubtful() const;

  // What its runs say of that which the quantity is the mean of, by scenario and by seed; no runs
  // of a scenario that the quantity is not about. None if it is no mean of runs: a quantile, or a
  // forecast.
  [[nodiscard]] std::optional<Strata> told(std::size_t setting, const Quantity& quantity) const;
  // The mean of the measure, or the quantile.
  [[nodiscard]] Estimate estimate(std::size_t setting, const Quantity& quantity) const;
  // What the mean is less or more at setting `a` than at `b`, run by run of the same seeds.
  [[nodiscard]] Estimate difference(std::size_t a, std::size_t b, const Quantity& quantity) const;
  // All that was seen of it in that scenario, pooled: what did not come is infinite.
  [[nodiscard]] std::vector<double> pooled(std::size_t setting, std::size_t measure,
                                           std::size_t scenario) const;

 private:
  struct Setting {
    experiment::Experiment experiment;
    std::optional<forecast::FalseTrips> false_trips;
    std::vector<RunFound> found{};  // by seed and scenario
  };
  [[nodiscard]] const RunFound& found(std::size_t setting, std::uint32_t seed,
                                      std::size_t scenario) const {
    return settings_[setting].found[seed * scenarios_.size() + scenario];
  }
  [[nodiscard]] bool is_forecast(std::size_t setting, std::size_t measure) const;

  std::vector<Scenario> scenarios_;
  std::vector<Measure> measures_;
  std::vector<Setting> settings_;
};

}  // namespace tripcurve::sweep
