// The records of a result whose fields are written down in one table each (report/record.hpp). Not
// for other folders.
#pragma once

#include <array>
#include <set>

#include "report/record.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

inline constexpr std::array finding_results{Finding::Result::pass, Finding::Result::fail,
                                            Finding::Result::inconclusive};
inline constexpr std::array verdict_results{
    Verdict::Result::finished,    Verdict::Result::pass,      Verdict::Result::fail,
    Verdict::Result::inconclusive, Verdict::Result::interrupted, Verdict::Result::terminated,
    Verdict::Result::unhealthy,    Verdict::Result::stopped};

template <>
struct Form<Finding::Result> : WordForm<Finding::Result, finding_results> {};
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
struct Record<Finding> {
  static constexpr auto name = "expectation";
  static constexpr std::array fields{
      field<&Finding::text>("text", "as it was written: `time_to_open < 1s`"),
      field<&Finding::scope>("scope", "what it is narrowed to, see below"),
      field<&Finding::place>("place", "where it was written: `tripcurve.yaml:31:5`, `--expect`"),
      field<&Finding::result>("result",
                              "`pass`, `fail` or `inconclusive` (it could not be judged)"),
      field<&Finding::observed>("observed", "for people: what was seen"),
      field<&Finding::bound>("bound", "for people: what was wanted"),
      field<&Finding::margin>("margin", "for people: by how much they differ"),
      field<&Finding::samples>("samples",
                               "how many calls, openings or transitions it was made of"),
      field<&Finding::reason>("reason", "why it does not pass; empty when it does"),
      field<&Finding::value>("value",
                             "what was seen, for programs; null when there is no such number"),
      field<&Finding::unit>("unit",
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
      derived<exit_code_of>("exit_code",
                            "what the command ended with"),
      derived<meaning_of>("meaning", "the exit code in words"),
  };
};

}  // namespace tripcurve::report
