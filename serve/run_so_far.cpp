#include "serve/run_so_far.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "report/formats.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;

// Names may hold bytes that are not UTF-8.
std::string render(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json endpoints_value(const std::vector<std::string>& names,
                     const std::vector<load::Counts>& counts) {
  auto all = Json::array();
  for (std::size_t i = 0; i < std::min(names.size(), counts.size()); ++i) {
    all.push_back({{"name", names[i]},
                   {"counts",
                    {{"calls", counts[i].calls},
                     {"ok", counts[i].ok},
                     {"failed", counts[i].failed()},
                     {"fail_fast", counts[i].fail_fast}}}});
  }
  return all;
}

// A percentile of both cannot be known: the latest p50 and the worst p99 are kept.
void append(report::Interval& interval, const report::Interval& later) {
  interval.end = later.end;
  interval.counts += later.counts;
  interval.in_flight = later.in_flight;
  interval.p50 = later.p50 ? later.p50 : interval.p50;
  interval.p99 = std::max(interval.p99, later.p99);
  if (later.upstream_requests) {
    interval.upstream_requests = interval.upstream_requests.value_or(0) + *later.upstream_requests;
  }
}

std::string without_line_end(std::string line) {
  line.pop_back();
  return line;
}

// An object with one field more, both as JSON.
std::string with_field(std::string object, std::string_view name, const std::string& value) {
  object.pop_back();  // the closing brace
  return fmt::format("{},\"{}\":{}}}", object, name, value);
}

std::string list(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const auto& value : values) {
    text += (text.size() > 1 ? "," : "") + value;
  }
  return text + "]";
}

}  // namespace

std::string RunSoFar::tick(const report::Tick& tick) {
  series_.points.push_back(tick);
  endpoints_ = tick.endpoints;
  auto text = with_field(report::interval_json(tick), "endpoints",
                         render(endpoints_value(scene_.endpoints, endpoints_)));
  if (!tick.services.empty()) {
    services_ = report::services_json(tick.services, scene_.topology);
    text = with_field(std::move(text), "services_now", services_);
  }
  if (series_.points.size() >= most_points) {
    compact();
  }
  return text;
}

std::string RunSoFar::transition(const load::BreakerEvent& event) {
  return transitions_.emplace_back(without_line_end(
      report::transition_line(event, scene_.breakers[event.breaker], scene_.timetable)));
}

std::string RunSoFar::note(const std::string& text) {
  return notes_.emplace_back(render({{"text", text}}));
}

std::string RunSoFar::intervention(const report::Intervention& intervention) {
  return interventions_.emplace_back(without_line_end(report::intervention_line(intervention)));
}

std::string RunSoFar::text() const {
  Json value{{"seed", scene_.seed},
             {"command", "run"},
             {"experiment", {{"name", scene_.title}}},
             {"load", scene_.load},
             {"target", scene_.target}};
  value["breakers"] = Json::array();
  for (std::size_t i = 0; i < scene_.breakers.size(); ++i) {
    const auto initial =
        i < scene_.initial_states.size() ? scene_.initial_states[i] : breaker::State::closed;
    value["breakers"].push_back({{"name", scene_.breakers[i]},
                                 {"dialect", scene_.dialect},
                                 {"initial_state", breaker::name(initial)}});
  }
  value["endpoints"] = endpoints_value(scene_.endpoints, endpoints_);
  auto notes = Json::array();
  for (const auto& note : notes_) {
    notes.push_back(Json::parse(note)["text"]);
  }
  value["notes"] = std::move(notes);
  auto text = render(value);
  text = with_field(std::move(text), "phases", report::phases_json(scene_.timetable));
  text = with_field(std::move(text), "series", report::series_json(series_));
  if (scene_.beside) {
    const auto label = render(scene_.beside->label);
    const auto series = report::series_json({.points = scene_.beside->points});
    text = with_field(std::move(text), "beside",
                      fmt::format("{{\"label\":{},\"series\":{}}}", label, series));
  }
  text = with_field(std::move(text), "services_now", services_);
  text = with_field(std::move(text), "transitions", list(transitions_));
  return with_field(std::move(text), "interventions", list(interventions_));
}

void RunSoFar::compact() {
  auto& points = series_.points;
  std::vector<report::Interval> half;
  half.reserve(most_points);
  for (std::size_t i = 0; i < points.size(); i += 2) {
    half.push_back(points[i]);
    if (i + 1 < points.size()) {
      append(half.back(), points[i + 1]);
    }
  }
  points = std::move(half);
  ++edition_;
}

}  // namespace tripcurve::serve
