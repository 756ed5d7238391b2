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
      field<&Scope::phase, NameOrNull>("phase", "the phase it is narrowed to; null for none"),
      field<&Scope::endpoint, NameOrNull>("endpoint", "likewise, the endpoint"),
      field<&Scope::breaker, NameOrNull>("breaker", "likewise, the breaker"),
  };
};

template <>
struct Record<Judged> {
  static constexpr auto name = "expectation";
  static constexpr std::array fields{
      field<&Judged::text>("text", "as it was written: `time_to_open < 1s`"),
      field<&Judged::scope>("scope", "what it is narrowed to, see below"),
      field<&Judged::place>("place", "where it was written: `tripcurve.yaml:31:5`, `--expect`"),
      field<&Judged::result>("result", "`pass`, `fail` or `inconclusive` (it could not be judged)"),
      field<&Judged::observed>("observed", "for people: what was seen"),
      field<&Judged::bound>("bound", "for people: what was wanted"),
      field<&Judged::margin>("margin", "for people: by how much they differ"),
      field<&Judged::samples>("samples", "how many calls, openings or transitions it was made of"),
      field<&Judged::reason>("reason", "why it does not pass; empty when it does"),
      field<&Judged::value>("value",
                            "what was seen, for programs; null when there is no such number"),
      field<&Judged::unit>("unit",
                           "of `value`: `ms`, `share`, `count`, `per_s`, `per_min`, `ratio`; "
                           "empty for a list of states"),
  };
};

template <>
struct Record<Repeats::One> {
  static constexpr auto name = "repeat";
  static constexpr std::array fields{
      field<&Repeats::One::seed>("seed", "the run's seed"),
      field<&Repeats::One::result>("result", "the [verdict](#the-verdict) on it"),
  };
};

inline std::uint64_t run_count(const Repeats& repeats) { return repeats.runs.size(); }

template <>
struct Record<Repeats> {
  static constexpr auto name = "repeats";
  static constexpr std::array fields{
      derived<run_count>("runs", "how many runs there were"),
      field<&Repeats::passed>("passed", "how many of them pass"),
      field<&Repeats::needed>("needed", "how many must"),
      field<&Repeats::low>("low", "95 % interval (Wilson) of the share of runs that pass: from"),
      field<&Repeats::high>("high", "... to"),
      field<&Repeats::runs>("results", "of each run, in their order: see below"),
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
          "`finished` (nothing was expected), `pass`, `fail`, `inconclusive`, `interrupted`, "
          "`terminated`, `unhealthy`, `stopped`"),
      field<&Verdict::reasons>("reasons",
                               "the expectations that do not pass and the doubts, each standing "
                               "alone; empty for a pass"),
      derived<exit_code_of>("exit_code", "what the command ended with"),
      derived<meaning_of>("meaning", "the exit code in words"),
  };
};

}  // namespace tripcurve::report
