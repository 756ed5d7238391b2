#include "replay/html_report.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "core/units.hpp"
#include "replay/timeline_svg.hpp"
#include "replay/words.hpp"
#include "view/static_page.hpp"

namespace tripcurve::replay {
namespace {

using view::escaped;
using view::table_row;

constexpr std::string_view style = R"(
:root { --calls: #9db7d6; --failed: #c4321f; --trip: #7a3fd0; --false: #b35c00; --incident: rgba(179, 38, 30, 0.13); }
@media (prefers-color-scheme: dark) {
  :root { --calls: #3d5878; --failed: #ff7d70; --trip: #bf9bff; --false: #f0bd5e; --incident: rgba(255, 120, 110, 0.18); }
}
.trips th, .trips td { text-align: left; }
.timeline { width: 100%; min-width: 40rem; }
.timeline .calls { fill: var(--calls); } .timeline .failed { fill: var(--failed); }
.timeline .incident { fill: var(--incident); } .timeline .lane { fill: none; stroke: var(--line); }
.timeline .trip { fill: var(--trip); } .timeline .false { fill: var(--false); } .timeline .grid { stroke: var(--dim); }
.key span { display: inline-block; width: 0.8rem; height: 0.8rem; margin: 0 0.3rem 0 0.8rem; }
)";

std::string colour_key(bool has_incidents) {
  std::string text = "<p class=\"key dim\">";
  const auto add = [&](std::string_view colour, std::string_view words) {
    text += fmt::format("<span style=\"background: var(--{})\"></span>{}", colour, words);
  };
  add("calls", "calls");
  add("failed", "failed calls");
  if (has_incidents) {
    add("incident", "incident");
    add("trip", "tripped");
    add("false", "tripped outside of incidents");
  } else {
    add("trip", "tripped");
  }
  return text + "</p>\n";
}

std::string comparison_section(const Findings& findings) {
  std::vector<std::string> names{""};
  for (std::size_t i = 0; i < findings.outcomes.size(); ++i) {
    names.push_back(letter(i));
  }
  std::string rows = table_row(names, "th");
  for (const auto& [label, cells] : measures(findings)) {
    std::vector<std::string> line{label};
    line.insert(line.end(), cells.begin(), cells.end());
    rows += table_row(line);
  }
  return "<section><h2>What would have been different</h2>\n<table>\n" + rows +
         "</table></section>\n";
}

std::string trip_table(const Findings& findings, const Outcomes& outcomes) {
  if (outcomes.trips.empty()) {
    return "<p>It would not have tripped.</p>\n";
  }
  std::string rows =
      table_row({"#", "at", "lasted", "reopened", "breaker", "incident", "cause"}, "th");
  for (std::size_t i = 0; i < outcomes.trips.size(); ++i) {
    const auto& trip = outcomes.trips[i];
    rows +=
        table_row({std::to_string(i + 1), time_text(findings.trace, trip.begin), length_text(trip),
                   std::to_string(trip.reopened), findings.breakers[trip.breaker],
                   trip.incident ? incident_name(findings, *trip.incident) : "none", trip.cause});
  }
  return "<table class=\"trips\">\n" + rows + "</table>\n";
}

std::string settings_section(const Findings& findings) {
  std::string text = "<section><h2>Trips</h2>\n";
  for (std::size_t i = 0; i < findings.outcomes.size(); ++i) {
    const auto& outcomes = findings.outcomes[i];
    text += fmt::format("<h3>{}  {}</h3>\n", letter(i), escaped(outcomes.setting.breaker.text()));
    for (std::size_t k = 0; k < findings.plan.incidents.size(); ++k) {
      text += fmt::format("<p>Incident {}: {}</p>\n", escaped(incident_name(findings, k)),
                          escaped(response_text(findings, outcomes, k)));
    }
    text += trip_table(findings, outcomes);
  }
  return text + "</section>\n";
}

std::string judged_section(const Findings& findings) {
  std::string rows;
  for (const auto& [setting, expectation, judgement, observed] : judge(findings)) {
    rows += table_row({letter(setting), expectation->text, std::string(name(judgement)), observed});
  }
  return rows.empty() ? rows
                      : "<section><h2>Expectations</h2>\n<table>\n" +
                            table_row({"setting", "expected", "result", "observed"}, "th") + rows +
                            "</table></section>\n";
}

std::string list_section(std::string_view title, const std::vector<std::string>& sentences) {
  std::string items;
  for (const auto& sentence : sentences) {
    items += fmt::format("<li>{}</li>\n", escaped(sentence));
  }
  return items.empty()
             ? items
             : fmt::format("<section><h2>{}</h2>\n<ul>\n{}</ul></section>\n", title, items);
}

}  // namespace

std::string html_report(const Findings& findings) {
  const auto& trace = findings.trace;
  const auto& all = findings.outcomes.front().total;
  return view::static_page(
      "tripcurve replay", style,
      fmt::format("<p class=\"dim\">tripcurve replay</p>\n<h1>{}: {} calls in {}, {} of them "
                  "failed</h1>\n<p class=\"dim\">from {} to {}</p>\n",
                  escaped(trace.name), show_count(trace.calls), show_duration(trace.length()),
                  escaped(show_share(failed_share(all))), format_time(trace.begin, trace.zone),
                  format_time(trace.end, trace.zone)) +
          "<section><h2>Over time</h2>\n" + timeline_svg(findings) +
          colour_key(!findings.plan.incidents.empty()) + "</section>\n" + judged_section(findings) +
          comparison_section(findings) + settings_section(findings) +
          list_section("How the trace was read", reading_notes(trace)) +
          list_section("What a replay cannot know", limits(findings)));
}

}  // namespace tripcurve::replay
