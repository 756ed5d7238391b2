// tripcurve alerts: Prometheus alerting rules for breakers.

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/alert_rules.hpp"
#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::cli {
namespace {

struct AlertFlags {
  std::string open_for = "60s";
  std::string trips = "5/10m";
  std::string source = "tripcurve";
};

// A duration as PromQL reads it: 1m30s is fine there, a part of a second is not.
Result<std::string> whole_seconds(std::string_view text) {
  const auto given = parse_duration(text);
  if (!given) {
    return given.error();
  }
  if (*given < std::chrono::seconds(1) || *given % std::chrono::seconds(1) != Duration::zero()) {
    return Error{quoted(text) + " is not a whole number of seconds", "write 60s or 5m"};
  }
  return format_duration(*given);
}

ExitCode alerts(const AlertFlags& flags) {
  const auto open_for = whole_seconds(flags.open_for);
  if (!open_for) {
    return usage_error(open_for.error().in("--open-for"));
  }
  std::string_view window_text = flags.trips;
  const auto trips_text = take_until(window_text, "/");
  const auto trips = parse_count(trips_text, 1, 1'000'000);
  if (!trips || window_text.empty()) {
    return usage_error(
        {"--trips: " + tripcurve::quoted(flags.trips) + " is not a number of trips in a time",
         "write --trips 5/10m"});
  }
  const auto window = whole_seconds(window_text);
  if (!window) {
    return usage_error(window.error().in("--trips"));
  }
  const auto source = std::ranges::find(alert_sources(), flags.source, &AlertSource::name);
  if (source == alert_sources().end()) {
    std::vector<std::string_view> known;
    for (const auto& one : alert_sources()) {
      known.push_back(one.name);
    }
    return usage_error({"--for: " + tripcurve::quoted(flags.source) + " is not known",
                        did_you_mean(flags.source, known)});
  }
  print(alert_rules(*source, {*open_for, std::to_string(*trips), *window}));
  return ExitCode::success;
}

}  // namespace

Command add_alerts(CLI::App& app) {
  auto flags = std::make_shared<AlertFlags>();
  auto& command = add_command(
      app, "alerts", "Print Prometheus alerting rules for breakers",
      "Prints a rule file. Examples:\n"
      "  tripcurve alerts --open-for 5m > breakers.yml && promtool check rules breakers.yml\n"
      "  tripcurve alerts --for resilience4j > breakers.yml");
  const FlagGroup add(command, "Rules");
  add("--for", flags->source, "WHOSE", "metrics of resilience4j, opossum or envoy (tripcurve)");
  add("--open-for", flags->open_for, "TIME", "alert if a breaker is not closed for TIME (60s)");
  add("--trips", flags->trips, "N/TIME", "alert on N trips within TIME (5/10m)");
  return {&command, [flags] { return alerts(*flags); }};
}

}  // namespace tripcurve::cli
