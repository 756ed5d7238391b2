#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "report/counts.hpp"
#include "report/formats.hpp"
#include "report/json_reader.hpp"
#include "report/records.hpp"

namespace tripcurve::report {
namespace {

using breaker::name;  // beside this folder's
using breaker::State;

constexpr Duration millisecond = std::chrono::milliseconds(1);
constexpr Duration microsecond = std::chrono::microseconds(1);

constexpr std::array endings{Ending::completed, Ending::interrupted, Ending::terminated, Ending::unhealthy,
                             Ending::stopped, Ending::running};
constexpr std::array states{State::closed, State::open, State::half_open, State::forced_open,
                            State::disabled};

State read_state(const JsonReader& json) { return json.one_of(states, State::closed); }

template <typename Read>
auto read_list(const JsonReader& json, Read read) {
  std::vector<decltype(read(json))> all;
  for (const auto& item : json.items()) {
    all.push_back(read(item));
  }
  return all;
}

// Results of before there were ignored calls have none.
bool is_there(const JsonReader& json, const CountColumn& column) {
  return column.field != &load::Counts::ignored || json.has(column.name.data());
}

load::Counts read_counts(const JsonReader& json) {
  load::Counts counts;
  for (const auto& column : count_columns) {
    if (column.field != nullptr && is_there(json, column)) {
      counts.*column.field = json[column.name.data()].count();
    }
  }
  return counts;
}

LatencyStats read_latency(const JsonReader& json, Duration unit) {
  LatencyStats stats{.count = json["count"].count()};
  if (stats.count == 0) {
    return stats;
  }
  for (const auto& [key, field] :
       std::initializer_list<std::pair<const char*, Duration LatencyStats::*>>{
           {"mean", &LatencyStats::mean},
           {"p50", &LatencyStats::p50},
           {"p90", &LatencyStats::p90},
           {"p95", &LatencyStats::p95},
           {"p99", &LatencyStats::p99},
           {"p999", &LatencyStats::p999},
           {"max", &LatencyStats::max}}) {
    stats.*field = json[key].duration(unit);
  }
  return stats;
}

UpstreamCounts read_upstream(const JsonReader& json) {
  UpstreamCounts upstream{.arrived = json["arrived"].count(),
                          .arrived_while_open = json["arrived_while_open"].count(),
                          .served = json["served"].count(),
                          .injected = {},
                          .overtaken = json["overtaken"].count(),
                          .strangers = json["strangers"].count()};
  for (const auto& [kind, count] : json["injected"].members()) {
    upstream.injected.emplace_back(kind, count.count());
  }
  return upstream;
}

Histogram::Bucket read_bucket(const JsonReader& json) {
  const auto pair = json.items();
  if (pair.size() != 2) {
    json.complain("it is not a pair");
    return {};
  }
  return {pair[0].milliseconds(), pair[1].count()};
}

EndpointSummary read_endpoint(const JsonReader& json) {
  return {.name = json["name"].text(),
          .counts = read_counts(json["counts"]),
          .response = read_latency(json["latency_ms"], millisecond)};
}

PhaseSummary read_phase(const JsonReader& json) {
  PhaseSummary summary{.phase = {.name = json["name"].text(),
                                 .begin = at(json["begin_ms"].milliseconds()),
                                 .end = at(json["end_ms"].milliseconds()),
                                 .fault = json["fault"].flag()},
                       .lasted = json["lasted_ms"].milliseconds(),
                       .counts = read_counts(json["counts"]),
                       .response = read_latency(json["latency_ms"], millisecond),
                       .service = read_latency(json["service_ms"], millisecond),
                       .schedule_error = read_latency(json["schedule_error_us"], microsecond),
                       .upstream = {},
                       .fail_fast = read_latency(json["fail_fast_us"], microsecond),
                       .wasted = json["wasted_ms"].milliseconds(),
                       .peak_in_flight = json["peak_in_flight"].count(),
                       .peak_is_bound = json["peak_is_bound"].flag(),
                       .distribution = read_list(json["distribution"], read_bucket),
                       .endpoints = read_list(json["endpoints"], read_endpoint)};
  if (const auto upstream = json["upstream"]; !upstream.is_null()) {
    summary.upstream = read_upstream(upstream);
  }
  return summary;
}

// The phases as they were planned; complains when they do not follow each other.
std::vector<Phase> read_timetable(const JsonReader& json, const std::vector<PhaseSummary>& phases) {
  std::vector<Phase> planned;
  TimePoint begin{};
  for (const auto& summary : phases) {
    const auto& phase = summary.phase;
    if (phase.begin != begin || phase.end <= phase.begin) {
      json.complain("they do not follow each other");
      break;
    }
    begin = phase.end;
    planned.push_back(phase);
  }
  if (phases.empty()) {
    json.complain("there is none");
  }
  return planned;
}

Reaction::CutOff read_cut_off(const JsonReader& json) {
  if (json.is_null()) {
    return Reaction::CutOff::none;
  }
  const auto text = json.text();
  if (text != "run_ended" && text != "log_full") {
    json.complain("it is neither 'run_ended' nor 'log_full'");
  }
  return text == "log_full" ? Reaction::CutOff::log_full : Reaction::CutOff::run_ended;
}

Reaction read_reaction(const JsonReader& json) {
  Reaction reaction{.fault = {.begin = at(json["fault_begin_ms"].milliseconds()),
                              .end = at(json["fault_end_ms"].milliseconds())},
                    .time_to_open = json["time_to_open_ms"].milliseconds_or_null(),
                    .time_to_close = json["time_to_close_ms"].milliseconds_or_null(),
                    .opened = json["opened"].flag(),
                    .closed_again = json["closed_again"].flag(),
                    .opened_for_previous = json["opened_for_previous"].flag(),
                    .cut_off = read_cut_off(json["cut_off"])};
  if (reaction.opened != reaction.time_to_open.has_value() ||
      reaction.closed_again != reaction.time_to_close.has_value()) {
    json.complain("its times contradict it");
  }
  return reaction;
}

std::uint32_t read_small(const JsonReader& json, const char* key) {
  const auto count = json[key].count();
  if (count > std::numeric_limits<std::uint32_t>::max()) {
    json[key].complain("it is more than 2^32 - 1");
    return 0;
  }
  return static_cast<std::uint32_t>(count);
}

load::BreakerIdentity read_identity(const JsonReader& json) {
  const auto endpoint = json["endpoint"];
  return {.instance = read_small(json, "instance"),
          .endpoint = endpoint.is_null() ? "" : endpoint.text(),
          .name = json["name"].text()};
}

BreakerSummary read_breaker(const JsonReader& json) {
  return {.identity = read_identity(json),
          .initial_state = read_state(json["initial_state"]),
          .final_state = read_state(json["final_state"]),
          .opens = json["opens"].count(),
          .trips = json["trips"].count(),
          .closes = json["closes"].count(),
          .time_closed = json["time_closed_ms"].milliseconds(),
          .time_open = json["time_open_ms"].milliseconds(),
          .time_half_open = json["time_half_open_ms"].milliseconds(),
          .reactions = read_list(json["reactions"], read_reaction),
          .last_probes = {read_small(json, "last_probes"), read_small(json, "last_most_probes")}};
}

load::BreakerEvent read_transition(const JsonReader& json,
                                   const std::vector<BreakerFacts>& breakers) {
  const auto text = json["breaker"].text();
  const auto breaker = std::ranges::find_if(
      breakers, [&](const BreakerFacts& known) { return known.identity.name == text; });
  if (breaker == breakers.end()) {
    json["breaker"].complain("no breaker has this name");
    return {};
  }
  const auto probes = [&](const char* key) { return json.has(key) ? read_small(json, key) : 0; };
  const auto sent = json["call_sent_ms"];
  return {static_cast<std::size_t>(breaker - breakers.begin()),
          {.at = at(json["t_ms"].milliseconds()),
           .from = read_state(json["from"]),
           .to = read_state(json["to"]),
           .cause = json["cause"].text()},
          probes("probes"),
          probes("most_probes"),
          sent.is_null() ? std::nullopt : std::optional(at(sent.milliseconds()))};
}

Intervention read_intervention(const JsonReader& json) {
  return {.at = at(json["t_ms"].milliseconds()),
          .text = json["text"].text(),
          .faulty = json["faulty"].flag()};
}

Series read_series(const JsonReader& json) {
  Series series{.interval = json["interval_ms"].milliseconds(), .points = {}};
  series.points.resize(json["t_ms"].items().size());
  const auto read = [&](const char* key, auto take) {
    const auto column = json[key].items();
    if (column.size() != series.points.size()) {
      json[key].complain("it is not as long as t_ms");
      return;
    }
    for (std::size_t i = 0; i < column.size(); ++i) {
      take(series.points[i], column[i]);
    }
  };
  using Point = Series::Point;
  read("t_ms", [](Point& p, const JsonReader& value) { p.end = at(value.milliseconds()); });
  for (const auto& column : count_columns) {
    if (column.field != nullptr && is_there(json, column)) {
      read(column.name.data(),
           [&](Point& p, const JsonReader& value) { p.counts.*column.field = value.count(); });
    }
  }
  read("in_flight", [](Point& p, const JsonReader& value) { p.in_flight = value.count(); });
  read("p50_ms", [](Point& p, const JsonReader& value) { p.p50 = value.milliseconds_or_null(); });
  read("p99_ms", [](Point& p, const JsonReader& value) { p.p99 = value.milliseconds_or_null(); });
  if (json.has("arrived")) {
    read("arrived", [](Point& p, const JsonReader& value) { p.arrived = value.count(); });
  }
  return series;
}

// Everything but the timetable, which cannot be made of phases that do not follow each other.
Summary read_summary(const JsonReader& root) {
  auto phases = read_list(root["phases"], read_phase);
  auto planned = read_timetable(root["phases"], phases);
  if (planned.empty()) {
    planned = {{.name = "", .begin = {}, .end = at(millisecond)}};
  }
  const auto breakers = root["breakers"];
  Summary summary{
      .facts = {.command = root["command"].text(),
                .name = root["name"].text(),
                .description = root["description"].text(),
                .tool_version = root["tool_version"].text(),
                .seed = root["seed"].count(),
                .experiment_json = root["experiment"].object(),
                .host = {},
                .target = root.has("target") ? root["target"].text() : "",
                .timetable = Timetable(std::move(planned)),
                .breakers = read_list(breakers,
                                      [](const JsonReader& json) {
                                        return BreakerFacts{.identity = read_identity(json)};
                                      }),
                .dialect = {},
                .events = {},
                .transition_count = root["transitions_total"].count(),
                .upstream = {},
                .ending = root["ending"].one_of(endings, Ending::completed),
                .ended_at = at(root["ended_at_ms"].milliseconds()),
                .timeout = root["timeout_ms"].milliseconds(),
                .load_words = root["load"].text(),
                .reproduce = root["reproduce"].text(),
                .reproduce_all = root.has("reproduce_all") ? root["reproduce_all"].text() : "",
                .warnings = root["warnings"].texts(),
                .notes = root["notes"].texts(),
                .interventions = read_list(root["interventions"], read_intervention),
                .stopped_because = root["stopped_because"].texts(),
                .series = read_series(root["series"])},
      .phases = std::move(phases),
      .totals = read_phase(root["totals"]),
      .breakers = read_list(breakers, read_breaker),
      .doubts = root["doubts"].texts(),
      .baseline = Form<std::vector<Finding>>::read(root["baseline"]),
      .findings = Form<std::vector<Finding>>::read(root["expectations"]),
      .repeats = Form<std::optional<Repeats>>::read(root["repeats"]),
      .verdict = Form<Verdict>::read(root["verdict"])};
  auto& facts = summary.facts;
  if (root.has("host")) {
    for (const auto& [key, value] : root["host"].members()) {
      facts.host.emplace_back(key, value.text());
    }
  }
  if (root.has("breaker_settings")) {
    for (const auto& [key, value] : root["breaker_settings"].members()) {
      facts.breaker_settings.emplace_back(key, value.text());
    }
  }
  for (const auto& json : breakers.items()) {
    facts.dialect = json["dialect"].text();
  }
  facts.events = read_list(root["transitions"], [&](const JsonReader& json) {
    return read_transition(json, facts.breakers);
  });
  if (facts.transition_count < facts.events.size()) {
    root["transitions_total"].complain("there are more transitions than that");
  }
  for (const auto& phase : summary.phases) {
    if (phase.upstream.has_value() != summary.totals.upstream.has_value()) {
      root["totals"]["upstream"].complain("some phases have it and some do not");
    }
    if (phase.upstream) {
      facts.upstream.push_back(*phase.upstream);
    }
  }
  return summary;
}

Error refusal(const std::string& file, const std::string& why) {
  return {"'" + file + "' is not a result: " + why,
          "give a file that tripcurve run --json or simulate --json wrote"};
}

}  // namespace

Result<Summary> read_json(const std::string& file, std::string_view text) {
  if (text.size() > most_result_bytes) {
    return refusal(file, "it is larger than 64 MiB");
  }
  const auto document = parse_document(text);
  if (!document) {
    return refusal(file, document.error().message);
  }
  std::optional<std::string> mistake;
  const JsonReader root(*document, "", mistake);
  if (!root.has("schema_version")) {
    return refusal(file, "it has no schema_version");
  }
  const auto schema = root["schema_version"].count();
  if (mistake) {
    return refusal(file, *mistake);
  }
  if (schema != schema_version) {
    return Error{"'" + file + "' has schema_version " + std::to_string(schema) +
                     ", and this tripcurve reads " + std::to_string(schema_version),
                 "run the experiment again, or use the tripcurve that wrote the file"};
  }
  auto summary = read_summary(root);
  if (mistake) {
    return refusal(file, *mistake);
  }
  return summary;
}

}  // namespace tripcurve::report
