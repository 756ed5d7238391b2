#include "cli/shared_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/plural.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/checks.hpp"
#include "replay/time_reader.hpp"
#include "shards/values.hpp"
#include "trial/archive.hpp"

namespace tripcurve::cli {

Result<StartTime> parse_start(const std::string& text) {
  const auto time = replay::parse_time(text, std::nullopt);
  if (!time) {
    return Error{tripcurve::quoted(text) + " is no time with its offset from UTC",
                 "write 2026-11-29T22:00:00Z, or what date -u "
                 "+%FT%TZ -d '10 seconds' prints"};
  }
  return StartTime(std::chrono::duration_cast<StartTime::duration>(Duration(*time)));
}

std::optional<Error> is_over(StartTime start) {
  const auto late = std::chrono::duration_cast<Duration>(std::chrono::system_clock::now() - start);
  return late < Duration::zero()
             ? std::nullopt
             : std::optional(Error{"that was " + show_duration(late) + " ago",
                                   "name a time to come, the same for all generators"});
}

namespace {

bool is_limited(const experiment::Experiment& experiment) {
  return experiment.upstream.limit != faults::RateLimit{} ||
         experiment.upstream.capacity != faults::Capacity{} ||
         std::ranges::any_of(experiment.phases, [](const faults::PhaseSpec& phase) {
           return phase.limit.has_value() || phase.capacity.has_value();
         });
}

}  // namespace

std::optional<Error> share_out(experiment::Experiment& experiment, std::uint32_t generators,
                               const trial::Judging& judging, bool own_upstream) {
  if (experiment.through || !experiment.topology.empty()) {
    return Error{
        "--shard: generators share the load on an upstream, and not on services in between",
        experiment.through ? "leave out --through, and call it with --target"
                           : "leave 'topology' out of the file"};
  }
  if (experiment.versus) {
    return Error{"--shard and --versus contradict each other", "leave out one of them"};
  }
  if (judging.repeat > 1) {
    return Error{"--shard: a run that is shared is made once", "leave out --repeat"};
  }
  if (!judging.abort_on.empty()) {
    return Error{"--abort-on is about a whole run, and a shard sees its share only",
                 "use --expect, which is judged when the parts are merged"};
  }
  if (experiment.scope == load::BreakerScope::shared) {
    return Error{"--shard: no breaker is shared between machines",
                 "leave out --breaker-per shared"};
  }
  if (own_upstream && generators > 1 && is_limited(experiment)) {
    return Error{
        "--shard: each generator has an upstream of its own, so that a rate limit or a "
        "capacity would be there " +
            count_of(generators, "time"),
        "start tripcurve upstream on one machine, and call it with --target"};
  }
  if (experiment.instances == 1) {
    experiment.instances = generators;
  }
  if (experiment.instances % generators != 0) {
    return Error{count_of(experiment.instances, "instance") + " cannot be divided evenly among " +
                     count_of(generators, "generator"),
                 fmt::format("make it a multiple of {}, or leave it out: each generator is then "
                             "an instance",
                             generators)};
  }
  if (std::holds_alternative<load::OpenLoop>(experiment.loop) &&
      experiment.max_in_flight < generators * experiment.threads) {
    return Error{fmt::format("--max-in-flight {} leaves some of {} without a call",
                             experiment.max_in_flight, count_of(generators, "generator")),
                 "raise it"};
  }
  auto threads = experiment;
  threads.threads *= generators;
  return experiment::divided_instance(threads);
}

Result<std::optional<int>> SharedRun::run_all(const std::vector<std::size_t>& jobs,
                                              const std::string& /*doing*/, const Done& done) {
  if (jobs.empty()) {
    return Error{"this generator's part is there already, and a run cannot be made again",
                 "delete the part, or name another folder with --parts"};
  }
  const auto job = jobs.front();
  shares_[job] = measure_({static_cast<std::uint32_t>(job), static_cast<std::uint32_t>(count())});
  ending_ = shares_[job]->ending;
  if (ending_ != report::Ending::completed && shares_[job]->ended_at == TimePoint{}) {
    // Ended before it began: there is nothing to keep, and it may still be made.
    return std::optional(ending_ == report::Ending::terminated ? SIGTERM : SIGINT);
  }
  done(job, true);  // what was measured until a signal came is whole
  return std::optional<int>();
}

std::string SharedRun::found(std::size_t job) { return shards::written(*shares_[job]); }

std::optional<std::string> SharedRun::put(std::size_t job, std::string_view found) {
  auto read = shards::read_value(found, trial::nothing_measured(parts_));
  if (!read) {
    return "it is no measurement of this experiment";
  }
  shares_[job] = *std::move(read);
  return std::nullopt;
}

std::vector<trial::Measurement> SharedRun::shares() {
  std::vector<trial::Measurement> all;
  for (auto& share : shares_) {
    all.push_back(*std::move(share));
  }
  return all;
}

}  // namespace tripcurve::cli
