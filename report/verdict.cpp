#include "report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "report/summary.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

using Result = Verdict::Result;

Result result_of(const std::vector<Judged>& judged) {
  const auto any = [&](Judged::Result result) {
    return std::ranges::find(judged, result, &Judged::result) != judged.end();
  };
  return judged.empty()                      ? Result::finished
         : any(Judged::Result::fail)         ? Result::fail
         : any(Judged::Result::inconclusive) ? Result::inconclusive
                                             : Result::pass;
}

// A run that was stopped has failed what it was stopped for. One that is neither a pass nor a
// failure may have been either.
Result result_of(const Repeats& repeats) {
  const auto count = [&](Result result) {
    return static_cast<std::uint64_t>(
        std::ranges::count(repeats.runs, name(result), &Repeats::One::result));
  };
  const auto failed = count(Result::fail) + count(Result::stopped);
  return repeats.passed >= repeats.needed                ? Result::pass
         : repeats.runs.size() - failed < repeats.needed ? Result::fail
                                                         : Result::inconclusive;
}

// The worse of two that are not final by themselves.
Result worse(Result a, Result b) {
  const auto rank = [](Result result) {
    return result == Result::fail           ? 3
           : result == Result::inconclusive ? 2
           : result == Result::pass         ? 1
                                            : 0;
  };
  return rank(a) > rank(b) ? a : b;
}

Result result_of(const Summary& summary) {
  switch (summary.facts.ending) {
    case Ending::interrupted:
      return Result::interrupted;
    case Ending::terminated:
      return Result::terminated;
    case Ending::unhealthy:
      return Result::unhealthy;
    case Ending::stopped:
    case Ending::completed:
    case Ending::running:
      break;
  }
  const auto baseline = result_of(summary.baseline);
  if (baseline == Result::fail) {
    return Result::unhealthy;
  }
  // Where there were several runs they decide, and not what this one of them found: one that was
  // stopped or is in doubt did not pass, and is counted so.
  if (summary.repeats) {
    return result_of(*summary.repeats);
  }
  if (summary.facts.ending == Ending::stopped) {
    return Result::stopped;
  }
  auto result = result_of(summary.expectations);
  if (baseline == Result::inconclusive || !summary.doubts.empty()) {
    result = worse(result, Result::inconclusive);
  }
  return result;
}

void add_complaints(const std::vector<Judged>& judged, const char* what,
                    std::vector<std::string>& reasons) {
  for (const auto wanted : {Judged::Result::fail, Judged::Result::inconclusive}) {
    for (const auto& one : judged) {
      if (one.result == wanted) {
        reasons.push_back(what + complaint(one));
      }
    }
  }
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
    case Result::terminated:
      return "terminated";
    case Result::unhealthy:
      return "unhealthy";
    case Result::stopped:
      return "stopped";
  }
  return "unknown";
}

bool is_good(Verdict::Result result) {
  return result == Result::pass || result == Result::finished;
}

ExitCode exit_code(Verdict::Result result) {
  switch (result) {
    case Result::finished:
    case Result::pass:
      return ExitCode::success;
    case Result::fail:
      return ExitCode::failure;
    case Result::inconclusive:
      return ExitCode::inconclusive;
    case Result::unhealthy:
      return ExitCode::environment;
    case Result::stopped:
      return ExitCode::stopped;
    case Result::interrupted:
      return ExitCode::interrupted;
    case Result::terminated:
      return ExitCode::terminated;
  }
  return ExitCode::bug;
}

std::string_view meaning(Verdict::Result result) {
  switch (result) {
    case Result::finished:
      return "The run completed; no expectations were set";
    case Result::pass:
      return "All expectations hold";
    case Result::fail:
      return "At least one expectation failed";
    case Result::inconclusive:
      return "An expectation could not be judged, or the numbers are in doubt";
    case Result::interrupted:
      return "The run was interrupted; the numbers cover the time until then";
    case Result::terminated:
      return "SIGTERM ended the run; the numbers cover the time until then";
    case Result::unhealthy:
      return "The baseline failed, so the run says nothing about the breaker";
    case Result::stopped:
      return "The run was stopped, because an --abort-on expectation failed";
  }
  return "unknown";
}

Verdict decide(const Summary& summary) {
  Verdict verdict{.result = result_of(summary), .reasons = {}};
  if (verdict.result == Result::pass) {
    return verdict;
  }
  verdict.reasons = summary.facts.stopped_because;
  add_complaints(summary.baseline, "baseline: ", verdict.reasons);
  if (verdict.result == Result::unhealthy) {
    return verdict;  // whatever else was found says nothing about the breaker
  }
  add_complaints(summary.expectations, "", verdict.reasons);
  if (summary.repeats) {
    verdict.reasons.push_back(repeats_text(*summary.repeats));
  }
  verdict.reasons.insert(verdict.reasons.end(), summary.doubts.begin(), summary.doubts.end());
  return verdict;
}

}  // namespace tripcurve::report
