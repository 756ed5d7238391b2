#include "serve/run_so_far.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/formats.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;

// Names may hold bytes that are not UTF-8.
std::string render(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json milliseconds(const std::optional<Duration>& d) {
  return d ? Json(to_milliseconds(*d)) : Json();
}

// In the order of RunSoFar::columns.
template <typename Point>
std::array<Json, RunSoFar::columns.size()> fields(const Point& point) {
  return {to_milliseconds(point.end),
          point.delta.calls,
          point.delta.sent,
          point.delta.ok,
          point.delta.failed(),
          point.delta.fail_fast,
          point.delta.dropped,
          point.in_flight,
          milliseconds(point.p50),
          milliseconds(point.p99),
          point.upstream_requests ? Json(*point.upstream_requests) : Json()};
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

std::string list(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const auto& value : values) {
    text += (text.size() > 1 ? "," : "") + value;
  }
  return text + "]";
}

}  // namespace

RunSoFar::Point& RunSoFar::Point::operator+=(const Point& later) {
  end = later.end;
  delta += later.delta;
  in_flight = later.in_flight;
  p50 = later.p50 ? later.p50 : p50;
  p99 = std::max(p99, later.p99);
  if (later.upstream_requests) {
    upstream_requests = upstream_requests.value_or(0) + *later.upstream_requests;
  }
  return *this;
}

std::string RunSoFar::tick(const report::Tick& tick) {
  points_.push_back(
      {tick.end, tick.delta, tick.in_flight, tick.p50, tick.p99, tick.upstream_requests});
  endpoints_ = tick.endpoints;
  Json value;
  const auto values = fields(points_.back());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    value[std::string(columns[i])] = values[i];
  }
  value["endpoints"] = endpoints_value(scene_.endpoints, endpoints_);
  if (points_.size() >= most_points) {
    compact();
  }
  return render(value);
}

std::string RunSoFar::transition(const load::BreakerEvent& event) {
  auto line = report::transition_line(event, scene_.breakers[event.breaker], scene_.timetable);
  line.pop_back();  // the line's end
  return transitions_.emplace_back(std::move(line));
}

std::string RunSoFar::note(const std::string& text) {
  return notes_.emplace_back(render({{"text", text}}));
}

std::string RunSoFar::intervention(const report::Intervention& intervention) {
  return interventions_.emplace_back(
      render({{"t_ms", to_milliseconds(intervention.at)}, {"text", intervention.text}}));
}

std::string RunSoFar::text() const {
  Json value{{"seed", scene_.seed},
             {"command", "run"},
             {"experiment", {{"name", scene_.title}}},
             {"load", scene_.load},
             {"target", scene_.target}};
  value["phases"] = Json::array();
  for (const auto& phase : scene_.timetable.phases()) {
    value["phases"].push_back({{"name", phase.name},
                               {"begin_ms", to_milliseconds(phase.begin)},
                               {"end_ms", to_milliseconds(phase.end)},
                               {"fault", phase.fault}});
  }
  value["breakers"] = Json::array();
  for (std::size_t i = 0; i < scene_.breakers.size(); ++i) {
    const auto initial =
        i < scene_.initial_states.size() ? scene_.initial_states[i] : breaker::State::closed;
    value["breakers"].push_back({{"name", scene_.breakers[i]},
                                 {"dialect", scene_.dialect},
                                 {"initial_state", breaker::name(initial)}});
  }
  value["endpoints"] = endpoints_value(scene_.endpoints, endpoints_);
  auto& series = value["series"];
  for (const auto& column : columns) {
    series[std::string(column)] = Json::array();
  }
  for (const auto& point : points_) {
    const auto values = fields(point);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      series[std::string(columns[i])].push_back(values[i]);
    }
  }
  auto text = render(value);
  text.pop_back();  // the closing brace
  text += ",\"transitions\":" + list(transitions_) + ",\"interventions\":" + list(interventions_);
  auto notes = Json::array();
  for (const auto& note : notes_) {
    notes.push_back(Json::parse(note)["text"]);
  }
  return text + ",\"notes\":" + render(notes) + "}";
}

void RunSoFar::compact() {
  std::vector<Point> half;
  half.reserve(most_points);
  for (std::size_t i = 0; i < points_.size(); i += 2) {
    half.push_back(points_[i]);
    if (i + 1 < points_.size()) {
      half.back() += points_[i + 1];
    }
  }
  points_ = std::move(half);
  ++edition_;
}

}  // namespace tripcurve::serve
