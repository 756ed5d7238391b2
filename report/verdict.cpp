#include "report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "report/summary.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

Verdict::Result result_of(const std::vector<Judged>& judged) {
  const auto any = [&](Judged::Result result) {
    return std::ranges::find(judged, result, &Judged::result) != judged.end();
  };
  return judged.empty()                      ? Verdict::Result::finished
         : any(Judged::Result::fail)         ? Verdict::Result::fail
         : any(Judged::Result::inconclusive) ? Verdict::Result::inconclusive
                                             : Verdict::Result::pass;
}

// A run that was stopped has failed what it was stopped for. One that is neither a pass nor a
// failure may have been either.
Verdict::Result result_of(const Repeats& repeats) {
  const auto count = [&](Verdict::Result result) {
    return static_cast<std::uint64_t>(
        std::ranges::count(repeats.runs, name(result), &Repeats::One::result));
  };
  const auto failed = count(Verdict::Result::fail) + count(Verdict::Result::stopped);
  return repeats.passed >= repeats.needed                ? Verdict::Result::pass
         : repeats.runs.size() - failed < repeats.needed ? Verdict::Result::fail
                                                         : Verdict::Result::inconclusive;
}

// The worse of two that are not final by themselves.
Verdict::Result worse(Verdict::Result a, Verdict::Result b) {
  const auto rank = [](Verdict::Result result) {
    return result == Verdict::Result::fail           ? 3
           : result == Verdict::Result::inconclusive ? 2
           : result == Verdict::Result::pass         ? 1
                                                     : 0;
  };
  return rank(a) > rank(b) ? a : b;
}

Verdict::Result result_of(const Summary& summary) {
  switch (summary.facts.ending) {
    case Ending::interrupted:
      return Verdict::Result::interrupted;
    case Ending::terminated:
      return Verdict::Result::terminated;
    case Ending::unhealthy:
      return Verdict::Result::unhealthy;
    case Ending::stopped:
    case Ending::completed:
    case Ending::running:
      break;
  }
  const auto baseline = result_of(summary.baseline);
  if (baseline == Verdict::Result::fail) {
    return Verdict::Result::unhealthy;
  }
  // Where there were several runs they decide, and not what this one of them found: one that was
  // stopped or is in doubt did not pass, and is counted so.
  if (summary.repeats) {
    return result_of(*summary.repeats);
  }
  if (summary.facts.ending == Ending::stopped) {
    return Verdict::Result::stopped;
  }
  auto result = result_of(summary.expectations);
  if (baseline == Verdict::Result::inconclusive || !summary.doubts.empty()) {
    result = worse(result, Verdict::Result::inconclusive);
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
    case Verdict::Result::finished:
      return "finished";
    case Verdict::Result::pass:
      return "pass";
    case Verdict::Result::fail:
      return "fail";
    case Verdict::Result::inconclusive:
      return "inconclusive";
    case Verdict::Result::interrupted:
      return "interrupted";
    case Verdict::Result::terminated:
      return "terminated";
    case Verdict::Result::unhealthy:
      return "unhealthy";
    case Verdict::Result::stopped:
      return "stopped";
  }
  return "unknown";
}

bool is_good(Verdict::Result result) {
  return result == Verdict::Result::pass || result == Verdict::Result::finished;
}

ExitCode exit_code(Verdict::Result result) {
  switch (result) {
    case Verdict::Result::finished:
    case Verdict::Result::pass:
      return ExitCode::success;
    case Verdict::Result::fail:
      return ExitCode::failure;
    case Verdict::Result::inconclusive:
      return ExitCode::inconclusive;
    case Verdict::Result::unhealthy:
      return ExitCode::environment;
    case Verdict::Result::stopped:
      return ExitCode::stopped;
    case Verdict::Result::interrupted:
      return ExitCode::interrupted;
    case Verdict::Result::terminated:
      return ExitCode::terminated;
  }
  return ExitCode::bug;
}

std::string_view meaning(Verdict::Result result) {
  switch (result) {
    case Verdict::Result::finished:
      return "The run completed; no expectations were set";
    case Verdict::Result::pass:
      return "All expectations hold";
    case Verdict::Result::fail:
      return "At least one expectation failed";
    case Verdict::Result::inconclusive:
      return "An expectation could not be judged, or the numbers are in doubt";
    case Verdict::Result::interrupted:
      return "The run was interrupted; the numbers cover the time until then";
    case Verdict::Result::terminated:
      return "SIGTERM ended the run; the numbers cover the time until then";
    case Verdict::Result::unhealthy:
      return "The baseline or the service failed, so the breaker was not tested";
    case Verdict::Result::stopped:
      return "The run was stopped, because an --abort-on expectation failed";
  }
  return "unknown";
}

Verdict decide(const Summary& summary) {
  Verdict verdict{.result = result_of(summary), .reasons = {}};
  if (verdict.result == Verdict::Result::pass) {
    return verdict;
  }
  verdict.reasons = summary.facts.stopped_because;
  add_complaints(summary.baseline, "baseline: ", verdict.reasons);
  if (verdict.result == Verdict::Result::unhealthy) {
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
