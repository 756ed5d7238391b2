#include "report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "report/summary.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

using Result = Verdict::Result;

Result result_of(const std::vector<Finding>& findings) {
  const auto any = [&](Finding::Result result) {
    return std::ranges::find(findings, result, &Finding::result) != findings.end();
  };
  return findings.empty()                     ? Result::finished
         : any(Finding::Result::fail)         ? Result::fail
         : any(Finding::Result::inconclusive) ? Result::inconclusive
                                              : Result::pass;
}

// A run that is neither a pass nor a failure may have been either.
Result result_of(const Repeats& repeats) {
  const auto failed = static_cast<std::uint64_t>(
      std::ranges::count(repeats.runs, name(Result::fail), &Repeats::One::result));
  return repeats.passed >= repeats.needed                ? Result::pass
         : repeats.runs.size() - failed < repeats.needed ? Result::fail
                                                         : Result::inconclusive;
}

Result result_of(const Summary& summary) {
  switch (summary.facts.ending) {
    case Ending::interrupted:
      return Result::interrupted;
    case Ending::unhealthy:
      return Result::unhealthy;
    case Ending::stopped:
    case Ending::completed:
    case Ending::running:
      break;
  }
  // Where there were several runs they decide, and not what this one of them found: one that was
  // stopped or is in doubt did not pass, and is counted so.
  if (summary.repeats) {
    return result_of(*summary.repeats);
  }
  if (summary.facts.ending == Ending::stopped) {
    return Result::stopped;
  }
  const auto expected = result_of(summary.findings);
  return expected == Result::fail  ? Result::fail
         : !summary.doubts.empty() ? Result::inconclusive
                                   : expected;
}

}  // namespace

std::string_view name(Verdict::Result result) {
  switch (result) {
    case Result::finished:
      return "finished";
    case Result::pass:
      return "pass";
    case Result::fail:
      return "fail";
    case Result::inconclusive:
      return "inconclusive";
    case Result::interrupted:
      return "interrupted";
    case Result::unhealthy:
      return "unhealthy";
    case Result::stopped:
      return "stopped";
  }
  return "unknown";
}

int exit_code(Verdict::Result result) {
  switch (result) {
    case Result::finished:
    case Result::pass:
      return 0;
    case Result::fail:
      return 1;
    case Result::inconclusive:
      return 3;
    case Result::unhealthy:
      return 4;
    case Result::stopped:
      return 5;
    case Result::interrupted:
      return 130;
  }
  return 70;
}

std::string_view meaning(Verdict::Result result) {
  switch (result) {
    case Result::finished:
      return "the run was made to its end; nothing was expected of it";
    case Result::pass:
      return "everything that was expected holds";
    case Result::fail:
      return "something that was expected does not hold";
    case Result::inconclusive:
      return "what was expected could not be judged, or the numbers are in doubt";
    case Result::interrupted:
      return "the run was interrupted; the numbers end there";
    case Result::unhealthy:
      return "the upstream was sick before the first fault, so nothing was tried";
    case Result::stopped:
      return "the run stopped itself, as --abort-on asks";
  }
  return "unknown";
}

Verdict decide(const Summary& summary) {
  Verdict verdict{.result = result_of(summary), .reasons = {}};
  if (verdict.result == Result::pass) {
    return verdict;
  }
  verdict.reasons = summary.facts.stopped_because;
  for (const auto wanted : {Finding::Result::fail, Finding::Result::inconclusive}) {
    for (const auto& finding : summary.findings) {
      if (finding.result == wanted) {
        verdict.reasons.push_back(complaint(finding));
      }
    }
  }
  if (summary.repeats) {
    verdict.reasons.push_back(repeats_text(*summary.repeats));
  }
  verdict.reasons.insert(verdict.reasons.end(), summary.doubts.begin(), summary.doubts.end());
  return verdict;
}

}  // namespace tripcurve::report
