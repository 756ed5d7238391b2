#include "cli/probe_all.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/command.hpp"
#include "cli/json_output.hpp"
#include "core/units.hpp"
#include "probe/examples.hpp"
#include "probe/prober.hpp"
#include "probe/simulated.hpp"
#include "probe/space.hpp"
#include "report/table.hpp"

namespace tripcurve::cli {
namespace {

struct Silent final : probe::Watcher {};

probe::Findings findings_of(const breaker::Choice& choice, const probe::Question& question,
                            std::uint64_t seed) {
  const auto rules = breaker::usual_rules(choice.dialect());
  probe::Simulated subject(choice, rules, {.pace = question.pace}, TimePoint{},
                           Random(seed).fork("probed"));
  Silent silent;
  return probe::find_out(question, subject, nullptr, silent);
}

std::string_view found_words(const breaker::Choice& choice, const probe::Findings& findings) {
  const auto& left = findings.survivors;
  if (std::ranges::find(left, choice, &probe::Survivor::choice) != left.end()) {
    return "settings";
  }
  const bool has_dialect = std::ranges::any_of(
      left, [&](const probe::Survivor& one) { return &one.choice.dialect() == &choice.dialect(); });
  const bool acts_by_chance = probe::luck_of(choice) == probe::Luck::chance;
  return has_dialect ? "dialect" : acts_by_chance ? "undecided" : "no";
}

template <typename Value>
Value median_of(std::vector<Value> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

ExitCode probe_all(const probe::Question& question, std::uint64_t seed,
                   const std::optional<std::string>& json) {
  std::vector<std::vector<std::string>> lines{
      {"breaker", "found", "left", "experiments", "calls", "time"}};
  auto rows = Json::array();
  std::vector<std::size_t> experiments;
  std::vector<std::uint64_t> calls;
  std::vector<Duration> times;
  bool all_found = true;
  for (const auto& choice : probe::examples(question.dialects)) {
    const auto findings = findings_of(choice, question, seed);
    const auto found = found_words(choice, findings);
    const auto& search = findings.search;
    all_found = all_found && found != "no";
    experiments.push_back(search.experiments);
    calls.push_back(search.calls);
    times.push_back(search.took);
    say(fmt::format("{}: {}, {} left", choice.text(), found, findings.survivors.size()));
    lines.push_back({std::string(choice.dialect().name), std::string(found),
                     std::to_string(findings.survivors.size()), std::to_string(search.experiments),
                     show_count(search.calls), show_duration(search.took)});
    rows.push_back({{"breaker", choice.text()},
                    {"found", found},
                    {"left", findings.survivors.size()},
                    {"experiments", search.experiments},
                    {"calls", search.calls},
                    {"took_ms", to_milliseconds(search.took)}});
  }
  const auto text =
      report::render_columns(lines) +
      fmt::format("\nmedians of {} dialects: {} experiments, {} calls, {}\n", experiments.size(),
                  median_of(experiments), show_count(median_of(calls)),
                  show_duration(median_of(times))) +
      "undecided: it rejects by chance, which no number of experiments tells for sure\n";
  Json value{{"breakers", std::move(rows)},
             {"median_experiments", median_of(experiments)},
             {"median_calls", median_of(calls)},
             {"median_took_ms", to_milliseconds(median_of(times))}};
  return tell(text, value, json, all_found ? ExitCode::success : ExitCode::failure);
}

}  // namespace tripcurve::cli
