#include "cli/probe_output.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "core/units.hpp"
#include "exporter/exporter.hpp"
#include "probe/words.hpp"

namespace tripcurve::cli {
namespace {

Json json_of(const probe::Survivor& survivor, const std::vector<probe::Survivor>& all) {
  auto files = Json::object();
  for (const auto* format : exporter::formats_of(survivor.choice)) {
    files[std::string(format->name)] = format->write(survivor.choice, "dependency").text;
  }
  return {{"breaker", survivor.choice.text()},
          {"dialect", survivor.choice.dialect().name},
          {"likelihood", survivor.likelihood},
          {"counts_attempts", survivor.breaker_inside},
          {"words", probe::words(survivor.choice.facts())},
          {"uncertain", survivor.ranges},
          {"contradictions", survivor.contradictions},
          {"repeated", survivor.repeated},
          {"same_as", survivor.twin_of ? Json(all[*survivor.twin_of].choice.text()) : Json()},
          {"files", std::move(files)}};
}

Json json_of(const probe::Entry& entry) {
  return {{"experiment", words(entry.script)},
          {"seen", words(entry.script, entry.seen)},
          {"numbers", entry.seen},
          {"took_ms", to_milliseconds(entry.took)}};
}

template <typename Range>
Json array_of(const Range& range) {
  auto array = Json::array();
  for (const auto& one : range) {
    array.push_back(json_of(one));
  }
  return array;
}

Json milliseconds(const std::optional<Duration>& length) {
  return length ? Json(to_milliseconds(*length)) : Json();
}

Json json_of(const probe::SlowAnswers& slow) {
  return {{"longest_good_ms", to_milliseconds(slow.longest_good)},
          {"shortest_bad_ms", milliseconds(slow.shortest_bad)}};
}

Json json_of(const probe::HeldTrial& held) {
  return {{"others_go_out", held.shares},
          {"none_for_ms", to_milliseconds(held.none_for)},
          {"next_after_ms", milliseconds(held.one_at)}};
}

Json timing(const probe::Findings& findings) {
  const auto& asides = findings.asides;
  Json value{{"unanswered_for_ms", milliseconds(findings.unanswered_for)},
             {"service_gives_up", findings.gives_up},
             {"slow_answers", asides.slow ? json_of(*asides.slow) : Json()},
             {"held_trial", asides.held ? json_of(*asides.held) : Json()}};
  value["leaving_callers_open"] = asides.leaving_opens ? Json(*asides.leaving_opens) : Json();
  return value;
}

}  // namespace

Json json_of(const probe::Findings& findings) {
  auto counts = Json::object();
  for (const auto& one : findings.counted) {
    counts[words(one.end)] = words(one.as);
  }
  auto survivors = Json::array();
  for (const auto& survivor : findings.survivors) {
    survivors.push_back(json_of(survivor, findings.survivors));
  }
  Json value{{"trouble", findings.trouble.empty() ? Json() : Json(findings.trouble)},
             {"opens", findings.opens},
             {"opened_by", words(findings.failure)},
             {"open_least_s", findings.open_least},
             {"open_most_s", findings.open_most},
             {"arrivals_of_good_call", findings.arrivals_of_good},
             {"arrivals_of_failing_call", findings.around.attempts},
             {"survivors", std::move(survivors)},
             {"counts", std::move(counts)},
             {"timing", timing(findings)}};
  auto ways = Json::object();
  for (const auto& [way, as] : findings.asides.ways) {
    ways[way] = name(as);
  }
  value["breakers_of"] = std::move(ways);
  value["instances"] = findings.asides.instance ? Json(name(*findings.asides.instance)) : Json();
  value["expected_is_left"] = findings.expected_is_left ? Json(*findings.expected_is_left) : Json();
  value["next_experiment"] = findings.next ? Json(words(findings.next->script)) : Json();
  value["experiments"] = array_of(findings.log);
  value["cut_short"] = findings.cut_short;
  value["ended"] = findings.ended;
  value["calls"] = findings.calls;
  value["took_ms"] = to_milliseconds(findings.took);
  return value;
}

void ProbeProgress::began(const probe::Script& script, Duration takes) {
  say(takes > Duration{} ? fmt::format("{} (about {})", words(script), show_duration(takes))
                         : words(script));
}

void ProbeProgress::learned(const probe::Entry& entry, const probe::Belief& belief) {
  say(fmt::format("  {}; so far the likeliest: {}", words(entry.script, entry.seen),
                  belief.best().choice.text()));
}

}  // namespace tripcurve::cli
