#include "replay/text_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "replay/words.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::size_t most_trips = 20;  // more than anybody reads
constexpr std::size_t label_width = 11;
constexpr std::size_t chart_width = report::line_width - label_width - 2;
constexpr std::string_view shades = " .:-=+*#%@";

std::string headline(const Findings& findings) {
  const auto& trace = findings.trace;
  const auto& all = findings.outcomes.front().total;
  auto text =
      report::hang("", fmt::format("Replay of {}: {} in {}, {} of them failed", trace.name,
                                   count_of(trace.calls, "call"), show_duration(trace.length()),
                                   show_share(failed_share(all))));
  const auto breakers = findings.breakers.size();
  return text +
         report::hang("", fmt::format("{}{}{}{}", trace.format, trace.reading.empty() ? "" : "; ",
                                      trace.reading,
                                      breakers > 1 ? fmt::format("; {} breakers", breakers) : ""));
}

// One character for each stretch of the chart.
class Chart {
 public:
  explicit Chart(const Findings& findings)
      : findings_(findings), length_(std::max<Duration>(findings.trace.length(), Duration(1))) {}

  [[nodiscard]] std::string text() const {
    std::string text = line("failed", failures());
    if (!findings_.plan.incidents.empty()) {
      text += line("incidents", incidents());
    }
    for (std::size_t i = 0; i < findings_.outcomes.size(); ++i) {
      text += line(letter(i) + " tripped", trips(findings_.outcomes[i]));
    }
    return text + axis() +
           report::hang("",
                        "'.' to '@': the share of calls that failed, from a few to all. "
                        "'=': an incident. 'x': the breaker had tripped.");
  }

 private:
  static std::string line(std::string_view label, const std::string& marks) {
    return report::left(label, label_width) + "|" + marks + "|\n";
  }
  // Which stretch that time lies in.
  [[nodiscard]] std::size_t place(TimePoint when) const {
    const double share = to_seconds(when.time_since_epoch()) / to_seconds(length_);
    const auto at = share * static_cast<double>(chart_width);
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(chart_width - 1)));
  }
  void mark(std::string& marks, TimePoint begin, TimePoint end, char with) const {
    if (end < TimePoint{} || begin > at(length_)) {
      return;
    }
    const auto last = end == never ? chart_width - 1 : place(end);
    std::fill(marks.begin() + static_cast<std::ptrdiff_t>(place(begin)),
              marks.begin() + static_cast<std::ptrdiff_t>(last) + 1, with);
  }

  // When the trace begins and ends, below its chart.
  [[nodiscard]] std::string axis() const {
    const auto begin = format_time(findings_.trace.begin, findings_.trace.zone);
    const auto end = format_time(findings_.trace.end, findings_.trace.zone);
    return std::string(label_width + 1, ' ') + begin +
           report::right(end, chart_width - begin.size()) + "\n";
  }

  [[nodiscard]] std::string failures() const {
    std::vector<Stretch> shown(chart_width);
    const auto& series = findings_.timeline;
    for (std::size_t i = 0; i < series.stretches().size(); ++i) {
      const auto begin = at(series.width() * static_cast<Duration::rep>(i));
      const auto end = begin + series.width() - Duration(1);
      for (auto k = place(begin); k <= place(end); ++k) {
        shown[k] += series.stretches()[i];
      }
    }
    std::string marks;
    for (const auto& stretch : shown) {
      const auto level = static_cast<double>(shades.size() - 2) * failed_share(stretch);
      marks += stretch.failed == 0 ? ' ' : shades[1 + static_cast<std::size_t>(level)];
    }
    return marks;
  }
  [[nodiscard]] std::string incidents() const {
    std::string marks(chart_width, ' ');
    for (const auto& incident : findings_.plan.incidents) {
      const auto window = window_of(incident, findings_.trace.begin);
      mark(marks, window.begin, window.end, '=');
    }
    return marks;
  }
  [[nodiscard]] std::string trips(const Outcomes& outcomes) const {
    std::string marks(chart_width, ' ');
    for (const auto& trip : outcomes.trips) {
      mark(marks, trip.begin, trip.end, 'x');
    }
    return marks;
  }

  const Findings& findings_;
  Duration length_;
};

std::string trip_text(const Findings& findings, const Trip& trip) {
  auto text = fmt::format("{} after {}, for {}", time_text(findings.trace, trip.begin),
                          show_duration(trip.begin.time_since_epoch()), length_text(trip));
  if (trip.reopened > 0) {
    text += fmt::format(", reopened {} times", trip.reopened);
  }
  if (findings.breakers.size() > 1) {
    text += ", " + findings.breakers[trip.breaker];
  }
  if (!findings.plan.incidents.empty()) {
    text += trip.incident ? ", incident " + incident_name(findings, *trip.incident)
                          : std::string(", outside of incidents");
  }
  return text + ": " + trip.cause;
}

std::string setting_text(const Findings& findings, std::size_t setting) {
  const auto& outcomes = findings.outcomes[setting];
  auto text = report::hang(letter(setting) + "  ", outcomes.setting.breaker.text());
  if (outcomes.trips.empty()) {
    text += "  It would not have tripped.\n";
  }
  for (std::size_t i = 0; i < std::min(outcomes.trips.size(), most_trips); ++i) {
    text += report::hang(fmt::format("  {:>2}  ", i + 1), trip_text(findings, outcomes.trips[i]));
  }
  if (outcomes.trip_count > std::min<std::uint64_t>(outcomes.trips.size(), most_trips)) {
    text +=
        fmt::format("      and {} more (--json lists them)\n",
                    show_count(outcomes.trip_count - std::min(outcomes.trips.size(), most_trips)));
  }
  for (std::size_t i = 0; i < findings.plan.incidents.size(); ++i) {
    text += report::hang("  ", fmt::format("Incident {}: {}", incident_name(findings, i),
                                           response_text(findings, outcomes, i)));
  }
  return text;
}

std::string comparison(const Findings& findings) {
  std::vector<std::vector<std::string>> lines{{"What would have been different"}};
  for (std::size_t i = 0; i < findings.outcomes.size(); ++i) {
    lines.front().push_back(letter(i));
  }
  for (const auto& [label, cells] : measures(findings)) {
    lines.push_back({"  " + label});
    lines.back().insert(lines.back().end(), cells.begin(), cells.end());
  }
  return report::render_columns(lines);
}

std::string paragraph(std::string_view title, const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences) {
    text += report::hang("  ", sentence);
  }
  return text.empty() ? text : fmt::format("\n{}\n{}", title, text);
}

std::vector<std::string> judged_lines(const Findings& findings) {
  std::vector<std::string> lines;
  for (const auto& [setting, expectation, judgement, observed] : judge(findings)) {
    const auto word = judgement == Judgement::pass   ? "PASS"
                      : judgement == Judgement::fail ? "FAIL"
                                                     : "????";
    lines.push_back(
        fmt::format("{}  {}  {}: {}", word, letter(setting), expectation->text, observed));
  }
  return lines;
}

}  // namespace

std::string text_report(const Findings& findings) {
  auto text = headline(findings) + "\n" + Chart(findings).text();
  for (std::size_t i = 0; i < findings.outcomes.size(); ++i) {
    text += "\n" + setting_text(findings, i);
  }
  return text + "\n" + comparison(findings) +
         paragraph("How the trace was read", reading_notes(findings.trace)) +
         paragraph("What a replay cannot know", limits(findings)) +
         paragraph("Expectations", judged_lines(findings));
}

}  // namespace tripcurve::replay
