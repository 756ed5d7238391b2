#include "report/claimed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::report {
namespace {

using through::Claimed;
using through::Lag;

constexpr std::size_t most_changes = 12;

std::string counted_readings(const Claimed& claimed) {
  auto text = count_of(claimed.readings, "reading");
  if (claimed.missing > 0) {
    text += fmt::format(", {} without a state", show_count(claimed.missing));
  }
  if (claimed.readings == 0) {
    return text;
  }
  return text + (claimed.wrong == 0 ? ", none wrong"
                                    : fmt::format(", {} wrong", show_count(claimed.wrong)));
}

std::string observed_cell(const Lag& lag) {
  return fmt::format("{:.3f}..{:.3f} s", to_seconds(lag.when.earliest.time_since_epoch()),
                     to_seconds(lag.when.latest.time_since_epoch()));
}

std::string late_cell(const Lag& lag) {
  if (!lag.most) {
    return "never";
  }
  return *lag.most == Duration{}
             ? "already"
             : fmt::format("{}..{}", show_duration(lag.least), show_duration(*lag.most));
}

std::string changes_table(const Claimed& claimed) {
  if (claimed.lags.empty()) {
    return "";
  }
  std::vector<std::vector<std::string>> lines{{"", "observed at", "claimed after"}};
  const auto shown = std::min(most_changes, claimed.lags.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& lag = claimed.lags[i];
    lines.push_back({std::string(breaker::name(lag.to)), observed_cell(lag), late_cell(lag)});
  }
  auto text = render_columns(lines);
  if (shown < claimed.lags.size()) {
    text += fmt::format("  ... {} more\n", show_count(claimed.lags.size() - shown));
  }
  return text;
}

}  // namespace

std::string claimed_text(const Summary& summary) {
  std::string text;
  if (!summary.through) {
    return text;
  }
  for (const auto& claimed : summary.through->claimed) {
    text += hang("Claimed  ", claimed.source + ": " + counted_readings(claimed));
    text += changes_table(claimed);
    for (const auto& line : through::claim_words(claimed)) {
      text += hang("  - ", line);
    }
    text += '\n';
  }
  return text;
}

std::vector<std::string> claimed_lines(const Summary& summary) {
  std::vector<std::string> lines;
  if (!summary.through) {
    return lines;
  }
  for (const auto& claimed : summary.through->claimed) {
    lines.push_back(claimed.source + ": " + counted_readings(claimed));
    for (const auto& line : through::claim_words(claimed)) {
      lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace tripcurve::report
