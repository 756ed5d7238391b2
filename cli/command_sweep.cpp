// tripcurve sweep: the breaker settings to deploy.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/job_threads.hpp"
#include "cli/json_output.hpp"
#include "cli/read_flag.hpp"
#include "cli/sharding.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/write.hpp"
#include "exporter/exporter.hpp"
#include "report/json_values.hpp"
#include "sweep/data_reports.hpp"
#include "sweep/html_report.hpp"
#include "sweep/sweep.hpp"
#include "sweep/text_report.hpp"

namespace tripcurve::cli {
namespace {

using sweep::Scenario;

constexpr std::size_t usual_points = 2000;
constexpr std::size_t most_points = 100'000;
constexpr std::uint32_t most_seeds = 1000;
constexpr const char* own_scenario = "own";

struct SweepFlags {
  ExperimentFlags experiment;
  ShardFlags shards;
  std::vector<std::string> over, scenarios, subject_to;
  std::optional<std::string> minimize, maximize, length, seeds, points, precision;
  std::optional<std::string> json, csv, ndjson, html, settings;
};

Result<sweep::Space> read_space(const std::vector<std::string>& over, std::size_t points) {
  if (over.empty()) {
    return Error{"sweep needs --over: which settings are to be tried?",
                 "write --over 'client.breaker.failureRateThreshold=30,50,70'"};
  }
  std::vector<sweep::Knob> knobs;
  for (const auto& text : over) {
    auto knob = sweep::parse_knob(text);
    if (!knob) {
      return knob.error().in("--over");
    }
    knobs.push_back(*std::move(knob));
  }
  auto space = sweep::span(std::move(knobs), points);
  return space ? std::move(space) : space.error().in("--over");
}

// "blackout=healthy 1m; outage 30s errors=100%; recovered 2m"
Result<Scenario> scenario_of_phases(std::string_view text) {
  Scenario scenario{.name = std::string(trim(take_until(text, "="))), .phases = {}};
  while (!trim(text).empty()) {
    auto phase = faults::parse_phase(trim(take_until(text, ";")));
    if (!phase) {
      return phase.error();
    }
    scenario.phases.push_back(*std::move(phase));
  }
  if (scenario.phases.empty()) {
    return Error{tripcurve::quoted(scenario.name) + " has no phases",
                 "write 'blackout=healthy 1m; outage 30s errors=100%; recovered 2m'"};
  }
  return scenario;
}

Result<Scenario> scenario_of_file(const std::string& path) {
  auto reading = read_experiment_file(path);
  if (!reading.errors.empty()) {
    return reading.errors.front();
  }
  return Scenario{std::filesystem::path(path).stem().string(),
                  std::move(reading.experiment.phases)};
}

Result<Scenario> read_scenario(const std::string& text, Duration length,
                               const experiment::Experiment& base) {
  if (text == own_scenario) {
    return Scenario{own_scenario, base.phases};
  }
  const auto equals = text.find('=');
  if (equals != std::string::npos) {
    return scenario_of_phases(text);
  }
  const auto story = sweep::find_story(text);
  if (story) {
    return sweep::scenario_of(**story, length, base.timeout);
  }
  std::error_code ignored;
  if (std::filesystem::exists(text, ignored)) {
    return scenario_of_file(text);
  }
  return Error{story.error().message + ", and no such file",
               story.error().hint + "; see tripcurve list scenarios"};
}

Result<std::vector<Scenario>> read_scenarios(const std::vector<std::string>& given, Duration length,
                                             const experiment::Experiment& base) {
  std::vector<Scenario> scenarios;
  if (given.empty()) {
    for (const auto& story : sweep::stories()) {
      scenarios.push_back(sweep::scenario_of(story, length, base.timeout));
    }
    return scenarios;
  }
  for (const auto& list : given) {
    // Phases have commas; a list of names has none of these.
    const bool single = list.find('=') != std::string::npos;
    for (std::string_view rest = list; !rest.empty();) {
      auto scenario =
          read_scenario(std::string(trim(single ? std::exchange(rest, {}) : take_until(rest, ","))),
                        length, base);
      if (!scenario) {
        return scenario.error().in("--scenario");
      }
      if (std::ranges::find(scenarios, scenario->name, &Scenario::name) != scenarios.end()) {
        return Error{"--scenario: " + tripcurve::quoted(scenario->name) + " is given twice",
                     "keep one of them"};
      }
      scenarios.push_back(*std::move(scenario));
    }
  }
  return scenarios;
}

Result<Duration> parse_length(const std::string& text) {
  const auto length = parse_duration(text);
  if (length && *length < sweep::shortest_scenario) {
    return Error{tripcurve::quoted(text) + " is too short for a fault and what comes after it",
                 "write at least " + format_duration(sweep::shortest_scenario)};
  }
  return length;
}

template <typename Number>
auto count_parser(Number least, Number most) {
  return [least, most](const std::string& text) {
    const auto count = parse_count(text, least, most);
    return count ? Result(static_cast<Number>(*count)) : count.error();
  };
}

Result<double> parse_precision(const std::string& text) {
  const auto share = parse_share(text);
  return share ? Result(share->value) : share.error();
}

Result<sweep::Plan> read_plan(const SweepFlags& flags, experiment::Experiment base) {
  sweep::Plan plan;
  plan.base = std::move(base);
  std::size_t points = usual_points;
  Duration length = std::chrono::minutes(10);
  for (const auto& error :
       {read_flag(points, "--points", flags.points, count_parser<std::size_t>(1, most_points)),
        read_flag(length, "--length", flags.length, parse_length),
        read_flag(plan.most_seeds, "--seeds", flags.seeds,
                  count_parser<std::uint32_t>(2, most_seeds)),
        read_flag(plan.precision, "--precision", flags.precision, parse_precision)}) {
    if (error) {
      return *error;
    }
  }
  auto space = read_space(flags.over, points);
  if (!space) {
    return space.error();
  }
  auto scenarios = read_scenarios(flags.scenarios, length, plan.base);
  if (!scenarios) {
    return scenarios.error();
  }
  plan.space = *std::move(space);
  plan.scenarios = *std::move(scenarios);
  std::vector<std::string> names;
  for (const auto& scenario : plan.scenarios) {
    names.push_back(scenario.name);
  }
  auto aims = sweep::parse_aims({flags.minimize, flags.maximize, flags.subject_to}, names);
  if (!aims) {
    return aims.error();
  }
  plan.aims = *std::move(aims);
  return plan;
}

// The recommended breaker as a file of its library.
std::string settings_file(const sweep::Findings& findings, const std::string& path) {
  const auto& choice = *findings.rows[*findings.pick].choice;
  const auto format = exporter::format_for(choice, path);
  const auto* chosen = format ? *format : exporter::formats_of(choice).front();
  return chosen->write(choice, sweep::settings_name).text;
}

// All runs that the race may ask for: those of other processes are known to it.
class SweptRuns final : public SeparateJobs {
 public:
  explicit SweptRuns(sweep::Sweep& sweep) : sweep_(sweep), found_(sweep.possible_runs()) {}

  [[nodiscard]] std::size_t count() const override { return found_.size(); }
  void run(std::size_t job, const Stop& /*stop*/) override {
    found_[job] = sweep::Sweep::kept(sweep_.find(job));
  }
  [[nodiscard]] std::string found(std::size_t job) override {
    return std::exchange(found_[job], {});
  }
  [[nodiscard]] std::optional<std::string> put(std::size_t job, std::string_view found) override {
    auto run = sweep_.read_kept(found);
    if (!run) {
      return "it does not have what is measured of a run";
    }
    sweep_.know(job, *std::move(run));
    return std::nullopt;
  }

 private:
  sweep::Sweep& sweep_;
  std::vector<std::string> found_;
};

// All that the runs depend on: an experiment for each scenario.
std::string about(const sweep::Plan& plan) {
  std::string text;
  for (const auto& scenario : plan.scenarios) {
    auto one = plan.base;
    one.phases = scenario.phases;
    text += scenario.name + ": " + experiment::write_experiment(one) + "\n";
  }
  return text;
}

// The rest of a round that a signal ended is left undone. Returns the signal.
std::optional<int> race(sweep::Sweep& sweep) {
  while (const auto jobs = sweep.next_round()) {
    if (const auto signal =
            do_jobs(*jobs, [&](std::size_t job) { sweep.run(job); }, "sweeping " + sweep.round())) {
      return signal;
    }
  }
  return std::nullopt;
}

ExitCode sweep_command(const SweepFlags& flags) {
  if (const auto error = unfit_for_shards(flags.shards, flags.experiment)) {
    return usage_error(*error);
  }
  auto base = simulated_by(flags.experiment);
  if (!base) {
    return ExitCode::usage;
  }
  if (base->versus) {
    say("tripcurve: --versus and client.versus change nothing in a sweep; it compares with the "
        "defaults of libraries anyway");
  }
  auto plan = read_plan(flags, *std::move(base));
  if (!plan) {
    return usage_error(plan.error());
  }
  if (flags.settings) {
    if (const auto format = exporter::format_for(plan->base.breaker, *flags.settings); !format) {
      return usage_error(format.error().in("--settings"));
    }
  }
  const auto runs_are_of = about(*plan);
  auto prepared = sweep::Sweep::prepare(*std::move(plan));
  if (!prepared) {
    return usage_error(prepared.error());
  }
  auto sweep = *std::move(prepared);
  if (flags.shards.shard || is_merging()) {
    SweptRuns runs(sweep);
    if (const auto ended = do_work(flags.shards, runs, runs_are_of, "sweeping", "interrupted")) {
      return *ended;
    }
  }
  const auto signal = race(sweep);
  const auto findings = sweep.findings(signal.has_value());
  std::vector<NamedOutput> files;
  const auto add = [&](const char* flag, const std::optional<std::string>& path, const auto& make) {
    if (path) {
      files.push_back({flag, *path, make()});
    }
  };
  add("--json", flags.json, [&] { return report::render(sweep::json_of(findings), 2); });
  add("--csv", flags.csv, [&] { return sweep::csv_of(findings); });
  add("--ndjson", flags.ndjson, [&] { return sweep::ndjson_of(findings); });
  add("--html", flags.html, [&] { return sweep::html_report(findings); });
  if (findings.pick) {
    add("--settings", flags.settings, [&] { return settings_file(findings, *flags.settings); });
  } else if (flags.settings) {
    say("no setting is recommended, so nothing is written to " + *flags.settings);
  }
  const auto code = signal          ? static_cast<ExitCode>(128 + *signal)
                    : findings.pick ? ExitCode::success
                                    : ExitCode::failure;
  return tell(sweep::text_report(findings), files, code);
}

std::vector<std::string_view> scenario_words() {
  std::vector<std::string_view> words{own_scenario};
  for (const auto& story : sweep::stories()) {
    words.push_back(story.name);
  }
  return words;
}

}  // namespace

Command add_sweep(CLI::App& app) {
  auto flags = std::make_shared<SweepFlags>();
  auto& command =
      add_command(app, "sweep", "Find the breaker settings to deploy",
                  "Tries settings in virtual time, in several scenarios, and recommends one.\n"
                  "Exit 0, or 1 if no setting satisfies all constraints. Examples:\n"
                  "  tripcurve sweep --breaker classic --rate 100/s --errors 1% \\\n"
                  "    --over 'client.breaker.FailureThreshold=3..10' \\\n"
                  "    --over 'client.breaker.Timeout=1s..60s'\n"
                  "  tripcurve sweep tripcurve.yaml --over 'load.timeout=200ms..2s/4' \\\n"
                  "    --minimize rejected_good --subject-to 'p95 time_to_close <= 10s'");
  add_file_argument(command, flags->experiment);
  const FlagGroup add(command, "Sweep");
  add("--over", flags->over, "KEY=VALUES", "a key of the file: a=1,2,3, a=1s..60s, a=1..9/5");
  add("--scenario", flags->scenarios, "LIST", "built in, own, a file, or name=phases (all six)",
      Completion::of(scenario_words()));
  add("--length", flags->length, "TIME", "of a built-in scenario (10m)");
  add("--seeds", flags->seeds, "N", "most runs of a setting in a scenario (8)");
  add("--points", flags->points, "N", "most settings; of a larger grid, a sample (2000)");
  add("--precision", flags->precision, "SHARE", "goals known this precisely need no more runs (5%)");
  const FlagGroup aim(command, "What is wanted");
  aim("--minimize", flags->minimize, "QUANTITY", "such as p95 time_to_open (wasted_calls)");
  aim("--maximize", flags->maximize, "QUANTITY", "such as availability");
  aim("--subject-to", flags->subject_to, "LIMIT",
      "such as 'p95 time_to_close <= 30s' (two limits)");
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_client_flags(command, flags->experiment);
  add_shard_flags(command, flags->shards);
  add_seed_flag(command, flags->experiment);
  add_json_flag(command, flags->json);
  const FlagGroup output(command, "Output");
  output("--csv", flags->csv, "FILE", "write a line for each setting to FILE",
         Completion::of_files());
  output("--ndjson", flags->ndjson, "FILE", "write an object for each setting and scenario",
         Completion::of_files());
  output("--html", flags->html, "FILE", "write a page with pictures to FILE",
         Completion::of_files());
  output("--settings", flags->settings, "FILE", "write the breaker as its library reads it",
         Completion::of_files());
  return {&command, [flags] { return sweep_command(*flags); }};
}

}  // namespace tripcurve::cli
