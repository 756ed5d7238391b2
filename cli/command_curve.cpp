// tripcurve curve: how long breakers take to open, over how bad the upstream is.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/json_output.hpp"
#include "cli/read_flag.hpp"
#include "cli/sharding.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "curve/axis.hpp"
#include "curve/closed_form.hpp"
#include "curve/html.hpp"
#include "curve/measure.hpp"
#include "curve/plot.hpp"
#include "curve/protection.hpp"
#include "curve/svg.hpp"
#include "curve/words.hpp"
#include "experiment/values.hpp"
#include "experiment/write.hpp"
#include "forecast/words.hpp"
#include "load/rate_curve.hpp"
#include "report/csv_text.hpp"
#include "report/json_values.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::cli {
namespace {

using curve::Curve;
using curve::Plan;

constexpr std::uint32_t most_runs = 10'000;

struct CurveFlags {
  ExperimentFlags experiment;
  ShardFlags shards;
  std::vector<std::string> breakers, severities, blips;
  std::optional<std::string> over, within, warm_up, runs, pool, json, csv, html, svg;
};

// What is asked for beside the plan.
struct Question {
  Plan plan;
  curve::Limits limits;
};

// "10%,30%,50%", given once or several times.
Result<std::vector<double>> read_severities(const std::vector<std::string>& given,
                                            const curve::Axis& axis) {
  std::vector<double> severities;
  for (const auto& list : given) {
    for (std::string_view rest = list; !rest.empty();) {
      const auto severity = axis.parse(trim(take_until(rest, ",")));
      if (!severity) {
        return severity.error().in("--at");
      }
      severities.push_back(*severity);
    }
  }
  std::ranges::sort(severities);
  const auto doubled = std::ranges::unique(severities);
  severities.erase(doubled.begin(), doubled.end());
  return severities.empty() ? axis.usual() : severities;
}

Result<std::vector<breaker::Choice>> read_breakers(const std::vector<std::string>& given,
                                                   const breaker::Choice& otherwise) {
  std::vector<breaker::Choice> choices;
  for (const auto& text : given) {
    auto choice = breaker::parse_choice(text);
    if (!choice) {
      return choice.error().in("--breaker");
    }
    choices.push_back(*std::move(choice));
  }
  return choices.empty() ? std::vector{otherwise} : choices;
}

// What cannot be measured, or not yet.
std::optional<Error> unfit(const experiment::Experiment& world) {
  if (!world.topology.empty()) {
    return Error{"curve measures breakers in front of the upstream, and " +
                     tripcurve::quoted(world.file) + " has a topology in between",
                 "leave 'topology' out of the file"};
  }
  if (world.upstream.normal.errors.refuse()) {
    return Error{"the upstream refuses every connection, so there is nothing to become worse",
                 "leave out errors: refuse"};
  }
  return std::nullopt;
}

Result<std::uint32_t> parse_runs(const std::string& text) {
  const auto count = parse_count(text, 1, most_runs);
  return count ? Result(static_cast<std::uint32_t>(*count)) : count.error();
}

// Severities that the axis cannot be in this world.
std::optional<Error> unfit(const Plan& plan) {
  for (const auto severity : plan.severities) {
    if (const auto fault = plan.axis->fault(plan.world, severity); !fault) {
      return fault.error().in("--at " + plan.axis->show(severity));
    }
  }
  return std::nullopt;
}

Result<Question> read_question(const CurveFlags& flags, experiment::Experiment world) {
  if (const auto error = unfit(world)) {
    return *error;
  }
  Question question{.plan = {.world = std::move(world), .breakers = {}, .severities = {}},
                    .limits = {}};
  auto& plan = question.plan;
  std::uint32_t pool = 0;
  for (const auto& error :
       {read_flag(plan.axis, "--over", flags.over, curve::parse_axis),
        read_flag(plan.within, "--within", flags.within, experiment::parse_timeout),
        read_flag(plan.warm_up, "--warm-up", flags.warm_up, experiment::parse_timeout),
        read_flag(plan.runs, "--runs", flags.runs, parse_runs),
        read_flag(pool, "--pool", flags.pool, experiment::parse_workers)}) {
    if (error) {
      return *error;
    }
  }
  if (flags.pool) {
    question.limits.workers = pool;
  }
  for (const auto& text : flags.blips) {
    const auto blip = curve::parse_blip(text, *plan.axis);
    if (!blip) {
      return blip.error().in("--blip");
    }
    question.limits.blips.push_back(*blip);
  }
  auto severities = read_severities(flags.severities, *plan.axis);
  auto breakers = read_breakers(flags.breakers, plan.world.breaker);
  if (!severities || !breakers) {
    return severities ? breakers.error() : severities.error();
  }
  plan.severities = *std::move(severities);
  plan.breakers = *std::move(breakers);
  if (const auto error = unfit(plan)) {
    return *error;
  }
  return question;
}

std::vector<curve::Crossing> crossings_of(const Question& question,
                                          const std::vector<Curve>& curves) {
  auto crossings = curve::nuisance_trips(curves, *question.plan.axis, question.limits.blips);
  if (question.limits.workers) {
    std::ranges::move(curve::late_trips(curves, question.plan, *question.limits.workers),
                      std::back_inserter(crossings));
  }
  return crossings;
}

std::string legend(const Question& question) {
  const auto& limits = question.limits;
  auto text = fmt::format("'never': most runs did not open within {}",
                          format_duration(question.plan.within));
  text += question.plan.breakers.size() == 1 ? ". ':': p5 to p95" : ". '*': several curves";
  text += limits.workers ? fmt::format(". '#': all {} workers are busy", *limits.workers) : "";
  text += limits.blips.empty() ? "" : ". 'x': a blip that it must ride out";
  return report::hang("", text + ".");
}

std::string text_of(const Question& question, const std::vector<Curve>& curves,
                    const std::vector<curve::Crossing>& crossings) {
  const auto& plan = question.plan;
  auto text = curve::heading(plan) + "\n\n" + curve::plot(curves, plan, question.limits) + "\n" +
              legend(question) + "\n";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    text += fmt::format("{}  {}\n", curve::letter(i), curves[i].breaker.text()) +
            report::render_columns(curve::table(plan, curves[i]));
    for (const auto& sentence :
         {curve::everyday_trips(curves[i]), curve::early_runs(plan, curves[i])}) {
      text += sentence.empty() ? "" : report::hang("  ", sentence);
    }
    for (const auto& crossing : crossings) {
      text += crossing.breaker == i ? report::hang("  FAIL  ", crossing.text) : "";
    }
    text += "\n";
  }
  const auto verdict = curve::verdict(question.limits, crossings);
  return verdict.empty() ? text : text + verdict + "\n";
}

Json json_of(const Question& question, const Curve& curve) {
  const auto time_or_null = [](const std::optional<Duration>& time) {
    return time ? Json(to_milliseconds(*time)) : Json();
  };
  auto points = Json::array();
  for (const auto& point : curve.points) {
    points.push_back({{"severity", question.plan.axis->show(point.severity)},
                      {"runs", point.runs},
                      {"early", point.early},
                      {"opened", point.opened.size()},
                      {"p5_ms", time_or_null(point.quantile(0.05))},
                      {"p50_ms", time_or_null(point.quantile(0.5))},
                      {"p95_ms", time_or_null(point.quantile(0.95))},
                      {"closed_form_ms", time_or_null(curve::closed_form(
                                             question.plan, curve.breaker, point.severity))}});
  }
  Json value{{"breaker", curve.breaker.text()}, {"points", std::move(points)}};
  if (const auto& trips = curve.false_trips) {
    value["false_trips"] = {{"per_month", trips->per_month},
                            {"low", trips->low},
                            {"high", trips->high},
                            {"method", forecast::name(trips->method)}};
  }
  return value;
}

Json json_of(const Question& question, const std::vector<Curve>& curves,
             const std::vector<curve::Crossing>& crossings) {
  const auto& plan = question.plan;
  auto all = Json::array();
  for (const auto& curve : curves) {
    all.push_back(json_of(question, curve));
  }
  auto crossed = Json::array();
  for (const auto& crossing : crossings) {
    crossed.push_back(
        {{"breaker", curves[crossing.breaker].breaker.text()}, {"reason", crossing.text}});
  }
  return {{"over", plan.axis->text()},
          {"seed", plan.world.seed},
          {"warm_up_ms", to_milliseconds(plan.warm_up)},
          {"within_ms", to_milliseconds(plan.within)},
          {"curves", std::move(all)},
          {"crossings", std::move(crossed)}};
}

// Times in milliseconds; empty where most runs did not open, or there is no closed form.
std::string csv_of(const Question& question, const std::vector<Curve>& curves) {
  const auto milliseconds = [](const std::optional<Duration>& time) {
    return time ? fmt::format("{}", to_milliseconds(*time)) : std::string();
  };
  std::string text = "breaker,severity,runs,early,opened,p5_ms,p50_ms,p95_ms,closed_form_ms\r\n";
  for (const auto& curve : curves) {
    for (const auto& point : curve.points) {
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{}\r\n", report::csv_quoted(curve.breaker.text()),
          question.plan.axis->show(point.severity), point.runs, point.early, point.opened.size(),
          milliseconds(point.quantile(0.05)), milliseconds(point.quantile(0.5)),
          milliseconds(point.quantile(0.95)),
          milliseconds(curve::closed_form(question.plan, curve.breaker, point.severity)));
    }
  }
  return text;
}

// The runs of all curves.
class CurveJobs final : public SeparateJobs {
 public:
  explicit CurveJobs(curve::Measurement& measurement) : measurement_(measurement) {}

  [[nodiscard]] std::size_t count() const override { return measurement_.jobs(); }
  void run(std::size_t job, const Stop& /*stop*/) override { measurement_.run(job); }
  [[nodiscard]] std::string found(std::size_t job) override {
    const auto opened = measurement_.found(job);
    return opened ? std::to_string(opened->count()) : "null";
  }
  [[nodiscard]] std::optional<std::string> put(std::size_t job, std::string_view found) override {
    const auto json = Json::parse(found);
    if (!json.is_null() && !json.is_number_integer()) {
      return "it is no number of nanoseconds";
    }
    measurement_.put(
        job, json.is_null() ? curve::Measurement::Found() : Duration(json.get<Duration::rep>()));
    return std::nullopt;
  }

 private:
  curve::Measurement& measurement_;
};

ExitCode curve_command(const CurveFlags& flags) {
  if (const auto error = unfit_for_shards(flags.shards, flags.experiment)) {
    return usage_error(*error);
  }
  auto world = simulated_by(flags.experiment);
  if (!world) {
    return ExitCode::usage;
  }
  const auto question = read_question(flags, *std::move(world));
  if (!question) {
    return usage_error(question.error());
  }
  curve::Measurement measurement(question->plan);
  CurveJobs jobs(measurement);
  if (const auto ended =
          do_work(flags.shards, jobs, experiment::write_experiment(question->plan.world),
                  "measuring", "interrupted: a curve needs all of its runs")) {
    return *ended;
  }
  const auto curves = measurement.curves();
  const auto crossings = crossings_of(*question, curves);
  std::vector<NamedOutput> files;
  const auto add = [&](const char* flag, const std::optional<std::string>& path, const auto& make) {
    if (path) {
      files.push_back({flag, *path, make()});
    }
  };
  add("--json", flags.json,
      [&] { return report::render(json_of(*question, curves, crossings), 2); });
  add("--csv", flags.csv, [&] { return csv_of(*question, curves); });
  add("--html", flags.html,
      [&] { return curve::html(curves, question->plan, question->limits, crossings); });
  add("--svg", flags.svg, [&] { return curve::svg(curves, question->plan, question->limits); });
  return tell(text_of(*question, curves, crossings), files,
              crossings.empty() ? ExitCode::success : ExitCode::failure);
}

}  // namespace

Command add_curve(CLI::App& app) {
  auto flags = std::make_shared<CurveFlags>();
  auto& command =
      add_command(app, "curve", "Draw how fast breakers open, over how bad it is",
                  "Exit 0, or 1 if a curve crosses a limit that --pool or --blip sets. Examples:\n"
                  "  tripcurve curve --breaker resilience4j --breaker gobreaker --rate 100/s\n"
                  "  tripcurve curve --blip '30% 2s' examples/partial-outage.yaml\n"
                  "  tripcurve curve --over latency --pool 100 --timeout 5s");
  add_file_argument(command, flags->experiment);
  const FlagGroup add(command, "Curve");
  add("--breaker", flags->breakers, "SPEC", "a breaker to draw; several get a curve each",
      breaker_completion());
  add("--over", flags->over, "WHAT", "errors|latency|slowdown|slow=2s|bursts=10% (errors)",
      Completion::of(curve::axis_examples()));
  add("--at", flags->severities, "LIST", "how bad: 10%,30%, or 200ms,2s, or 2x,10x, or 5,20");
  add("--runs", flags->runs, "N", "runs at each severity (40)");
  add("--warm-up", flags->warm_up, "TIME", "how long all is well before (30s)");
  add("--within", flags->within, "TIME", "how long the fault lasts (5m)");
  add("--pool", flags->pool, "N", "the caller's workers: it must open before all are busy");
  add("--blip", flags->blips, "SPEC", "what it must ride out: '30% 2s'");
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_counting_flags(command, flags->experiment);
  add_json_flag(command, flags->json);
  const FlagGroup output(command, "Output");
  output("--csv", flags->csv, "FILE", "write it as CSV to FILE", Completion::of_files());
  output("--html", flags->html, "FILE", "write a page with picture and tables to FILE",
         Completion::of_files());
  output("--svg", flags->svg, "FILE", "write the picture as SVG to FILE", Completion::of_files());
  add_shard_flags(command, flags->shards);
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return curve_command(*flags); }};
}

}  // namespace tripcurve::cli
