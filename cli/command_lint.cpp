// tripcurve lint: settings that cannot do what they say, told without running anything.

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/json_output.hpp"
#include "cli/lint_text.hpp"
#include "core/exit_code.hpp"
#include "core/units.hpp"
#include "experiment/link_traffic.hpp"
#include "lint/lint.hpp"

namespace tripcurve::cli {
namespace {

std::string trips_text(double per_month) {
  if (per_month >= 1000) {
    return show_count(static_cast<std::uint64_t>(per_month));
  }
  return per_month > 0 && per_month < 0.01 ? "fewer than 0.01" : fmt::format("{:.3g}", per_month);
}

// "False trips in 30 days if 1% of calls fail: 0.02, and 1,200 if half the failures are followed by
// another".
std::string forecast_text(const std::optional<lint::FalseTrips>& trips, double errors) {
  if (!trips) {
    return "False trips: there is no formula for these settings; simulate can count them\n";
  }
  auto text = fmt::format("False trips in 30 days if {} of calls fail: {}", show_share(errors),
                          trips_text(trips->independent));
  if (trips->bursty && errors > 0) {
    text += fmt::format(", and {} if half of the failures are followed by another failure",
                        trips_text(*trips->bursty));
  }
  return text + "\n";
}

struct LintFlags {
  ExperimentFlags experiment;
  std::optional<std::string> json;
};

Json json_of(const breaker::Traffic& traffic) {
  const auto unless_zero = [](Duration time) {
    return time > Duration{} ? Json(to_milliseconds(time)) : Json();
  };
  return {{"rate_per_s", traffic.calls_per_second > 0 ? Json(traffic.calls_per_second) : Json()},
          {"timeout_ms", unless_zero(traffic.timeout)},
          {"failure_share", traffic.normal_errors},
          {"latency_ms", to_milliseconds(traffic.normal_latency)},
          {"outage_ms", unless_zero(traffic.outage_length)},
          {"outage_failure_share", traffic.outage_errors},
          {"outage_latency_ms", unless_zero(traffic.outage_latency)}};
}

Json json_of(const std::optional<lint::FalseTrips>& trips) {
  return trips ? Json{{"independent", trips->independent},
                      {"bursty", trips->bursty ? Json(*trips->bursty) : Json()}}
               : Json();
}

Json json_of(const std::vector<breaker::Warning>& found) {
  auto warnings = Json::array();
  for (const auto& [key, reason, remedy] : found) {
    warnings.push_back(
        {{"setting", key.empty() ? Json() : Json(key)}, {"reason", reason}, {"remedy", remedy}});
  }
  return warnings;
}

Json json_of(const std::vector<experiment::LinkTraffic>& links) {
  auto all = Json::array();
  for (const auto& [link, breaker, policies, traffic] : links) {
    all.push_back({{"link", link},
                   {"breaker", breaker.text()},
                   {"dialect", breaker.dialect().name},
                   {"traffic", json_of(traffic)},
                   {"warnings", json_of(lint::lint(breaker, traffic))},
                   {"false_trips_in_30_days", json_of(lint::false_trips(breaker, traffic))}});
  }
  return all;
}

Json json_of(const experiment::Experiment& experiment, const breaker::Traffic& traffic,
             const std::optional<lint::FalseTrips>& trips) {
  auto warnings = Json::array();
  for (const auto& text : experiment.warnings) {
    warnings.push_back({{"setting", nullptr}, {"reason", text}, {"remedy", nullptr}});
  }
  for (auto& warning : json_of(lint::lint(experiment.breaker, traffic))) {
    warnings.push_back(std::move(warning));
  }
  return {{"breaker", experiment.breaker.text()}, {"dialect", experiment.breaker.dialect().name},
          {"traffic", json_of(traffic)},          {"warnings", std::move(warnings)},
          {"notes", notes_of(experiment)},        {"false_trips_in_30_days", json_of(trips)}};
}

ExitCode lint_settings(const LintFlags& flags) {
  auto experiment = described_by(flags.experiment);
  if (!experiment) {
    return ExitCode::usage;
  }
  const auto traffic = experiment::traffic(*experiment);
  const auto links = experiment::traffic_of_links(*experiment);
  const auto warnings = lint_lines(*experiment);
  auto text = fmt::format("{}\nat {}\n", experiment->breaker.text(), traffic_text(traffic));
  for (const auto& one : links) {
    text += fmt::format("{}: {}\nat {}\n", one.link, one.breaker.text(), traffic_text(one.traffic));
  }
  text += '\n';
  for (const auto& line : told_before(*experiment, warnings)) {
    text += line + "\n";
  }
  const auto trips = lint::false_trips(experiment->breaker, traffic);
  // Where the load's own client has no breaker, those of the links are what is judged.
  if (links.empty() || experiment->breaker.text() != "none") {
    text += forecast_text(trips, traffic.normal_errors);
  }
  for (const auto& one : links) {
    text += one.link + ": " +
            forecast_text(lint::false_trips(one.breaker, one.traffic), one.traffic.normal_errors);
  }
  auto json = json_of(*experiment, traffic, trips);
  if (!links.empty()) {
    json["links"] = json_of(links);
  }
  return tell(text, json, flags.json, warnings.empty() ? ExitCode::success : ExitCode::failure);
}

}  // namespace

Command add_lint(CLI::App& app) {
  auto flags = std::make_shared<LintFlags>();
  auto& command =
      add_command(app, "lint", "Find settings that cannot work as intended",
                  "Judges the settings against the load and the outage of the experiment.\n"
                  "Exit 0: no warnings, 1: at least one warning. Examples:\n"
                  "  tripcurve lint tripcurve.yaml\n"
                  "  tripcurve lint --breaker gobreaker,Interval=500ms --timeout 1s\n"
                  "  tripcurve lint --breaker classic --rate 100/s --errors 5%\n"
                  "  tripcurve lint --phase 'ok 1m' --phase 'slow 1m latency=2s..3s' --timeout 5s");
  add_file_argument(command, flags->experiment);
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_client_flags(command, flags->experiment);
  add_seed_flag(command, flags->experiment);
  add_json_flag(command, flags->json);
  return {&command, [flags] { return lint_settings(*flags); }};
}

}  // namespace tripcurve::cli
