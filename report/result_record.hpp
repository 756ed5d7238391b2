// The record of a whole result. Not for other folders.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "report/breaker_records.hpp"
#include "report/dependency_records.hpp"
#include "report/formats.hpp"
#include "report/json_values.hpp"
#include "report/judged_records.hpp"
#include "report/number_records.hpp"
#include "report/record.hpp"
#include "report/service_records.hpp"
#include "report/summary.hpp"
#include "report/through_records.hpp"
#include "report/versus_record.hpp"

namespace tripcurve::report {

inline constexpr std::array all_endings{Ending::completed, Ending::interrupted, Ending::terminated,
                                        Ending::unhealthy, Ending::stopped,     Ending::running};

template <>
struct Form<Ending> : WordForm<Ending, all_endings> {};

template <>
struct Record<Intervention> {
  static constexpr auto name = "intervention";
  static constexpr std::array fields{
      field<&Intervention::at>("t_ms", "when"),
      field<&Intervention::text>("text", "what was done, in words"),
      field<&Intervention::faulty>("faulty",
                                   "true if a fault that was injected by hand is active from here "
                                   "until the next intervention"),
  };
};

struct SchemaVersion : Form<std::uint64_t> {
  static Json schema() { return {{"const", schema_version}}; }
};
// An experiment file, kept as JSON text.
struct ExperimentObject {
  static Json write(const std::string& text) { return experiment_value(text); }
  static std::string read(const JsonReader& json) { return json.object(); }
  static Json schema() { return {{"type", "object"}}; }
  static constexpr std::string_view type = "object";
};
struct PhaseList : Form<std::vector<PhaseSummary>> {
  static Json schema() {
    auto schema = Form<std::vector<PhaseSummary>>::schema();
    schema["minItems"] = 1;
    return schema;
  }
};

inline std::uint64_t version_of(const Summary& /*summary*/) { return schema_version; }

inline std::vector<TransitionRow> transitions_of(const Summary& summary) {
  const auto& facts = summary.facts;
  std::vector<TransitionRow> rows;
  for (const auto& event : facts.events) {
    rows.push_back(row_of(event, facts.breakers[event.breaker].identity.name, facts.timetable));
  }
  return rows;
}

// A field of the facts.
template <auto Member, typename As = Form<ValueOf<Member>>>
constexpr auto fact(const char* name, const char* meaning) {
  return field<within<&Summary::facts, Member>, As>(name, meaning);
}
template <auto Member>
constexpr auto fact_if_any(const char* name, const char* meaning) {
  return field_if_any<within<&Summary::facts, Member>>(name, meaning);
}

template <>
struct Record<Summary> {
  static constexpr auto name = "result";
  static constexpr std::array fields{
      derived<version_of, SchemaVersion>("schema_version", "version of this format"),
      fact<&RunFacts::tool_version>("tool_version", "tripcurve's version"),
      fact<&RunFacts::command, CommandWord>("command", "`run` or `simulate`"),
      fact<&RunFacts::name>("name", "the experiment's name"),
      fact<&RunFacts::description>("description", "the experiment's description"),
      fact<&RunFacts::seed>("seed",
                            "the number that determines all randomness in the run, up to 2^64 - 1"),
      fact<&RunFacts::timeout>("timeout_ms", "how long a call may take after it was sent"),
      fact<&RunFacts::load_words>("load", "the load in words: `200/s constant`"),
      fact<&RunFacts::reproduce>("reproduce",
                                 "the command that repeats this run, with its seed and with the "
                                 "values of the variables in its file; empty if it is not known"),
      fact<&RunFacts::experiment_json, ExperimentObject>(
          "experiment", "[the experiment](#the-experiment), as a file that you can run"),
      fact_if_any<&RunFacts::reproduce_all>(
          "reproduce_all",
          "the command that repeats the whole series; absent if there was only one run"),
      fact_if_any<&RunFacts::policies>(
          "policies",
          "the client's policies, the outermost first, in the form of `--policy`, and with those "
          "that are there without being named; absent if there are none but the breaker"),
      fact_if_any<&RunFacts::breaker_settings>("breaker_settings",
                                               "the breaker's `dialect` and all its settings, "
                                               "including defaults, under the dialect's own names"),
      fact_if_any<&RunFacts::host>("host",
                                   "the machine: `os`, `machine`, `cpus`; absent in virtual time"),
      fact_if_any<&RunFacts::target>("target", "URL that was called; absent in virtual time"),
      fact<&RunFacts::ending>(
          "ending",
          "`completed`, `interrupted` (by SIGINT or by hand), `terminated` (by SIGTERM), "
          "`unhealthy` (the baseline failed when the first fault began), `stopped` (by "
          "`--abort-on`), or `running` while the run goes on"),
      fact<&RunFacts::ended_at>("ended_at_ms",
                                "when the last call ended, or when the run was interrupted"),
      fact<&RunFacts::stopped_because>("stopped_because",
                                       "why the run ended early; empty if it was completed"),
      field<&Summary::verdict>("verdict", "[the verdict](#the-verdict) on the run"),
      field<&Summary::doubts>(
          "doubts",
          "the reasons why the run's own load is in doubt, each with a number and a remedy"),
      field<&Summary::baseline>(
          "baseline",
          "what had to hold before the first fault, and the result, in the form of `expectations`; "
          "empty if the experiment has no baseline and all was well"),
      field<&Summary::expectations>("expectations",
                                    "[what was expected](#an-expectation), and the result"),
      field<&Summary::repeats>(
          "repeats",
          "[several runs](#several-runs) of this experiment; null if there was only one run"),
      field_if_any<&Summary::versus>(
          "versus",
          "[the same run with another breaker](#the-other-run); absent without `--versus`"),
      fact<&RunFacts::warnings>(
          "warnings", "warnings about the breaker's settings, from lint and from the import"),
      fact<&RunFacts::notes>("notes", "notes about the files that were read"),
      fact_if_any<&RunFacts::false_trips>(
          "false_trips",
          "[how often the breaker would trip](#a-forecast-of-false-trips) without a fault, at the "
          "experiment's load and normal errors; absent if nobody can say"),
      fact<&RunFacts::interventions>(
          "interventions",
          "[what was done by hand](#an-intervention) during the run; no seed repeats it"),
      field<&Summary::totals>("totals",
                              "[like a phase](#a-phase-and-the-totals), over the whole run"),
      field<&Summary::phases, PhaseList>("phases",
                                         "[the phases](#a-phase-and-the-totals), in order"),
      field<&Summary::breakers>("breakers", "[the breakers](#a-breaker): one, or one per endpoint"),
      field_if_any<&Summary::through>(
          "through",
          "[what was observed of the service](#through-a-service) that calls went through; absent "
          "without `--through`"),
      field_if_any<&Summary::dependencies>("dependencies",
                                           "[further dependencies](#a-further-dependency) of that "
                                           "service; absent if it has only one"),
      field_if_any<&Summary::services>(
          "services",
          "[the services](#a-service) of the topology, in its order; absent without a topology"),
      field_if_any<&Summary::selectivity>(
          "selectivity",
          "sentences on the order in which breakers opened that stand one behind the other in the "
          "topology; absent if none did"),
      derived<transitions_of>(
          "transitions",
          "[the transitions](#a-transition) of all breakers, in the order they happened"),
      fact<&RunFacts::transition_count>("transitions_total",
                                        "how many transitions there were; larger than the length "
                                        "of `transitions` if the log was full (10,000)"),
      fact<&RunFacts::series>("series", "[the run over time](#the-series)"),
  };
};

}  // namespace tripcurve::report
