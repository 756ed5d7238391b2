#include "sweep/text_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "exporter/exporter.hpp"
#include "forecast/words.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"
#include "sweep/choose.hpp"
#include "sweep/words.hpp"

namespace tripcurve::sweep {
namespace {

using report::hang;

using Lines = std::vector<std::vector<std::string>>;

constexpr std::array<std::string_view, side_count> side_heads{"opens", "closes", "false/mo",
                                                              "wasted", "rej.good"};
constexpr std::size_t most_reasons = 6;

std::string show_side(const Row& row, std::size_t side) {
  return show(sides()[side], row.means[side].value);
}

// Which constraints it misses, by their numbers.
std::string missed(const Row& row, const Aims& aims) {
  std::vector<std::size_t> numbers;
  for (std::size_t c = 0; c < aims.constraints.size(); ++c) {
    if (violation(aims.constraints[c], row.constrained[c].value) > 0) {
      numbers.push_back(c + 1);
    }
  }
  return fmt::format("{}", fmt::join(numbers, ","));
}

std::string mark(const Findings& findings, std::size_t row) {
  return findings.pick == row ? "=>" : findings.rows[row].on_front ? " *" : "  ";
}

// The head of a knob's column: its number, where the names do not fit.
std::string table(const Findings& findings) {
  const auto shown =
      rows_to_show(findings.rows, findings.aims, findings.pick ? findings.pick : findings.nearest);
  Lines lines{{"  "}};
  for (std::size_t k = 0; k < findings.knobs.size(); ++k) {
    lines.front().push_back(fmt::format("({})", k + 1));
  }
  lines.front().insert(lines.front().end(), side_heads.begin(), side_heads.end());
  lines.front().push_back("seeds");
  lines.front().push_back("misses");
  for (const auto i : shown) {
    const auto& row = findings.rows[i];
    auto& line = lines.emplace_back();
    line.push_back(mark(findings, i));
    for (std::size_t k = 0; k < findings.knobs.size(); ++k) {
      line.push_back(findings.knobs[k].values[row.point[k]]);
    }
    for (std::size_t side = 0; side < side_count; ++side) {
      line.push_back(show_side(row, side));
    }
    line.push_back(std::to_string(row.seeds));
    line.push_back(missed(row, findings.aims));
  }
  auto text = report::render_columns(lines);
  if (shown.size() < findings.rows.size()) {
    text += hang("", fmt::format("{} of {} are shown, of the front first. --csv FILE has them all.",
                                 shown.size(), count_of(findings.rows.size(), "setting")));
  }
  return text;
}

std::string legend(const Findings& findings) {
  std::string text;
  for (std::size_t k = 0; k < findings.knobs.size(); ++k) {
    text += hang(fmt::format("({}) ", k + 1), findings.knobs[k].key);
  }
  text += hang("",
               "=> recommended, * on the front: nothing is better in one of the five columns "
               "without being worse in another. They are means over the runs of all scenarios: "
               "time until it opens and until it closes again, false trips per month, calls wasted "
               "on a failing upstream, and good calls rejected, per run.");
  for (std::size_t c = 0; c < findings.aims.constraints.size(); ++c) {
    text += hang(fmt::format("misses {}: ", c + 1), findings.aims.constraints[c].text);
  }
  return text;
}

std::string heading(const Findings& findings) {
  auto text = fmt::format("{} in {} ({}), {}, seed {}.", count_of(findings.rows.size(), "setting"),
                          count_of(findings.scenarios.size(), "scenario"),
                          fmt::join(findings.scenarios, ", "), count_of(findings.runs, "run"),
                          findings.seed);
  if (!findings.whole_grid) {
    constexpr double countable = 1e15;
    text += fmt::format(" They are spread over a grid of {} by Sobol's sequence.",
                        findings.grid_size < countable
                            ? show_count(static_cast<std::uint64_t>(findings.grid_size))
                            : fmt::format("{:.3g}", findings.grid_size));
  }
  if (findings.interrupted) {
    text += " The sweep was interrupted: this is what is known so far.";
  }
  if (findings.unmeasured > 0) {
    text += fmt::format(" {} were not measured.", count_of(findings.unmeasured, "setting"));
  }
  return hang("", text);
}

std::string constraint_lines(const Findings& findings, const Row& row) {
  std::string text;
  const auto& aims = findings.aims;
  for (std::size_t c = 0; c < aims.constraints.size(); ++c) {
    const auto& constraint = aims.constraints[c];
    const bool is_forecast =
        row.forecast &&
        constraint.quantity.measure == static_cast<std::size_t>(Side::false_trips_per_month);
    text += hang(
        fmt::format("  {}  ", constraint.text),
        show(aims.of(constraint.quantity), row.constrained[c]) +
            (is_forecast ? fmt::format(", by {}", forecast::spoken(row.forecast->method)) : "") +
            (violation(constraint, row.constrained[c].value) > 0 ? ", which misses it" : ""));
  }
  return text;
}

std::string goal_text(const Findings& findings, const Row& row) {
  const auto& goal = findings.aims.goal;
  return fmt::format("{} {}", goal.quantity.text, show(findings.aims.of(goal.quantity), row.goal));
}

std::string binding(const Findings& findings) {
  std::string text;
  for (const auto& [constraint, row] : findings.binding) {
    text += hang("  ", fmt::format("{} is binding: without it, {} would be recommended, with {}.",
                                   findings.aims.constraints[constraint].text,
                                   findings.row(row).name, goal_text(findings, findings.row(row))));
  }
  if (text.empty() && findings.pick && !findings.aims.constraints.empty()) {
    const auto untried =
        static_cast<std::uint64_t>(std::ranges::count(findings.screened, true, &Screened::by_aim));
    text = hang(
        "  ",
        untried == 0
            ? std::string("No constraint is binding: without any of them it would be the same.")
            : fmt::format("No constraint is known to be binding, but {} {} left out "
                          "by theory for one and not tried.",
                          count_of(untried, "setting"), untried == 1 ? "was" : "were"));
  }
  return text;
}

std::string burstiness(const Findings& findings) {
  if (!findings.bursty_false_trips || findings.pick_if_bursty == findings.pick) {
    return "";
  }
  return hang(
      "  ", fmt::format("That is if failures come independently. If half of them are "
                        "followed by another one, it trips {} times a month for no reason, "
                        "and {}.",
                        show(measure_of(Side::false_trips_per_month), *findings.bursty_false_trips),
                        findings.pick_if_bursty
                            ? findings.rows[*findings.pick_if_bursty].name + " would be recommended"
                            : "no setting satisfies the constraints"));
}

std::string recommendation(const Findings& findings) {
  if (findings.rows.empty()) {
    return "No setting was measured.\n";
  }
  const auto satisfying = static_cast<std::size_t>(
      std::ranges::count_if(findings.rows, [](const Row& row) { return row.satisfies(); }));
  if (!findings.pick) {
    const auto& row = findings.rows[*findings.nearest];
    return hang("", "No setting satisfies all constraints. The nearest is " + row.name + ":") +
           hang("  ", row.breaker) + constraint_lines(findings, row) + binding(findings);
  }
  const auto& row = findings.rows[*findings.pick];
  return hang("Recommended: ", row.name) + hang("  ", row.breaker) +
         hang("  ", fmt::format("It has the {} {} of the {} that {} the constraints: {}.",
                                findings.aims.goal.maximize ? "highest" : "lowest",
                                findings.aims.goal.quantity.text, count_of(satisfying, "setting"),
                                satisfying == 1 ? "satisfies" : "satisfy",
                                show(findings.aims.of(findings.aims.goal.quantity), row.goal))) +
         constraint_lines(findings, row) + binding(findings) + burstiness(findings);
}

// The breaker's settings in the format of its library.
std::string to_paste(const Findings& findings) {
  if (!findings.pick) {
    return "";
  }
  const auto& choice = *findings.rows[*findings.pick].choice;
  const auto& format = *exporter::formats_of(choice).front();
  return fmt::format("\nTo paste, for {}:\n\n{}", format.title,
                     format.write(choice, settings_name).text);
}

// What the middle one of the rows was in each scenario.
std::string by_scenario(const Findings& findings) {
  const auto centre = findings.pick ? findings.pick : findings.nearest;
  if (!centre) {
    return "";
  }
  const auto& row = findings.rows[*centre];
  Lines lines{{"  in", "opens p50", "p95", "closes p50", "p95", "wasted", "rej.good"}};
  const auto percentiles = [](const Cell& cell, const Measure& measure) {
    return cell.samples == 0
               ? std::pair(std::string("-"), std::string("-"))
               : std::pair(show(measure, cell.p50.value), show(measure, cell.p95.value));
  };
  for (std::size_t s = 0; s < findings.scenarios.size(); ++s) {
    const auto& cells = row.cells[s];
    const auto at = [&](Side side) -> const Cell& { return cells[static_cast<std::size_t>(side)]; };
    const auto mean = [&](Side side) {
      return at(side).samples == 0 ? std::string("-") : show(measure_of(side), at(side).mean.value);
    };
    const auto opens = percentiles(at(Side::time_to_open), measure_of(Side::time_to_open));
    const auto closes = percentiles(at(Side::time_to_close), measure_of(Side::time_to_close));
    lines.push_back({"  " + findings.scenarios[s], opens.first, opens.second, closes.first,
                     closes.second, mean(Side::wasted_calls), mean(Side::rejected_good)});
  }
  return "\nScenario by scenario:\n" + report::render_columns(lines);
}

std::string steps(const Findings& findings) {
  if (findings.steps.empty()) {
    return "";
  }
  Lines lines{{"  "}};
  lines.front().insert(lines.front().end(), side_heads.begin(), side_heads.end());
  lines.front().push_back("misses");
  for (const auto& step : findings.steps) {
    auto& line = lines.emplace_back();
    line.push_back(fmt::format("  ({}) {} -> {}", step.knob + 1, step.from, step.to));
    for (std::size_t side = 0; side < side_count; ++side) {
      const auto& change = step.changes[side];
      // What may as well be nothing is shown as such.
      line.push_back(
          change.low <= 0 && change.high >= 0 ? "~" : show_change(sides()[side], change.value));
    }
    line.push_back(missed(findings.row(step.row), findings.aims));
  }
  return "\nOne step from it, what changes ('~': not beyond chance, at 95 %):\n" +
         report::render_columns(lines);
}

std::string defaults(const Findings& findings) {
  const auto centre = findings.pick ? findings.pick : findings.nearest;
  if (findings.defaults.empty() || !centre) {
    return "";
  }
  Lines lines{{"  "}};
  lines.front().insert(lines.front().end(), side_heads.begin(), side_heads.end());
  lines.front().push_back("misses");
  const auto& pick = findings.rows[*centre];
  std::vector<std::string> beaten;
  for (const auto index : findings.defaults) {
    const auto& row = findings.row(index);
    auto& line = lines.emplace_back();
    line.push_back("  " + row.name);
    bool better = false;
    bool worse = false;
    for (std::size_t side = 0; side < side_count; ++side) {
      line.push_back(show_side(row, side));
      better = better || pick.means[side].value < row.means[side].value;
      worse = worse || pick.means[side].value > row.means[side].value;
    }
    line.push_back(missed(row, findings.aims));
    if (better && !worse) {
      beaten.push_back(row.name);
    }
  }
  auto text = "\nThe defaults of libraries, beside it:\n" + report::render_columns(lines);
  if (!beaten.empty()) {
    text +=
        hang("  ", fmt::format("It is better than {} in at least one column, and worse in none.",
                               fmt::join(beaten, ", ")));
  }
  return text;
}

std::string alternatives(const Findings& findings) {
  if (findings.alternatives.empty()) {
    return "";
  }
  std::string text = "\nOthers on the front:\n";
  for (const auto& [why, row] : findings.alternatives) {
    const auto misses = missed(findings.rows[row], findings.aims);
    text += hang("  ", fmt::format("{}: {}{}", findings.rows[row].name, why,
                                   misses.empty() ? "" : " (misses " + misses + ")"));
  }
  return text;
}

// The same reasons together.
std::string screened(const Findings& findings) {
  if (findings.screened.empty()) {
    return "";
  }
  auto text = fmt::format("\n{} left out before any run:\n",
                          findings.screened.size() == 1
                              ? "1 setting was"
                              : fmt::format("{} settings were", findings.screened.size()));
  // Reasons that differ by their numbers alone are alike.
  std::map<std::string, std::vector<const Screened*>> by_reason;
  for (const auto& one : findings.screened) {
    auto words = one.reason;
    std::erase_if(words, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
    by_reason[words].push_back(&one);
  }
  std::size_t told = 0;
  for (const auto& [words, alike] : by_reason) {
    if (told++ == most_reasons) {
      text += hang("  ", fmt::format("and {} other reasons; --json FILE has them all",
                                     by_reason.size() - most_reasons));
      break;
    }
    text += hang(
        "  ",
        fmt::format("{}: {}{}", alike.front()->name, alike.front()->reason,
                    alike.size() == 1 ? "" : fmt::format("; {} more are alike", alike.size() - 1)));
  }
  return text;
}

std::string doubts(const Findings& findings) {
  return findings.doubtful_runs == 0
             ? ""
             : hang("", fmt::format("\nIn {} of {} the load is in doubt; raise --max-in-flight.",
                                    findings.doubtful_runs, count_of(findings.runs, "run")));
}

}  // namespace

std::string recommendation_text(const Findings& findings) {
  return heading(findings) + "\n" + recommendation(findings) + to_paste(findings) +
         by_scenario(findings) + steps(findings) + defaults(findings) + alternatives(findings) +
         screened(findings) + doubts(findings);
}

std::string text_report(const Findings& findings) {
  return heading(findings) + "\n" + table(findings) + "\n" + legend(findings) + "\n" +
         recommendation(findings) + to_paste(findings) + by_scenario(findings) + steps(findings) +
         defaults(findings) + alternatives(findings) + screened(findings) + doubts(findings);
}

}  // namespace tripcurve::sweep
