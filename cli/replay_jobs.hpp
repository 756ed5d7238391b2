// The settings of a replay as jobs that several machines can share: each plays the whole trace
// through its settings, all at once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/sharding.hpp"
#include "replay/kept.hpp"
#include "replay/replay.hpp"
#include "replay/trace.hpp"

namespace tripcurve::cli {

class ReplayJobs final : public Jobs {
 public:
  // `trace`: a file, or "-".
  ReplayJobs(std::string trace, replay::TraceOptions options, replay::Plan plan);

  [[nodiscard]] std::size_t count() const override { return plan_.settings.size(); }
  [[nodiscard]] Result<std::optional<int>> run_all(const std::vector<std::size_t>& jobs,
                                                   const std::string& doing,
                                                   const Done& done) override;
  [[nodiscard]] std::string found(std::size_t job) override;
  [[nodiscard]] std::optional<std::string> put(std::size_t job, std::string_view found) override;

  // When all are done.
  [[nodiscard]] replay::Findings findings();

 private:
  std::string trace_;
  replay::TraceOptions options_;
  replay::Plan plan_;
  std::vector<std::optional<replay::Kept>> kept_;  // by setting
};

}  // namespace tripcurve::cli
