#include "cli/sharding.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/part_file.hpp"
#include "cli/version.hpp"
#include "core/text.hpp"
#include "shards/part.hpp"

namespace tripcurve::cli {
namespace {

constexpr const char* usual_folder = "parts";

std::optional<std::string> environment(const std::string& name) {
  const auto* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// What `tripcurve merge` has put together, until a command takes it.
struct Merged {
  shards::Work work;
  std::vector<std::string> found;
};
std::optional<Merged>& merged() {
  static std::optional<Merged> all;
  return all;
}

shards::Work work_of(const Jobs& jobs, const std::string& about) {
  return {.tool_version = version,
          .command = command_without_shard(),
          .about = about,
          .jobs = jobs.count()};
}

ExitCode ended_by(int signal) { return static_cast<ExitCode>(128 + signal); }

std::optional<ExitCode> take_merged(Jobs& jobs, const std::string& about) {
  const auto parts = *std::exchange(merged(), std::nullopt);
  if (const auto work = work_of(jobs, about); work != parts.work) {
    return usage_error({"the parts are of another experiment than is here now: " +
                            shards::difference(parts.work, work),
                        "merge where the experiment is as it was"});
  }
  for (std::size_t job = 0; job < parts.found.size(); ++job) {
    if (const auto wrong = jobs.put(job, parts.found[job])) {
      return usage_error({fmt::format("what was found for job {} is no result: {}", job, *wrong),
                          "delete the part that has it and run its shard again"});
    }
    if (!jobs.take(job)) {
      break;
    }
  }
  return std::nullopt;
}

// Does all jobs here and takes them in their order as soon as they are done.
std::optional<ExitCode> do_all(Jobs& jobs, const std::string& doing,
                               const std::string& interrupted) {
  std::mutex mutex;  // guards what follows, and take()
  std::vector<bool> done(jobs.count());
  std::size_t next = 0;
  bool goes_on = true;
  std::vector<std::size_t> all(jobs.count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto signal = jobs.run_all(all, doing, [&](std::size_t job, bool /*is_whole*/) {
    const std::lock_guard lock(mutex);
    done[job] = true;
    for (; goes_on && next < done.size() && done[next]; ++next) {
      goes_on = jobs.take(next);
    }
    return goes_on;
  });
  if (!signal) {
    return usage_error(signal.error());
  }
  if (*signal && goes_on) {
    say(interrupted);
    return ended_by(**signal);
  }
  return std::nullopt;
}

// One shard's part on its way, written now and then, so that little is lost with the machine.
class GrowingPart {
 public:
  GrowingPart(std::string path, shards::Part part)
      : path_(std::move(path)), part_(std::move(part)) {}

  [[nodiscard]] std::vector<std::size_t> missing() const {
    std::vector<std::size_t> jobs;
    for (std::size_t job = 0; job < part_.work.jobs; ++job) {
      if (part_.shard.has(job) && !part_.found.contains(job)) {
        jobs.push_back(job);
      }
    }
    return jobs;
  }

  // For any thread.
  void add(std::size_t job, std::string found) {
    constexpr auto interval = std::chrono::seconds(10);
    const std::lock_guard lock(mutex_);
    part_.found.emplace(job, std::move(found));
    if (const auto now = std::chrono::steady_clock::now(); now >= written_ + interval) {
      write_part_file(path_, part_);
      written_ = now;
    }
  }

  void write() const { write_part_file(path_, part_); }
  [[nodiscard]] std::size_t done() const { return part_.found.size(); }

 private:
  std::string path_;
  shards::Part part_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

ExitCode do_shard(const shards::Shard& shard, const std::string& folder, Jobs& jobs,
                  const shards::Work& work, const std::string& doing) {
  const auto path = part_path(folder, shard);
  auto left = read_part_file(path, work);
  if (!left) {
    return usage_error(left.error());
  }
  GrowingPart part(path, left->value_or(shards::Part{work, shard, {}}));
  const auto signal = jobs.run_all(part.missing(), doing, [&](std::size_t job, bool is_whole) {
    if (is_whole) {
      part.add(job, jobs.found(job));
    }
    return true;
  });
  if (!signal) {
    return usage_error(signal.error());
  }
  part.write();
  const auto still = part.missing().size();
  const auto from = shard.from.empty() ? std::string() : " (" + shard.from + ")";
  if (!*signal || still == 0) {
    say(
        fmt::format("shard {}{}: {} done and in {}; when all shards are, "
                    "tripcurve merge {} puts them together",
                    shard.text(), from,
                    part.done() == 1 ? std::string("its job is")
                                     : fmt::format("all its {} jobs are", part.done()),
                    path, folder));
    return ExitCode::success;
  }
  say(
      fmt::format("shard {}{}: {} of its {} jobs are done and in {}; the same command goes on "
                  "with the others",
                  shard.text(), from, part.done(), part.done() + still, path));
  return **signal == SIGTERM ? ExitCode::unfinished : ended_by(**signal);
}

}  // namespace

Result<std::optional<int>> SeparateJobs::run_all(const std::vector<std::size_t>& jobs,
                                                 const std::string& doing, const Done& done) {
  Stop stop;
  std::atomic<bool> are_wanted = true;
  const auto one = [&](std::size_t i) {
    if (are_wanted) {
      run(jobs[i], stop);
      if (!done(jobs[i], !stop.asked())) {
        are_wanted = false;
      }
    }
  };
  const auto share = [&] { return share_done(jobs.size()).value_or(0); };
  return share_done(jobs.size()) ? do_jobs(jobs.size(), one, doing, stop, share)
                                 : do_jobs(jobs.size(), one, doing, stop);
}

void add_shard_flags(CLI::App& command, ShardFlags& flags) {
  const FlagGroup add(command, "Several machines");
  add("--shard", flags.shard, "I/N", "do one of N shards; auto: which the batch engine says");
  add("--parts", flags.parts, "DIR", "where shards leave their parts (parts)",
      Completion::of_files());
}

std::optional<Error> unfit_for_shards(const ShardFlags& flags, const ExperimentFlags& experiment) {
  if (!flags.shard) {
    return flags.parts ? std::optional(Error{"--parts is for the parts of shards",
                                             "name the shard, as in --shard 2/8"})
                       : std::nullopt;
  }
  if (experiment.file.value_or("") == "-") {
    return Error{
        "--shard: an experiment from standard input cannot be read again when the parts "
        "are merged",
        "put it into a file"};
  }
  if (!experiment.seed) {
    return Error{"--shard needs a seed, so that all shards have the same", "add --seed 1"};
  }
  return std::nullopt;
}

bool is_merging() { return merged().has_value(); }

std::size_t jobs_to_merge() { return merged() ? merged()->found.size() : 0; }

Result<shards::Shard> shard_of(const std::string& text) {
  auto shard = shards::parse_shard(text, environment);
  return shard ? shard : shard.error().in("--shard");
}

std::optional<ExitCode> do_work(const ShardFlags& flags, Jobs& jobs, const std::string& about,
                                const std::string& doing, const std::string& interrupted) {
  if (is_merging()) {
    return take_merged(jobs, about);
  }
  if (!flags.shard) {
    return do_all(jobs, doing, interrupted);
  }
  const auto shard = shard_of(*flags.shard);
  if (!shard) {
    return usage_error(shard.error());
  }
  return do_shard(*shard, flags.parts.value_or(usual_folder), jobs, work_of(jobs, about), doing);
}

Result<std::vector<std::string>> merge_from(const std::string& folder) {
  const auto parts = read_parts(folder);
  if (!parts) {
    return parts.error();
  }
  auto found = shards::merge(*parts);
  if (!found) {
    return found.error();
  }
  const auto& work = parts->front().part.work;
  if (work.tool_version != version) {
    return Error{
        fmt::format("the parts are of tripcurve {}, and this is {}", work.tool_version, version),
        "merge with the version that has measured"};
  }
  merged() = Merged{work, *std::move(found)};
  return work.command;
}

}  // namespace tripcurve::cli
