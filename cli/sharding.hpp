// Work made of many jobs that do not depend on each other: done here on all cores, or one shard of
// it, whose part is then written for `tripcurve merge`, or taken from the parts that are merged.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/experiment_flags.hpp"
#include "cli/flags.hpp"
#include "cli/job_threads.hpp"
#include "core/exit_code.hpp"
#include "core/result.hpp"
#include "shards/shard.hpp"

namespace tripcurve::cli {

struct ShardFlags {
  std::optional<std::string> shard, parts;
};

void add_shard_flags(CLI::App& command, ShardFlags& flags);

class Jobs {
 public:
  Jobs() = default;
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  virtual ~Jobs() = default;

  [[nodiscard]] virtual std::size_t count() const = 0;

  // Does these of them, each once and in any order. `done` hears of each that was done, from any
  // thread, and says whether the others are still wanted; one that a signal may have cut short is
  // not whole. Returns the signal that ended it before, or why they cannot be done. `doing`:
  // "measuring".
  using Done = std::function<bool(std::size_t job, bool is_whole)>;
  [[nodiscard]] virtual Result<std::optional<int>> run_all(const std::vector<std::size_t>& jobs,
                                                           const std::string& doing,
                                                           const Done& done) = 0;
  // What one has found, as JSON on one line; once, and only if take() is not called for it.
  [[nodiscard]] virtual std::string found(std::size_t job) = 0;
  // In place of being run: what another process has found. Its words say why it is none of that.
  [[nodiscard]] virtual std::optional<std::string> put(std::size_t job, std::string_view found) = 0;

  // All jobs, in their order: one is done. False when no further makes sense.
  virtual bool take(std::size_t /*job*/) { return true; }
};

// Those that are done one by one, on all cores.
class SeparateJobs : public Jobs {
 public:
  [[nodiscard]] Result<std::optional<int>> run_all(const std::vector<std::size_t>& jobs,
                                                   const std::string& doing,
                                                   const Done& done) final;

  // Does one, on any thread, together with others. What it finds depends on nothing but the work.
  virtual void run(std::size_t job, const Stop& stop) = 0;

  // How much of these jobs is done, from 0 to 1, those on their way in part; for any thread. None:
  // only whole jobs are known.
  [[nodiscard]] virtual std::optional<double> share_done(std::size_t /*jobs*/) const {
    return std::nullopt;
  }
};

// What cannot be shared: an experiment that comes in by a pipe, or without --seed, so that each
// shard could draw another one; and --parts without --shard.
[[nodiscard]] std::optional<Error> unfit_for_shards(const ShardFlags& flags,
                                                    const ExperimentFlags& experiment);

// This process merges the parts of work: the jobs of the command that comes next are done. How many
// they are, else 0.
[[nodiscard]] bool is_merging();
[[nodiscard]] std::size_t jobs_to_merge();

// Which shard that is.
[[nodiscard]] Result<shards::Shard> shard_of(const std::string& text);

// Does the jobs of work that depends on nothing but the command and `about`. None when all are
// done, and their results are to be told; else the exit code with which the command ends: of a
// shard, or of what was interrupted (`interrupted` is then said; the shard's work is kept).
[[nodiscard]] std::optional<ExitCode> do_work(const ShardFlags& flags, Jobs& jobs,
                                              const std::string& about, const std::string& doing,
                                              const std::string& interrupted);

// The work whose parts lie in that folder is done from them: all its jobs are put in place of being
// run. Answers the words of the command, or why not.
[[nodiscard]] Result<std::vector<std::string>> merge_from(const std::string& folder);

}  // namespace tripcurve::cli
