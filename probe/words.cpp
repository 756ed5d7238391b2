#include "probe/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "core/text.hpp"
#include "core/units.hpp"
#include "exporter/exporter.hpp"

namespace tripcurve::probe {
namespace {

constexpr std::size_t most_survivors = 12;
constexpr std::size_t most_files = 3;

std::string count(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string window_words(const breaker::TripRule& rule) {
  if (rule.window_calls > 0) {
    return fmt::format(" of the last {} calls", rule.window_calls);
  }
  return rule.window > Duration{} ? " within " + show_duration(rule.window) : "";
}

std::string rule_words(const breaker::TripRule& rule) {
  const std::string_view bad = rule.of_slow_calls ? "slow calls" : "failures";
  switch (rule.kind) {
    case breaker::TripRule::Kind::consecutive:
      return fmt::format("{} {} in a row", rule.failures, bad);
    case breaker::TripRule::Kind::count:
      return fmt::format("{} {}{}", rule.failures, bad, window_words(rule));
    case breaker::TripRule::Kind::share:
      return fmt::format(
          "{}{} {}{}{}", rule.only_above ? "more than " : "", show_share(rule.share), bad,
          window_words(rule),
          rule.minimum_calls > 1 ? fmt::format(", once there are {}", rule.minimum_calls) : "");
  }
  return "";
}

std::string percent(double share) { return fmt::format("{:.1f}%", share * 100); }

std::string time_words(double seconds) {
  return show_duration(Duration(static_cast<std::int64_t>(seconds * 1e9)));
}

std::string failing_calls(const Findings& findings) {
  return "calls that end in " + words(findings.failure);
}

std::string seen_of_service(const Findings& findings) {
  std::string text = "What the service does\n";
  const auto& around = findings.around;
  if (findings.arrivals_of_good > 1) {
    text += fmt::format("  It calls the dependency {} times for each call that succeeds.\n",
                        findings.arrivals_of_good);
  }
  if (around.attempts > findings.arrivals_of_good) {
    text += fmt::format("  It tries again: a call that fails arrives {} times, {} apart.\n",
                        around.attempts, show_duration(around.between));
  }
  if (!findings.opens) {
    text += fmt::format(
        "  It never stops calling the dependency: {} in a row failed and all arrived\n"
        "  (answers with 503, resets and answers with 500). Either it has no breaker, or its\n"
        "  breaker does not count these as failures, or needs more of them. Check which\n"
        "  errors its breaker is told of.\n",
        count(most_failures, "call"));
    return text;
  }
  text += "  It stops calling the dependency after " + failing_calls(findings) + ".\n";
  text += "  " + open_time_words(findings) + "\n";
  return text;
}

std::string list_of(const std::vector<CallEnd>& ends) {
  std::string text;
  for (const auto end : ends) {
    text += (text.empty() ? "" : ", ") + words(end);
  }
  return text;
}

std::string counting_words(const Findings& findings) {
  if (findings.counted.empty()) {
    return "";
  }
  std::string text = "\nWhat counts as what\n";
  text += fmt::format("  {:<24} a failure\n", words(findings.failure));
  for (const auto& one : findings.counted) {
    text += fmt::format("  {:<24} {}\n", words(one.end), words(one.as));
  }
  if (!findings.not_counted.empty()) {
    text += "  not tried, for lack of time: " + list_of(findings.not_counted) + "\n";
  }
  return text;
}

std::string repeated_words(const Survivor& survivor) {
  if (survivor.repeated == 0) {
    return "";
  }
  return survivor.contradictions == 1
             ? ", also when it was repeated"
             : fmt::format(", {} of them also when repeated", survivor.repeated);
}

std::string survivor_words(const Survivor& survivor, bool retries) {
  auto text = fmt::format("  {:>6}  {}\n", percent(survivor.likelihood), survivor.choice.text());
  text += "          " + probe::words(survivor.choice.facts()) + "\n";
  if (retries) {
    text += survivor.breaker_inside
                ? "          it counts every attempt of a call\n"
                : "          it counts a call once, however often it is tried\n";
  }
  for (const auto& range : survivor.ranges) {
    text += "          not certain: " + range + "\n";
  }
  if (survivor.contradictions > 0) {
    text += fmt::format("          {} ended otherwise than this predicts{}\n",
                        count(survivor.contradictions, "experiment"), repeated_words(survivor));
  }
  return text;
}

std::string twin_words(const Survivor& twin, bool retries) {
  return fmt::format("  {:>6}  the same from outside: {}{}\n", percent(twin.likelihood),
                     twin.choice.text(),
                     !retries              ? ""
                     : twin.breaker_inside ? ", which counts every attempt"
                                           : ", which counts a call once");
}

std::string survivors_words(const Findings& findings) {
  const auto& all = findings.survivors;
  if (all.empty()) {
    return "";
  }
  std::string text = "\nWhat its breaker may be, and how likely that is\n";
  const bool retries = findings.around.attempts > 1;
  std::size_t told = 0;
  for (std::size_t i = 0; i < all.size() && told < most_survivors; ++i) {
    if (!all[i].twin_of) {
      text += survivor_words(all[i], retries);
      ++told;
      for (const auto& twin : all) {
        if (twin.twin_of == i) {
          text += twin_words(twin, retries);
          ++told;
        }
      }
    }
  }
  if (all.size() > told) {
    text += fmt::format("  and {} more that are less likely\n", all.size() - told);
  }
  if (std::ranges::all_of(all, [](const Survivor& one) { return one.contradictions > 0; })) {
    text +=
        "  None of them explains everything that was seen. The breaker is none that tripcurve\n"
        "  knows, or something else comes between: a rate limit, a bulkhead, a cache,\n"
        "  several instances, or calls of others.\n";
  }
  return text;
}

std::string slow_words(const SlowAnswers& slow) {
  if (!slow.shortest_bad) {
    return fmt::format("  Good answers that take {} count like quick ones.\n",
                       show_duration(slow.longest_good));
  }
  return fmt::format("  Good answers that take {} open the breaker; ones that take {} do not.\n",
                     show_duration(*slow.shortest_bad), show_duration(slow.longest_good));
}

std::string held_words(const HeldTrial& held) {
  if (held.shares) {
    return "  While a trial call gets no answer, other calls go out beside it.\n";
  }
  if (held.one_at) {
    return fmt::format(
        "  While a trial call gets no answer, no other goes out: the next did after {}.\n",
        show_duration(*held.one_at));
  }
  return fmt::format(
      "  A trial call that gets no answer keeps all others from going out: none did for {}.\n"
      "  Give calls to the dependency a timeout, or the breaker may never close again.\n",
      show_duration(held.none_for));
}

std::string timing_words(const Findings& findings) {
  const auto& asides = findings.asides;
  std::string text;
  if (findings.unanswered_for) {
    text +=
        findings.gives_up
            ? fmt::format("  The service gives up a call that gets no answer after {}.\n",
                          show_duration(*findings.unanswered_for))
            : fmt::format(
                  "  The service still waited for an answer after {}: it may have no timeout.\n",
                  show_duration(*findings.unanswered_for));
  }
  text += asides.slow ? slow_words(*asides.slow) : "";
  if (asides.leaving_opens) {
    text += *asides.leaving_opens
                ? "  Calls whose callers leave before the answer open the breaker.\n"
                : "  Calls whose callers leave before the answer do not open the breaker.\n";
  }
  if (asides.at_once && !makes_calls_at_once(asides)) {
    text +=
        fmt::format("  The service makes {} at a time. Callers that leave were not looked at.\n",
                    count(*asides.at_once, "call"));
  }
  text += asides.held ? held_words(*asides.held) : "";
  return text.empty() ? "" : "\nCalls that take their time\n" + text;
}

std::string_view words(OtherWay way) {
  switch (way) {
    case OtherWay::same:
      return "no call arrives while the breaker is open: the breaker is the same";
    case OtherWay::own:
      return "calls arrive while the breaker is open, until enough fail: it has its own";
    case OtherWay::none:
      return "calls arrive while the breaker is open, however many fail: it has none";
    case OtherWay::unknown:
      return "not tried, for lack of time";
  }
  return "";
}

std::string_view words(AtInstance at) {
  switch (at) {
    case AtInstance::own:
      return "one fails: calls go to the others only, each has a breaker of its own";
    case AtInstance::shared:
      return "one fails: no call goes to any, there is one breaker for all";
    case AtInstance::goes_on:
      return "one fails: calls still go to it, no breaker is that instance's alone";
  }
  return "";
}

std::string ways_words(const Findings& findings) {
  std::string text;
  if (findings.asides.instance) {
    text +=
        fmt::format("  instances of the dependency\n      {}\n", words(*findings.asides.instance));
  }
  for (const auto& [name, as] : findings.asides.ways) {
    text += fmt::format("  {}\n      {}\n", name, words(as));
  }
  return text.empty() ? "" : "\nHow far the breaker reaches\n" + text;
}

std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    lines += "    " + std::string(take_until(text, "\n")) + "\n";
  }
  return lines;
}

std::string files_words(const Findings& findings) {
  std::string text;
  std::set<std::string_view> told;
  for (const auto& survivor : findings.survivors) {
    const auto formats = exporter::formats_of(survivor.choice);
    const bool is_own = formats.size() == 1;
    if (is_own || told.size() == most_files || !told.insert(formats.front()->name).second) {
      continue;
    }
    text += fmt::format("\n{}\n", formats.front()->title) +
            indented(formats.front()->write(survivor.choice, "dependency").text);
  }
  return text;
}

std::string experiment_words(const Findings& findings) {
  std::string text = "\nExperiments\n";
  for (std::size_t i = 0; i < findings.log.size(); ++i) {
    const auto& entry = findings.log[i];
    text += fmt::format("{:>4}  {}\n      {}  ({})\n", i + 1, words(entry.script),
                        words(entry.script, entry.seen), show_duration(entry.took));
  }
  return text;
}

}  // namespace

std::string words(const breaker::Facts& facts) {
  if (facts.trips.empty()) {
    return "never opens";
  }
  std::string text = "opens at ";
  for (std::size_t i = 0; i < facts.trips.size(); ++i) {
    if (!facts.trips[i].by_default || facts.trips.size() == 1 || i == 0) {
      text += (i == 0 ? "" : ", or at ") + rule_words(facts.trips[i]);
    }
  }
  text += "; stays open " + show_duration(facts.open_for);
  text += facts.trials_admitted == 0
              ? "; then lets all calls out as trials"
              : "; then lets " + count(facts.trials_admitted, "trial") + " out";
  return text + "; " + count(facts.trials_needed, "good trial") +
         (facts.trials_needed == 1 ? " closes it" : " close it");
}

std::string open_time_words(const Findings& findings) {
  if (findings.open_most <= 0) {
    return "It did not call again while it was watched: open times below are only examples of "
           "ones\n"
           "  that are long enough.";
  }
  return fmt::format("It calls again {} to {} later.", time_words(findings.open_least),
                     time_words(findings.open_most));
}

std::vector<std::string> open_questions(const Findings& findings) {
  std::vector<std::string> questions;
  if (findings.next) {
    questions.push_back(fmt::format("The next experiment would be: {}. It takes {}.",
                                    words(findings.next->script),
                                    show_duration(findings.next->takes)));
  } else if (findings.next_is_known && findings.survivors.size() > 1) {
    questions.emplace_back(
        "No experiment that tripcurve knows tells these forms apart: to its callers and to the "
        "dependency they are the same breaker.");
  }
  if (findings.cut_short) {
    questions.emplace_back(
        "The budget ended before all that was seen was thought through: there may be other\n"
        "breakers and settings. Give it more with --budget, or name libraries with --dialect.");
  }
  return questions;
}

std::string report(const Findings& findings) {
  if (!findings.trouble.empty()) {
    return "Nothing was found out: " + findings.trouble + ".\n";
  }
  auto text = seen_of_service(findings) + survivors_words(findings);
  for (const auto& question : open_questions(findings)) {
    text += "\n" + question + "\n";
  }
  text += counting_words(findings) + timing_words(findings) + ways_words(findings) +
          files_words(findings) + experiment_words(findings);
  text += fmt::format("\n{}, {}, {}{}\n", count(findings.log.size(), "experiment"),
                      count(findings.calls, "call"), show_duration(findings.took),
                      findings.ended.empty() ? "" : "; ended because " + findings.ended);
  return text;
}

}  // namespace tripcurve::probe
