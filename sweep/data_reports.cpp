#include "sweep/data_reports.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "exporter/exporter.hpp"
#include "forecast/words.hpp"
#include "report/csv_text.hpp"
#include "report/json_values.hpp"

namespace tripcurve::sweep {
namespace {

using Json = nlohmann::ordered_json;

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json json_of(const Estimate& estimate) {
  return {{"value", finite(estimate.value)},
          {"low", finite(estimate.low)},
          {"high", finite(estimate.high)}};
}

Json settings_of(const std::vector<Knob>& knobs, const Point& point) {
  auto settings = Json::object();
  for (std::size_t k = 0; k < point.size(); ++k) {
    settings[knobs[k].key] = knobs[k].values[point[k]];
  }
  return settings;
}

Json means_of(const Findings& findings, const std::vector<Estimate>& means) {
  auto all = Json::object();
  for (std::size_t m = 0; m < means.size(); ++m) {
    auto& one = all[std::string(findings.aims.measures[m].name)] = json_of(means[m]);
    one["unit"] = expect::name(findings.aims.measures[m].unit);
  }
  return all;
}

Json json_of(const Findings& findings, const Row& row) {
  auto constraints = Json::array();
  for (std::size_t c = 0; c < row.constrained.size(); ++c) {
    const auto& constraint = findings.aims.constraints[c];
    constraints.push_back({{"constraint", constraint.text},
                           {"observed", json_of(row.constrained[c])},
                           {"holds", violation(constraint, row.constrained[c].value) <= 0}});
  }
  return {{"settings", settings_of(findings.knobs, row.point)},
          {"breaker", row.breaker},
          {"seeds", row.seeds},
          {"on_front", row.on_front},
          {"satisfies", row.satisfies()},
          {"goal", json_of(row.goal)},
          {"false_trips_by", row.forecast ? forecast::name(row.forecast->method) : "counting"},
          {"constraints", std::move(constraints)},
          {"measures", means_of(findings, row.means)}};
}

Json or_null(const std::optional<std::size_t>& row) { return row ? Json(*row) : Json(); }

// The recommended breaker in every format that takes it.
Json paste_of(const Findings& findings) {
  auto formats = Json::array();
  if (findings.pick) {
    const auto& choice = *findings.rows[*findings.pick].choice;
    for (const auto* format : exporter::formats_of(choice)) {
      const auto exported = format->write(choice, settings_name);
      formats.push_back({{"format", format->name},
                         {"title", format->title},
                         {"text", exported.text},
                         {"left_out", exported.left_out}});
    }
  }
  return formats;
}

Json knobs_of(const Findings& findings) {
  auto knobs = Json::array();
  for (const auto& knob : findings.knobs) {
    knobs.push_back({{"key", knob.key}, {"values", knob.values}});
  }
  return knobs;
}

Json steps_of(const Findings& findings) {
  auto steps = Json::array();
  for (const auto& step : findings.steps) {
    auto changes = Json::object();
    for (std::size_t side = 0; side < step.changes.size(); ++side) {
      changes[std::string(sides()[side].name)] = json_of(step.changes[side]);
    }
    steps.push_back({{"key", findings.knobs[step.knob].key},
                     {"from", step.from},
                     {"to", step.to},
                     {"changes", std::move(changes)},
                     {"misses", step.misses}});
  }
  return steps;
}

std::string csv_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "";
}

}  // namespace

Json json_of(const Findings& findings) {
  auto constraints = Json::array();
  for (const auto& constraint : findings.aims.constraints) {
    constraints.push_back(constraint.text);
  }
  Json root{
      {"seed", findings.seed},
      {"over", knobs_of(findings)},
      {"grid", findings.grid_size},
      {"whole_grid", findings.whole_grid},
      {"scenarios", findings.scenarios},
      {"runs", findings.runs},
      {"doubtful_runs", findings.doubtful_runs},
      {"interrupted", findings.interrupted},
      {"unmeasured", findings.unmeasured},
      {findings.aims.goal.maximize ? "maximize" : "minimize", findings.aims.goal.quantity.text},
      {"subject_to", std::move(constraints)},
      {"recommended", or_null(findings.pick)},
      {"nearest", or_null(findings.nearest)}};
  root["paste"] = paste_of(findings);
  root["settings"] = Json::array();
  for (const auto& row : findings.rows) {
    root["settings"].push_back(json_of(findings, row));
  }
  root["binding"] = Json::array();
  for (const auto& [constraint, row] : findings.binding) {
    root["binding"].push_back(
        {{"constraint", findings.aims.constraints[constraint].text},
         {"recommended_without", row < findings.rows.size() ? Json(row) : Json()},
         {"name", findings.row(row).name}});
  }
  root["steps"] = steps_of(findings);
  root["defaults"] = Json::array();
  for (const auto index : findings.defaults) {
    root["defaults"].push_back(json_of(findings, findings.row(index)));
  }
  root["alternatives"] = Json::array();
  for (const auto& [why, row] : findings.alternatives) {
    root["alternatives"].push_back({{"why", why}, {"setting", row}});
  }
  root["bursty_false_trips_per_month"] =
      findings.bursty_false_trips ? Json(*findings.bursty_false_trips) : Json();
  root["recommended_if_bursty"] = or_null(findings.pick_if_bursty);
  root["screened"] = Json::array();
  for (const auto& one : findings.screened) {
    root["screened"].push_back(
        {{"settings", settings_of(findings.knobs, one.point)}, {"reason", one.reason}});
  }
  return root;
}

std::string ndjson_of(const Findings& findings) {
  std::string text;
  for (const auto& row : findings.rows) {
    for (std::size_t s = 0; s < findings.scenarios.size(); ++s) {
      auto measures = Json::object();
      for (std::size_t m = 0; m < row.cells[s].size(); ++m) {
        const auto& cell = row.cells[s][m];
        if (cell.samples == 0) {
          continue;
        }
        measures[std::string(findings.aims.measures[m].name)] = {
            {"mean", finite(cell.mean.value)}, {"low", finite(cell.mean.low)},
            {"high", finite(cell.mean.high)},  {"p50", finite(cell.p50.value)},
            {"p95", finite(cell.p95.value)},   {"samples", cell.samples}};
      }
      text += report::render(Json{{"settings", settings_of(findings.knobs, row.point)},
                                  {"breaker", row.breaker},
                                  {"scenario", findings.scenarios[s]},
                                  {"seeds", row.seeds},
                                  {"measures", std::move(measures)}});
    }
  }
  return text;
}

std::string csv_of(const Findings& findings) {
  std::string text;
  for (const auto& knob : findings.knobs) {
    text += report::csv_quoted(knob.key) + ",";
  }
  text += "breaker,seeds,recommended,on_front,satisfies";
  for (const auto& measure : findings.aims.measures) {
    text += fmt::format(",{0},{0}_low,{0}_high", measure.name);
  }
  text += "\r\n";
  for (std::size_t i = 0; i < findings.rows.size(); ++i) {
    const auto& row = findings.rows[i];
    for (std::size_t k = 0; k < findings.knobs.size(); ++k) {
      text += report::csv_quoted(findings.knobs[k].values[row.point[k]]) + ",";
    }
    text += fmt::format("{},{},{},{},{}", report::csv_quoted(row.breaker), row.seeds,
                        findings.pick == i, row.on_front, row.satisfies());
    for (const auto& mean : row.means) {
      text += fmt::format(",{},{},{}", csv_number(mean.value), csv_number(mean.low),
                          csv_number(mean.high));
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace tripcurve::sweep
