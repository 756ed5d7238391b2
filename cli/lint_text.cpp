#include "cli/lint_text.hpp"

#include <fmt/format.h>

#include "core/units.hpp"
#include "experiment/link_traffic.hpp"
#include "lint/lint.hpp"
#include "lint/policies.hpp"

namespace tripcurve::cli {
namespace {

// Of one client; `whose` is what each line begins with.
void add_lines(const std::string& whose, const breaker::Choice& breaker,
               const breaker::Traffic& traffic, const client::Policies& policies,
               std::vector<std::string>& lines) {
  for (const auto& warning : lint::lint(breaker, traffic)) {
    lines.push_back(fmt::format("{}{}{}{} ({})", whose, breaker.dialect().name,
                                warning.key.empty() ? "" : " " + warning.key + ": ",
                                warning.key.empty() ? ": " + warning.reason : warning.reason,
                                warning.remedy));
  }
  for (const auto& warning : lint::lint_policies(policies)) {
    lines.push_back(
        fmt::format("{}policy {}: {} ({})", whose, warning.key, warning.reason, warning.remedy));
  }
}

}  // namespace

std::vector<std::string> lint_lines(const experiment::Experiment& experiment) {
  auto lines = experiment.warnings;
  add_lines("", experiment.breaker, experiment::traffic(experiment),
            experiment::load_plan(experiment).client, lines);
  for (const auto& [link, breaker, policies, traffic] : experiment::traffic_of_links(experiment)) {
    add_lines(link + ": ", breaker, traffic, policies, lines);
  }
  return lines;
}

namespace {

// "no call fails and answers take 200ms"
std::string calls_text(double errors, Duration latency) {
  return fmt::format("{} and answers {}",
                     errors > 0 ? fmt::format("{} of calls fail", show_share(errors))
                                : std::string("no call fails"),
                     latency > Duration{} ? "take " + show_duration(latency) : "come immediately");
}

}  // namespace

std::vector<std::string> notes_of(const experiment::Experiment& experiment) {
  auto lines = experiment.notes;
  const auto otherwise =
      difference(experiment::breaker_rules(experiment), experiment::caller_rules(experiment));
  if (!otherwise.empty()) {
    const auto& counting = experiment.counting;
    const auto why = !counting.breaker_counts.empty() ? std::string("breaker_counts says so")
                     : counting.imported              ? std::string("its file says so")
                                         : fmt::format("tripcurve describe {} says why",
                                                       experiment.breaker.dialect().name);
    lines.push_back(
        fmt::format("the breaker counts some results differently from the caller: {} ({}; "
                    "--breaker-counts changes it)",
                    format_outcome_changes(otherwise), why));
  }
  return lines;
}

std::vector<std::string> told_before(const experiment::Experiment& experiment,
                                     const std::vector<std::string>& warnings) {
  auto lines = notes_of(experiment);
  for (const auto& warning : warnings) {
    lines.push_back("warning: " + warning);
  }
  return lines;
}

std::string traffic_text(const breaker::Traffic& traffic) {
  auto text = traffic.calls_per_second > 0 ? fmt::format("{:.4g}/s", traffic.calls_per_second)
                                           : std::string("an unknown rate");
  text += fmt::format(", timeout {}; normally {}", format_duration(traffic.timeout),
                      calls_text(traffic.normal_errors, traffic.normal_latency));
  if (traffic.outage_length > Duration{}) {
    text += fmt::format("; in an outage of {}, {}", format_duration(traffic.outage_length),
                        calls_text(traffic.outage_errors, traffic.outage_latency));
    for (const auto& [end, outcome, share] : traffic.uncounted) {
      text += fmt::format(", {} end with {} that {}", show_share(share), words(end),
                          outcome == Outcome::ignored ? "is ignored" : "counts as a success");
    }
  }
  return text;
}

}  // namespace tripcurve::cli
