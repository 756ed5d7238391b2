#include "cli/run_flow.hpp"

#include <algorithm>
#include <csignal>

#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/lint_text.hpp"
#include "cli/version.hpp"
#include "core/units.hpp"
#include "expect/judge.hpp"
#include "experiment/write.hpp"
#include "load/rate_curve.hpp"
#include "report/intervals.hpp"
#include "report/verdict.hpp"

namespace tripcurve::cli {
namespace {

using Result = report::Verdict::Result;

std::string load_words(const experiment::Experiment& experiment) {
  if (const auto* open = std::get_if<load::OpenLoop>(&experiment.loop)) {
    const auto rate = open->stages.empty()
                          ? format_rate(open->rate)
                          : std::to_string(open->stages.size()) + " stages up to " +
                                format_rate(load::highest_rate(*open));
    return rate + (open->arrival == load::Arrival::poisson ? " poisson" : " constant");
  }
  const auto& closed = std::get<load::ClosedLoop>(experiment.loop);
  return std::to_string(closed.workers) + (closed.workers == 1 ? " worker" : " workers");
}

std::vector<std::string> names(const load::BreakerBank& bank) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    all.push_back(bank.name(i));
  }
  return all;
}

// The dialect, and every setting that it has.
std::vector<std::pair<std::string, std::string>> settings_of(const breaker::Choice& choice) {
  std::vector<std::pair<std::string, std::string>> all{
      {"dialect", std::string(choice.dialect().name)}};
  for (const auto& [key, value, given] : choice.settings()) {
    if (!value.empty()) {
      all.emplace_back(key, value);
    }
  }
  return all;
}

bool good(Result result) { return result == Result::pass || result == Result::finished; }

// What --inconclusive makes of it.
void settle(report::Verdict& verdict, Judging::Inconclusive inconclusive) {
  if (verdict.result != Result::inconclusive || inconclusive == Judging::Inconclusive::tell) {
    return;
  }
  const bool pass = inconclusive == Judging::Inconclusive::pass;
  verdict.result = pass ? Result::pass : Result::fail;
  verdict.reasons.insert(
      verdict.reasons.begin(),
      std::string("it is inconclusive, which --inconclusive makes a ") + (pass ? "pass" : "fail"));
}

}  // namespace

report::RunFacts run_facts(const char* command, const experiment::Experiment& experiment,
                           const load::BreakerBank& bank) {
  return {.command = command,
          .name = experiment.name,
          .description = experiment.description,
          .tool_version = version,
          .seed = experiment.seed,
          .experiment_json = experiment::write_experiment(experiment),
          .host = {},
          .target = {},
          .timetable = experiment::load_plan(experiment).timetable,
          .breaker_names = names(bank),
          .dialect = experiment.breaker.text(),
          .breaker_settings = settings_of(experiment.breaker),
          .events = {},
          .transition_count = 0,
          .upstream = {},
          .ending = report::Ending::completed,
          .ended_at = {},
          .timeout = experiment.timeout,
          .load_words = load_words(experiment),
          .reproduce = run_again(experiment),
          .warnings = lint_lines(experiment),
          .notes = experiment.notes};
}

live::Scene scene_of(const experiment::Experiment& experiment, const load::BreakerBank& bank,
                     const std::string& target) {
  const auto plan = experiment::load_plan(experiment);
  return {.title = experiment.name,
          .load = load_words(experiment),
          .target = target,
          .seed = experiment.seed,
          .timetable = plan.timetable,
          .endpoints = load::names(plan.endpoints),
          .breakers = names(bank),
          .dialect = experiment.breaker.text()};
}

report::Summary sum_up(report::RunFacts known, const load::BreakerBank& bank,
                       const load::LoadPlan& load, load::Tally tally,
                       const std::optional<faults::Ledger>& ledger, TimePoint until) {
  report::Measured measured{.load = load, .tally = std::move(tally), .probes = {}};
  for (std::size_t i = 0; i < bank.size(); ++i) {
    measured.probes.push_back(bank.probes(i));
  }
  known.events = bank.events_since(0);
  known.transition_count = bank.transition_count();
  if (ledger) {
    for (const auto& phase : ledger->phases()) {
      known.upstream.push_back(
          {phase.arrived, phase.arrived_while_open, phase.served, phase.injected});
    }
  }
  known.ended_at = std::min(known.ended_at, until);
  const auto& phases = known.timetable.phases();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].begin >= until) {
      measured.tally.phases[i] = load::PhaseTally(load.endpoints.size());
      if (ledger) {
        known.upstream[i] = {};
      }
    }
  }
  return report::summarize(std::move(known), measured);
}

void judge(report::Summary& summary, Guard& guard,
           const std::vector<expect::Expectation>& expectations) {
  if (summary.facts.ending == report::Ending::completed) {
    if (auto stop = guard.look_back(summary)) {
      summary.facts.ending = stop->ending;
      summary.facts.stopped_because = std::move(stop->reasons);
    }
  }
  summary.findings = expect::judge(expectations, summary);
  summary.verdict = report::decide(summary);
}

int run_and_report(const RunOutput& output, const Judging& judging,
                   experiment::Experiment experiment,
                   const std::function<Outcome(const experiment::Experiment&)>& run_once,
                   const std::function<void(const report::Summary&)>& also) {
  experiment.expectations = judging.expectations;  // so that a result's experiment has them all
  const auto all_again = judging.repeat > 1 ? series_again(experiment) : "";
  std::optional<Outcome> shown;
  report::Repeats repeats{.needed = judging.need};
  for (std::uint64_t i = 0; i < judging.repeat; ++i, ++experiment.seed) {
    auto outcome = run_once(experiment);
    const auto result = outcome.summary.verdict.result;
    repeats.runs.push_back({experiment.seed, std::string(report::name(result))});
    repeats.passed += good(result) ? 1U : 0U;
    const bool over = outcome.signal.has_value() || result == Result::unhealthy;
    if (!shown || over || (good(shown->summary.verdict.result) && !good(result))) {
      shown = std::move(outcome);
    }
    if (over) {
      break;
    }
  }
  auto& summary = shown->summary;
  if (judging.repeat > 1) {
    const auto interval = report::wilson(repeats.passed, repeats.runs.size());
    repeats.low = interval.low;
    repeats.high = interval.high;
    summary.repeats = std::move(repeats);
    summary.facts.reproduce_all = all_again;
    summary.verdict = report::decide(summary);
  }
  settle(summary.verdict, judging.inconclusive);
  output.write(summary);
  if (also) {
    also(summary);
  }
  if (shown->signal) {
    return *shown->signal == SIGTERM ? terminated : interrupted;
  }
  return report::exit_code(summary.verdict.result);
}

}  // namespace tripcurve::cli
