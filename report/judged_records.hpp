// The records of what a run comes to: the expectations as they were judged, the verdict, and
// several runs. Not for other folders.
#pragma once

#include <array>
#include <set>

#include "report/record.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

inline constexpr std::array judged_results{Judged::Result::pass, Judged::Result::fail,
                                           Judged::Result::inconclusive};
inline constexpr std::array verdict_results{
    Verdict::Result::finished,     Verdict::Result::pass,        Verdict::Result::fail,
    Verdict::Result::inconclusive, Verdict::Result::interrupted, Verdict::Result::terminated,
    Verdict::Result::unhealthy,    Verdict::Result::stopped};

template <>
struct Form<Judged::Result> : WordForm<Judged::Result, judged_results> {};
template <>
struct Form<Verdict::Result> : WordForm<Verdict::Result, verdict_results> {};

inline ExitCode exit_code_of(const Verdict& verdict) { return exit_code(verdict.result); }

template <>
struct Form<ExitCode> {
  static Json write(ExitCode code) { return static_cast<int>(code); }
  static Json schema() {
    std::set<int> all;
    for (const auto result : verdict_results) {
      all.insert(static_cast<int>(exit_code(result)));
    }
    return {{"type", "integer"}, {"enum", all}};
  }
  static constexpr std::string_view type = "integer";
};

template <>
struct Record<Scope> {
  static constexpr auto name = "scope";
  static constexpr std::array fields{
      field<&Scope::phase, NameOrNull>(
          "phase", "the phase that it is limited to; null if it is not limited to one"),
      field<&Scope::endpoint, NameOrNull>("endpoint", "likewise, for the endpoint"),
      field<&Scope::breaker, NameOrNull>("breaker", "likewise, for the breaker"),
      field<&Scope::service, NameOrNull>(
          "service", "the service of a topology that it is about; null if it is about none"),
      field<&Scope::link, NameOrNull>("link", "likewise, for the link: `order -> payment`"),
  };
};

template <>
struct Record<Judged> {
  static constexpr auto name = "expectation";
  static constexpr std::array fields{
      field<&Judged::text>("text", "the expectation as it was written: `time_to_open < 1s`"),
      field<&Judged::scope>("scope", "what it is limited to, see below"),
      field<&Judged::place>("place", "where it was written: `tripcurve.yaml:31:5`, `--expect`"),
      field<&Judged::result>("result", "`pass`, `fail` or `inconclusive` (it could not be judged)"),
      field<&Judged::observed>("observed", "for people: what was seen"),
      field<&Judged::bound>("bound", "for people: what had to be"),
      field<&Judged::margin>("margin", "for people: by how much the two differ"),
      field<&Judged::samples>("samples", "how many calls, openings or transitions it is based on"),
      field<&Judged::reason>("reason", "why it does not pass; empty if it passes"),
      field<&Judged::value>("value",
                            "for programs: what was seen; null if there is no such number"),
      field<&Judged::unit>(
          "unit",
          "the unit of `value`: `ms`, `share`, `count`, `per_s`, `per_min`, `ratio`; "
          "empty for a list of states"),
  };
};

template <>
struct Record<Repeats::One> {
  static constexpr auto name = "repeat";
  static constexpr std::array fields{
      field<&Repeats::One::seed>("seed", "the run's seed"),
      field<&Repeats::One::result>("result", "the [verdict](#the-verdict) on the run"),
  };
};

template <>
struct Record<Repeats::Spread> {
  static constexpr auto name = "spread";
  using Spread = Repeats::Spread;
  static constexpr std::array fields{
      field<&Spread::metric>("metric", "its name: `time_to_open`, `time_in(open)`"),
      field<&Spread::scope>("scope", "what it is limited to, in the form of an expectation's"),
      field<&Spread::unit>("unit",
                           "the unit of `min`, `median` and `max`, in the words of an expectation"),
      field<&Spread::runs>("runs", "in how many of the completed runs it had a value"),
      field<&Spread::of>("completed_runs", "how many runs were completed"),
      field<&Spread::min>("min", "its smallest value"),
      field<&Spread::median>("median",
                             "its median; for an even number of runs, the mean of the middle two"),
      field<&Spread::max>("max", "its largest value"),
      field<&Spread::min_text>("min_text", "for people: the smallest value with its unit"),
      field<&Spread::median_text>("median_text", "likewise, the median"),
      field<&Spread::max_text>("max_text", "likewise, the largest value"),
  };
};

inline std::uint64_t run_count(const Repeats& repeats) { return repeats.runs.size(); }

template <>
struct Record<Repeats> {
  static constexpr auto name = "repeats";
  static constexpr std::array fields{
      derived<run_count>("runs", "how many runs there were"),
      field<&Repeats::passed>("passed", "how many of them passed"),
      field<&Repeats::needed>("needed", "how many had to pass"),
      field<&Repeats::low>(
          "low", "lower end of the 95 % interval (Wilson) for the share of runs that pass"),
      field<&Repeats::high>("high", "upper end of that interval"),
      field<&Repeats::runs>("results", "the runs, in order; see below"),
      field_if_any<&Repeats::metrics>(
          "metrics",
          "the metrics of the completed runs, over the whole run and in the scopes of the "
          "expectations; see below; absent if no run was completed"),
  };
};

inline std::string meaning_of(const Verdict& verdict) {
  return std::string(meaning(verdict.result));
}

template <>
struct Record<Verdict> {
  static constexpr auto name = "verdict";
  static constexpr std::array fields{
      field<&Verdict::result>(
          "result",
          "`finished` (no expectations were set), `pass`, `fail`, `inconclusive`, `interrupted`, "
          "`terminated`, `unhealthy`, `stopped`"),
      field<&Verdict::reasons>("reasons",
                               "the expectations that did not pass, and the doubts; each can be "
                               "understood on its own; empty for a pass"),
      derived<exit_code_of>("exit_code", "the exit code of the command"),
      derived<meaning_of>("meaning", "the exit code in words"),
  };
};

}  // namespace tripcurve::report
