#include "cli/judging.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "cli/command.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/checks.hpp"

namespace tripcurve::cli {
namespace {

constexpr std::uint64_t most_repeats = 10'000;
constexpr std::array<std::string_view, 2> ways_to_count{"fail", "pass"};  // --inconclusive

// "outage", "service gateway", "link order->payment", or a phase and one of these. A word alone is
// a phase.
report::Scope parse_scope(std::string_view text) {
  report::Scope scope;
  for (auto rest = text; !trim(rest).empty();) {
    const auto item = trim(take_until(rest, ","));
    auto name = item;
    const auto what = take_until(name, white_space);
    if (what == "service" && !name.empty()) {
      scope.service = trim(name);
    } else if (what == "link" && !name.empty()) {
      scope.link = expect::link_scope(name);
    } else {
      scope.phase = item;
    }
  }
  return scope;
}

// "time_to_open < 1s", or "outage: fail_fast_share > 90%" for one phase.
Result<expect::Expectation> parse_flag(const std::string& flag, const std::string& text,
                                       const experiment::Experiment& experiment) {
  const auto colon = text.find(':');
  const auto written = colon == std::string::npos ? text : text.substr(colon + 1);
  auto expectation = expect::parse_expectation(written);
  if (!expectation) {
    return expectation.error().in(flag);
  }
  auto scoped = *std::move(expectation);
  if (colon != std::string::npos) {
    scoped.scope = parse_scope(std::string_view(text).substr(0, colon));
  }
  scoped.place = flag;
  if (const auto mistake = experiment::unjudgeable(scoped, experiment)) {
    return mistake->in(flag + " " + tripcurve::quoted(text));
  }
  return scoped;
}

std::optional<Error> read_all(const std::string& flag, const std::vector<std::string>& texts,
                              const experiment::Experiment& experiment,
                              std::vector<expect::Expectation>& expectations) {
  for (const auto& text : texts) {
    auto expectation = parse_flag(flag, text, experiment);
    if (!expectation) {
      return expectation.error();
    }
    expectations.push_back(*std::move(expectation));
  }
  return std::nullopt;
}

}  // namespace

void add_judging_flags(CLI::App& command, JudgingFlags& flags) {
  const FlagGroup add(command, "Verdict");
  add("--expect", flags.expect, "EXPR", "'[PHASE:] METRIC < BOUND', see tripcurve list metrics");
  add("--abort-on", flags.abort_on, "EXPR", "stop within a second if it fails: exit 5");
  add("--inconclusive", flags.inconclusive, "HOW",
      "count an inconclusive run as fail or pass (exit 3)", Completion::of(ways_to_count));
  add("--repeat", flags.repeat, "N", "run N times, each with the next seed (1)");
  add("--need", flags.need, "K", "how many of the runs must pass (all)");
}

Result<trial::Judging> judging_of(const JudgingFlags& flags, experiment::Experiment& experiment) {
  trial::Judging judging;
  std::vector<expect::Expectation> expected;
  if (auto error = read_all("--expect", flags.expect, experiment, expected)) {
    return *std::move(error);
  }
  if (auto error = read_all("--abort-on", flags.abort_on, experiment, judging.abort_on)) {
    return *std::move(error);
  }
  for (const auto& expectation : judging.abort_on) {
    if (const auto mistake = experiment::unjudgeable_on_the_way(expectation)) {
      return Error{"--abort-on: " + tripcurve::quoted(expectation.text()) +
                       " would be judged while the run goes on, " + mistake->message,
                   "use --expect"};
    }
  }
  // Flags may have replaced phases or endpoints that the file's expectations name.
  for (const auto& [list, mistake_in] :
       {std::pair(&experiment.expectations, &experiment::unjudgeable),
        std::pair(&experiment.baseline, &experiment::unjudgeable_baseline)}) {
    for (const auto& expectation : *list) {
      if (const auto mistake = mistake_in(expectation, experiment)) {
        return mistake->in(expectation.place + ": " + tripcurve::quoted(expectation.text()));
      }
    }
  }
  std::ranges::move(expected, std::back_inserter(experiment.expectations));
  if (flags.repeat) {
    const auto times = parse_count(*flags.repeat, 1, most_repeats);
    if (!times) {
      return times.error().in("--repeat");
    }
    judging.repeat = *times;
  }
  judging.need = judging.repeat;
  if (flags.need) {
    const auto needed = parse_count(*flags.need, 1, judging.repeat);
    if (!needed) {
      return flags.repeat ? needed.error().in("--need")
                          : Error{"--need only applies to several runs", "add --repeat 20"};
    }
    judging.need = *needed;
  }
  if (flags.inconclusive) {
    if (std::ranges::find(ways_to_count, *flags.inconclusive) == ways_to_count.end()) {
      return Error{"--inconclusive: " + tripcurve::quoted(*flags.inconclusive) + " is not known",
                   did_you_mean(*flags.inconclusive, ways_to_count)};
    }
    judging.inconclusive = *flags.inconclusive == "fail" ? trial::Judging::Inconclusive::fail
                                                         : trial::Judging::Inconclusive::pass;
  }
  return judging;
}

}  // namespace tripcurve::cli
