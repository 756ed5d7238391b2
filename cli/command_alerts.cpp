// tripcurve alerts: Prometheus alerting rules for the three things about a breaker that a team
// wants to be told. They read circuit_breaker_state, circuit_breaker_opens_total and
// circuit_breaker_trips_total, which run --metrics serves, and which a service can export for its
// own breakers under the same names.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::cli {
namespace {

struct AlertFlags {
  std::string open_for = "60s";
  std::string trips = "5/10m";
};

// $OPEN_FOR, $TRIPS and $WINDOW stand for what the flags say.
constexpr std::string_view rules =
    R"(# Made by tripcurve alerts --open-for $OPEN_FOR --trips $TRIPS/$WINDOW
groups:
  - name: circuit-breakers
    rules:
      # Openings count, too: a breaker may open and become half-open between two scrapes.
      - alert: CircuitBreakerOpened
        expr: circuit_breaker_state == 1 or increase(circuit_breaker_opens_total[2m]) > 0
        labels:
          severity: info
        annotations:
          summary: "Breaker {{ $labels.name }} of {{ $labels.instance }} opened"
          description: >-
            The breaker {{ $labels.name }} stopped sending calls, because too many failed or were
            too slow. Callers get errors immediately until it closes.
          action: >-
            Check the dependency behind {{ $labels.name }} first: its errors, its latency, its recent
            deployments. The breaker is doing its job; do not force it closed. If the dependency is
            healthy for other callers, check the path to it: DNS, TLS, connection pools and the
            caller's own timeout.

      # Half-open still counts as open; otherwise each failed trial would restart the clock.
      - alert: CircuitBreakerOpenTooLong
        expr: circuit_breaker_state > 0
        for: $OPEN_FOR
        labels:
          severity: critical
        annotations:
          summary: "Breaker {{ $labels.name }} of {{ $labels.instance }} has not closed for $OPEN_FOR"
          description: >-
            The breaker {{ $labels.name }} has been open or half-open for more than $OPEN_FOR, so
            the calls it guards have failed or fallen back for all that time.
          action: >-
            If the dependency is still failing, involve its owners and check that the fallback copes. If
            it is healthy, the trial calls must be failing: check whether they differ from other calls
            (a slow first connection, a timeout that is too short for a cold cache), and whether the
            breaker lets enough trials through to close at all.

      # Trips are openings from closed. Openings from half-open belong to an outage that continues.
      - alert: CircuitBreakerTripsTooOften
        expr: increase(circuit_breaker_trips_total[$WINDOW]) >= $TRIPS
        labels:
          severity: warning
        annotations:
          summary: "Breaker {{ $labels.name }} of {{ $labels.instance }} trips too often"
          description: >-
            The breaker {{ $labels.name }} tripped about {{ $value | humanize }} times in $WINDOW:
            it went from closed to open that often.
          action: >-
            Either part of the dependency is failing (compare its error rate by instance and by path), or
            the settings trip by chance: the window or the minimum number of calls is too small for
            the traffic, or the threshold is close to the normal error rate. tripcurve lint estimates
            how often given settings trip although nothing is wrong.
)";

std::string with(std::string text, std::string_view word, const std::string& value) {
  for (auto at = text.find(word); at != std::string::npos;
       at = text.find(word, at + value.size())) {
    text.replace(at, word.size(), value);
  }
  return text;
}

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
  auto text = with(std::string(rules), "$OPEN_FOR", *open_for);
  text = with(std::move(text), "$TRIPS", std::to_string(*trips));
  print(with(std::move(text), "$WINDOW", *window));
  return ExitCode::success;
}

}  // namespace

Command add_alerts(CLI::App& app) {
  auto flags = std::make_shared<AlertFlags>();
  auto& command = add_command(
      app, "alerts", "Print Prometheus alerting rules for breakers",
      "Prints a rule file. Example:\n"
      "  tripcurve alerts --open-for 5m > breakers.yml && promtool check rules breakers.yml");
  const FlagGroup add(command, "Rules");
  add("--open-for", flags->open_for, "TIME", "alert if a breaker is not closed for TIME (60s)");
  add("--trips", flags->trips, "N/TIME", "alert on N trips within TIME (5/10m)");
  return {&command, [flags] { return alerts(*flags); }};
}

}  // namespace tripcurve::cli
