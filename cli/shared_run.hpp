// One run on the wire that several machines make together: each is a generator that makes its share
// of the calls, and leaves what it has measured as a part.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/experiment_flags.hpp"
#include "cli/judging.hpp"
#include "cli/run_output.hpp"
#include "cli/sharding.hpp"
#include "experiment/experiment.hpp"
#include "trial/measurement.hpp"
#include "trial/trial.hpp"

namespace tripcurve::cli {

// "2026-11-29T22:00:00Z": when a run starts, by the clock of this machine. Refuses a time without
// an offset.
using StartTime = std::chrono::system_clock::time_point;
[[nodiscard]] Result<StartTime> parse_start(const std::string& text);
// What is too late to be met.
[[nodiscard]] std::optional<Error> is_over(StartTime start);

// Of `generators` that share the run, each has as many instances as any other, at least one.
// Refuses what they cannot share.
[[nodiscard]] std::optional<Error> share_out(experiment::Experiment& experiment,
                                             std::uint32_t generators,
                                             const trial::Judging& judging, bool own_upstream);

// The generators of a run as jobs, of which this process does one.
class SharedRun final : public Jobs {
 public:
  using Measure = std::function<trial::Measurement(const trial::Share& share)>;
  // All must outlive it. `measure` makes a share here; empty if they are only put together.
  SharedRun(const experiment::Experiment& experiment, std::size_t generators, Measure measure)
      : parts_(experiment), measure_(std::move(measure)) {
    shares_.resize(generators);
  }

  [[nodiscard]] std::size_t count() const override { return shares_.size(); }
  [[nodiscard]] Result<std::optional<int>> run_all(const std::vector<std::size_t>& jobs,
                                                   const std::string& doing,
                                                   const Done& done) override;
  [[nodiscard]] std::string found(std::size_t job) override;
  [[nodiscard]] std::optional<std::string> put(std::size_t job, std::string_view found) override;

  // How this process's share ended; completed if it made none.
  [[nodiscard]] report::Ending ending() const { return ending_; }
  // When all are there.
  [[nodiscard]] std::vector<trial::Measurement> shares();

 private:
  trial::Parts parts_;
  Measure measure_;
  std::vector<std::optional<trial::Measurement>> shares_;
  report::Ending ending_ = report::Ending::completed;
};

}  // namespace tripcurve::cli
