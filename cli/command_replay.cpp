// tripcurve replay: recorded traffic through breakers.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/json_output.hpp"
#include "cli/read_flag.hpp"
#include "cli/replay_jobs.hpp"
#include "cli/sharding.hpp"
#include "cli/text_file.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/values.hpp"
#include "experiment/write.hpp"
#include "replay/html_report.hpp"
#include "replay/json_report.hpp"
#include "replay/replay.hpp"
#include "replay/text_report.hpp"

namespace tripcurve::cli {
namespace {

struct ReplayFlags {
  std::string trace;
  ExperimentFlags experiment;  // its file is --client
  ShardFlags shards;
  std::vector<std::string> breakers, incidents, endpoints, expect;
  std::optional<std::string> format, timezone, reorder, late, whole_seconds, bad_rows,
      most_breakers;
  std::optional<std::string> incidents_file, json, html;
};

// What is to be replayed, and through what.
struct ReplayTask {
  replay::TraceOptions trace;
  replay::Plan plan;
};

constexpr std::uint32_t most_breakers = 100'000;
constexpr std::array<std::string_view, 3> late_words{"drop", "move", "fail"};
constexpr std::array<std::string_view, 2> whole_seconds_words{"keep", "spread"};

Result<replay::Late> parse_late(const std::string& text) {
  const auto found = std::ranges::find(late_words, text);
  return found == late_words.end()
             ? Result<replay::Late>(Error{"a late call cannot be " + tripcurve::quoted(text),
                                          did_you_mean(text, late_words)})
             : static_cast<replay::Late>(found - late_words.begin());
}

Result<replay::WholeSeconds> parse_whole_seconds(const std::string& text) {
  const auto found = std::ranges::find(whole_seconds_words, text);
  return found == whole_seconds_words.end()
             ? Result<replay::WholeSeconds>(
                   Error{tripcurve::quoted(text) + " cannot be done with times in whole seconds",
                         did_you_mean(text, whole_seconds_words)})
             : static_cast<replay::WholeSeconds>(found - whole_seconds_words.begin());
}

Result<double> parse_bad_rows(const std::string& text) {
  if (text == "skip" || text == "fail") {
    return text == "skip" ? 1.0 : 0.0;
  }
  const auto share = parse_share(text);
  return share ? Result(share->value)
               : Error{share.error().message, "write skip, fail, or the share that may be bad: 5%"};
}

Result<std::uint32_t> parse_breakers(const std::string& text) {
  const auto count = parse_count(text, 1, most_breakers);
  return count ? Result(static_cast<std::uint32_t>(*count)) : count.error();
}

std::optional<Error> read_trace_flags(const ReplayFlags& flags, replay::TraceOptions& options) {
  options.name = flags.trace == "-" ? "stdin" : flags.trace;
  options.endpoints = flags.endpoints;
  for (auto& error :
       {read_flag(options.format, "--format", flags.format, replay::parse_format),
        read_flag(options.zone, "--timezone", flags.timezone, replay::Zone::named),
        read_flag(options.window, "--reorder", flags.reorder,
                  [](const std::string& text) { return parse_duration(text); }),
        read_flag(options.late, "--late", flags.late, parse_late),
        read_flag(options.whole_seconds, "--whole-seconds", flags.whole_seconds,
                  parse_whole_seconds),
        read_flag(options.most_bad, "--bad-rows", flags.bad_rows, parse_bad_rows),
        read_flag(options.most_breakers, "--most-breakers", flags.most_breakers, parse_breakers)}) {
    if (error) {
      return error;
    }
  }
  return std::nullopt;
}

std::optional<Error> read_incidents(const ReplayFlags& flags, ReplayTask& task) {
  auto& incidents = task.plan.incidents;
  for (const auto& text : flags.incidents) {
    auto incident = replay::parse_incident(text, task.trace.zone);
    if (!incident) {
      return incident.error().in("--incident");
    }
    incidents.push_back(*std::move(incident));
  }
  if (flags.incidents_file) {
    auto more = replay::parse_incidents(read_text_file(*flags.incidents_file),
                                        *flags.incidents_file, task.trace.zone);
    if (!more) {
      return more.error().in("--incidents");
    }
    incidents.insert(incidents.end(), more->begin(), more->end());
  }
  return std::nullopt;
}

// The experiment's breaker, if one is named, and those of --breaker.
std::optional<Error> read_settings(const ReplayFlags& flags, experiment::Experiment world,
                                   replay::Plan& plan) {
  const auto add = [&] {
    plan.settings.push_back({world.breaker, experiment::breaker_rules(world)});
  };
  if (flags.experiment.file || flags.experiment.breaker_from) {
    add();
  }
  for (const auto& text : flags.breakers) {
    auto choice = breaker::parse_choice(text);
    if (!choice) {
      return choice.error().in("--breaker");
    }
    world.breaker = *std::move(choice);
    world.counting.imported.reset();
    add();
  }
  if (plan.settings.empty()) {
    return Error{"there is no breaker to replay the trace through",
                 "give --breaker resilience4j, or --client FILE for the client of an experiment"};
  }
  return std::nullopt;
}

// What of the experiment's client has no part in a replay.
void tell_left_out(const experiment::Experiment& world) {
  for (const auto& warning : world.warnings) {
    say("warning: " + warning);
  }
  for (const auto& policy : world.policies) {
    if (const auto kind = policy.kind().name; kind != "breaker" && kind != "timeout") {
      say(fmt::format("{} of the client is left out: what it would have changed is in no trace",
                      kind));
    }
  }
}

Result<ReplayTask> task_of(const ReplayFlags& flags, const experiment::Experiment& world) {
  ReplayTask task;
  if (auto error = read_trace_flags(flags, task.trace)) {
    return *std::move(error);
  }
  task.trace.scope = world.scope;
  task.plan.caller = experiment::caller_rules(world);
  if (flags.experiment.timeout || flags.experiment.file) {
    task.plan.timeout = world.timeout;
  }
  task.plan.seed = world.seed;
  task.trace.seed = world.seed;
  if (auto error = read_settings(flags, world, task.plan)) {
    return *std::move(error);
  }
  if (auto error = read_incidents(flags, task)) {
    return *std::move(error);
  }
  for (const auto& text : flags.expect) {
    auto expectation =
        replay::parse_expectation(text, task.plan.settings.size(), !task.plan.incidents.empty());
    if (!expectation) {
      return expectation.error().in("--expect " + tripcurve::quoted(text));
    }
    task.plan.expectations.push_back(*std::move(expectation));
  }
  return task;
}

std::optional<experiment::Experiment> world_of(const ReplayFlags& flags) {
  auto asked = flags.experiment;
  asked.seed = asked.seed.value_or("1");
  if (asked.file) {
    auto world = described_by(asked);
    if (world && !world->topology.empty()) {
      usage_error({"--client: " + tripcurve::quoted(*asked.file) +
                       " has a topology, and a replay has one client",
                   "name the breaker with --breaker"});
      return std::nullopt;
    }
    return world;
  }
  auto world = experiment_of(asked);
  if (!world) {
    usage_error(world.error());
    return std::nullopt;
  }
  return *std::move(world);
}

// All that its results depend on beside the command: the client, the incidents of a file, and the
// trace, of which no more is said than is known without reading it.
std::string about(const ReplayTask& task, const experiment::Experiment& world,
                  const std::string& trace) {
  auto text = experiment::write_experiment(world) + "\n";
  for (const auto& [begin, end, name] : task.plan.incidents) {
    text += fmt::format("incident {} to {} {}\n", begin, end, name);
  }
  std::error_code ignored;
  if (std::filesystem::is_regular_file(trace, ignored)) {
    text += fmt::format("{} has {} bytes\n", trace, std::filesystem::file_size(trace));
  }
  return text;
}

ExitCode code_of(replay::Judgement judgement) {
  switch (judgement) {
    case replay::Judgement::pass:
      break;
    case replay::Judgement::fail:
      return ExitCode::failure;
    case replay::Judgement::inconclusive:
      return ExitCode::inconclusive;
  }
  return ExitCode::success;
}

ExitCode replay_command(const ReplayFlags& flags) {
  auto shared = flags.experiment;
  shared.seed = shared.seed.value_or("1");  // the usual one
  if (const auto error = unfit_for_shards(flags.shards, shared)) {
    return usage_error(*error);
  }
  const auto world = world_of(flags);
  if (!world) {
    return ExitCode::usage;
  }
  auto task = task_of(flags, *world);
  if (!task) {
    return usage_error(task.error());
  }
  if (flags.trace == "-" && flags.experiment.file == "-") {
    return usage_error(
        {"standard input cannot be both the trace and --client", "give one of them as a file"});
  }
  tell_left_out(*world);
  const auto results_are_of = about(*task, *world, flags.trace);
  ReplayJobs jobs(flags.trace, std::move(task->trace), std::move(task->plan));
  if (const auto ended = do_work(flags.shards, jobs, results_are_of, "replaying " + flags.trace,
                                 "interrupted: a replay needs all of its trace")) {
    return *ended;
  }
  const auto findings = jobs.findings();
  std::vector<NamedOutput> files;
  if (flags.json) {
    files.push_back({"--json", *flags.json, replay::json_report(findings)});
  }
  if (flags.html) {
    files.push_back({"--html", *flags.html, replay::html_report(findings)});
  }
  return tell(replay::text_report(findings), files, code_of(replay::verdict(judge(findings))));
}

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> names;
  for (const auto& format : replay::formats()) {
    names.push_back(format.name);
  }
  return names;
}

void add_trace_flags(CLI::App& command, ReplayFlags& flags) {
  const FlagGroup add(command, "Trace");
  add("--format", flags.format, "SPEC", "csv,time=ts,latency=dur_ms (as the first lines look)",
      Completion::of(format_names()));
  add("--timezone", flags.timezone, "ZONE", "of times that do not say: Europe/Berlin");
  add("--reorder", flags.reorder, "TIME", "how late a line may come, and be put in order (1m)");
  add("--late", flags.late, "WHAT", "with later ones: drop, move or fail (drop)",
      Completion::of(late_words));
  add("--whole-seconds", flags.whole_seconds, "WHAT",
      "with times that tell no more: keep or spread (keep)", Completion::of(whole_seconds_words));
  add("--bad-rows", flags.bad_rows, "SHARE", "lines that may be unreadable: skip or fail (5%)");
  add("--endpoint", flags.endpoints, "PATH", "only calls to it; several may be given");
  add("--most-breakers", flags.most_breakers, "N", "instances and endpoints with their own (1000)");
}

void add_replayed_flags(CLI::App& command, ReplayFlags& flags) {
  const FlagGroup add(command, "Client");
  auto& experiment = flags.experiment;
  add("--breaker", flags.breakers, "SPEC", "a breaker; several are held beside each other",
      breaker_completion());
  add("--client", experiment.file, "FILE", "the breaker and timeout of an experiment",
      Completion::of_files());
  add("--breaker-from", experiment.breaker_from, "FILE",
      "read it from a configuration file: FILE[#INSTANCE]", Completion::of_files());
  add("--profile", experiment.profiles, "NAME", "active profile of that file");
  add("--breaker-per", experiment.breaker_per, "SCOPE",
      "a breaker per client or per endpoint, or one: shared",
      Completion::of(experiment::scope_words()));
  add("--timeout", experiment.timeout, "TIME", "the client gives up then (as it was recorded)");
  add_outcome_flags(command, experiment);
}

}  // namespace

Command add_replay(CLI::App& app) {
  auto flags = std::make_shared<ReplayFlags>();
  auto& command = add_command(
      app, "replay", "Tell if recorded traffic would have tripped a breaker",
      "TRACE is a file or -, plain or packed with gzip or zstd. Examples:\n"
      "  tripcurve replay access.log --breaker resilience4j --timezone Europe/Berlin\n"
      "  tripcurve replay calls.csv.gz --breaker classic --breaker gobreaker \\\n"
      "    --incident '2026-11-24T10:00:00Z/10:20:00Z bank down' --html replay.html\n"
      "  zcat *.gz | tripcurve replay - --format ndjson,time=at,latency=took,unit=ms \\\n"
      "    --client tripcurve.yaml");
  add_argument(command, "TRACE", flags->trace, "the recorded calls", Completion::of_files());
  add_trace_flags(command, *flags);
  add_replayed_flags(command, *flags);
  const FlagGroup add(command, "Incidents");
  add("--incident", flags->incidents, "SPEC", "BEGIN/END NAME, when a breaker should be open");
  add("--incidents", flags->incidents_file, "FILE", "a file with one on each line",
      Completion::of_files());
  FlagGroup(command, "Verdict")("--expect", flags->expect, "EXPR",
                                "'[SETTING:] METRIC < BOUND': 'A: recall >= 80%'");
  add_json_flag(command, flags->json);
  const FlagGroup output(command, "Output");
  output("--html", flags->html, "FILE", "write it as a page with a timeline to FILE",
         Completion::of_files());
  add_shard_flags(command, flags->shards);
  const FlagGroup other(command, "Other");
  other("--seed", flags->experiment.seed, "N", "of breakers that draw, and of the bootstrap (1)");
  return {&command, [flags] { return replay_command(*flags); }};
}

}  // namespace tripcurve::cli
