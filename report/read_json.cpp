#include <unordered_map>

#include "report/formats.hpp"
#include "report/json_reader.hpp"
#include "report/result_record.hpp"

namespace tripcurve::report {
namespace {

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

// Complains when no breaker has the name that a transition gives.
std::vector<load::BreakerEvent> read_events(const JsonReader& json,
                                            const std::vector<BreakerFacts>& breakers) {
  std::vector<load::BreakerEvent> events;
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < breakers.size(); ++i) {
    by_name.emplace(breakers[i].identity.name, i);
  }
  for (const auto& item : json.items()) {
    const auto row = Form<TransitionRow>::read(item);
    const auto breaker = by_name.find(row.breaker);
    if (breaker == by_name.end()) {
      item["breaker"].complain("no breaker has this name");
      break;
    }
    events.push_back(event_of(row, breaker->second));
  }
  return events;
}

// What the upstream counted by phase; complains when only some phases have it.
std::vector<UpstreamCounts> read_upstream(const JsonReader& root, const Summary& summary) {
  std::vector<UpstreamCounts> all;
  for (const auto& phase : summary.phases) {
    if (phase.upstream.has_value() != summary.totals.upstream.has_value()) {
      root["totals"]["upstream"].complain("some phases have it and some do not");
    }
    if (phase.upstream) {
      all.push_back(*phase.upstream);
    }
  }
  return all;
}

// The fields as they stand there, then what follows from several of them.
Summary read_summary(const JsonReader& root) {
  // There is no timetable without a phase, so this one stands in until the phases are known.
  const Phase any{.name = "", .begin = {}, .end = at(std::chrono::milliseconds(1))};
  Summary summary{.facts = {.timetable = Timetable({any})}};
  read_fields<Record<Summary>>(root, summary);
  auto& facts = summary.facts;
  if (auto planned = read_timetable(root["phases"], summary.phases); !planned.empty()) {
    facts.timetable = Timetable(std::move(planned));
  }
  for (const auto& breaker : summary.breakers) {
    facts.breakers.push_back({.identity = breaker.identity});
    facts.dialect = breaker.dialect;
  }
  facts.events = read_events(root["transitions"], facts.breakers);
  if (facts.transition_count < facts.events.size()) {
    root["transitions_total"].complain("there are more transitions than that");
  }
  facts.upstream = read_upstream(root, summary);
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
  const auto document = JsonTree::parse(text);
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
