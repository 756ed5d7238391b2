// The runs of `simulate --repeat`, on all cores or shared with other machines.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run_output.hpp"
#include "cli/sharding.hpp"
#include "report/summary.hpp"
#include "trial/series.hpp"
#include "trial/trial.hpp"

namespace tripcurve::cli {

class SimulatedSeries final : public SeparateJobs {
 public:
  // All must outlive it. Events, if they are wanted, go to the output's file in the order of the
  // runs.
  SimulatedSeries(const experiment::Experiment& experiment, const trial::Judging& judging,
                  const trial::Origin& origin, bool wants_events, const RunOutput& output);

  [[nodiscard]] std::size_t count() const override { return runs_.size(); }
  void run(std::size_t job, const Stop& stop) override;
  [[nodiscard]] std::string found(std::size_t job) override;
  [[nodiscard]] std::optional<std::string> put(std::size_t job, std::string_view found) override;
  [[nodiscard]] std::optional<double> share_done(std::size_t jobs) const override;
  bool take(std::size_t job) override;

  // When no further run is to be taken.
  [[nodiscard]] report::Summary outcome() { return series_.outcome(); }

 private:
  struct Run {
    std::optional<report::Summary> summary{};  // until it is taken
    expect::Spreads::Sample sample{};
    std::string events{};
  };

  const trial::Judging& judging_;
  const trial::Origin& origin_;
  bool wants_events_;
  const RunOutput& output_;
  trial::Series series_;
  std::vector<Run> runs_;
  Duration length_;                         // of a run
  std::atomic<Duration::rep> simulated_{};  // of all runs, in ns
};

}  // namespace tripcurve::cli
