#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "report/layout.hpp"

namespace tripcurve::report {
namespace {

constexpr std::size_t longest_breaker_name = 16;

std::string clock_text(TimePoint t) {
  return fmt::format("{:.3f}s", to_seconds(t.time_since_epoch()));
}

std::string change_text(const breaker::Transition& transition) {
  return fmt::format("{} → {}", breaker::name(transition.from), breaker::name(transition.to));
}

std::string opened(std::uint64_t n) {
  return n == 0   ? "never opened"
         : n == 1 ? "opened once"
         : n == 2 ? "opened twice"
                  : "opened " + show_count(n) + " times";
}

// When something happened, seen from the latest fault.
struct SinceFault {
  Duration elapsed;
  bool during;  // since it began; else since it ended
};

std::optional<SinceFault> find_since_fault(TimePoint when, const Timetable& timetable) {
  const auto* fault = timetable.latest_fault(when);
  if (fault == nullptr) {
    return std::nullopt;
  }
  const bool during = when < fault->end;
  return SinceFault{when - (during ? fault->begin : fault->end), during};
}

std::string opening_text(const Reaction& reaction, const std::string& fault) {
  if (reaction.opened_for_previous) {
    return "did not open for " + fault +
           ", because late answers from the previous fault had already opened it";
  }
  if (!reaction.opened) {
    return "did not open for " + fault;
  }
  return *reaction.time_to_open == Duration::zero()
             ? "was already open when " + fault + " began"
             : fmt::format("opened {} after {} began", show_duration(*reaction.time_to_open),
                           fault);
}

std::string closing_text(const Reaction& reaction, bool last_fault) {
  if (reaction.closed_again) {
    return *reaction.time_to_close == Duration::zero()
               ? "was closed when it ended"
               : fmt::format("closed {} after it ended", show_duration(*reaction.time_to_close));
  }
  switch (reaction.cut_off) {
    case Reaction::CutOff::run_ended:
      return "had not closed again when the run ended during the fault";
    case Reaction::CutOff::log_full:
      return "whether it closed again is not known, because later transitions were not kept";
    case Reaction::CutOff::none:
      break;
  }
  return last_fault ? "did not close again" : "did not close again before the next fault";
}

std::string reaction_text(const std::string& name, const Reaction& reaction, bool only_fault,
                          bool last_fault) {
  const auto fault =
      only_fault ? std::string("the fault")
                 : "the fault at " + format_duration(reaction.fault.begin.time_since_epoch());
  const auto opening = name + " " + opening_text(reaction, fault);
  return reaction.opened ? opening + " and " + closing_text(reaction, last_fault) : opening;
}

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  std::ranges::transform(capitals, capitals.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return capitals;
}

// What an expectation is about: its text up to the comparison.
std::string subject(const Judged& one) {
  auto text = one.text.substr(0, one.text.find_first_of("<>=!"));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string title(const RunFacts& facts) {
  auto line = fmt::format("{} · {} · seed {}", facts.name, facts.command, facts.seed);
  if (!facts.target.empty()) {
    line += " · " + facts.target;
  }
  return line;
}

std::string word(Judged::Result result) { return in_capitals(name(result)); }

std::string headline(const Summary& summary) {
  const auto result = summary.verdict.result;
  const auto after = " after " + show_duration(summary.facts.ended_at.time_since_epoch());
  switch (result) {
    case Verdict::Result::finished:
      return std::string(name(result));
    case Verdict::Result::interrupted:
    case Verdict::Result::terminated:
      return std::string(name(result)) + after;
    case Verdict::Result::stopped:
      return in_capitals(name(result)) + after;
    case Verdict::Result::pass:
    case Verdict::Result::fail:
    case Verdict::Result::inconclusive:
    case Verdict::Result::unhealthy:
      return in_capitals(name(result));
  }
  return "unknown";
}

std::string exit_text(Verdict::Result result) {
  return fmt::format("Exit code {}: {}", static_cast<int>(exit_code(result)), meaning(result));
}

std::string comparison(const Judged& one) {
  const auto seen = one.observed == "-"       ? "was not measured"
                    : one.observed == "never" ? "was never reached"
                                              : "was " + one.observed;
  const bool contrast = one.result == Judged::Result::fail || one.observed == "-";
  const auto* link = contrast ? ", but" : " and";
  return fmt::format("{} {}{} had to be {} (n={})", subject(one), seen, link, one.bound,
                     show_count(one.samples));
}

std::string complaint(const Judged& one) {
  auto text = comparison(one) + ", " + one.scope.text();
  return one.reason.empty() ? text : text + ": " + one.reason;
}

std::string repeats_text(const Repeats& repeats) {
  return fmt::format(
      "{} of {} {} passed, and at least {} had to pass; 95 % interval for the share that passes: "
      "{} to {}",
      show_count(repeats.passed), show_count(repeats.runs.size()),
      plural(static_cast<double>(repeats.runs.size()), "run"), show_count(repeats.needed),
      show_share(repeats.low), show_share(repeats.high));
}

std::vector<std::string> again(const RunFacts& facts) {
  std::vector<std::string> lines{
      facts.reproduce.empty()
          ? fmt::format("Run it again with the same flags and --seed {}", facts.seed)
          : "Run it again: " + facts.reproduce};
  if (!facts.reproduce_all.empty()) {
    lines.push_back("Run all of them again: " + facts.reproduce_all);
  }
  return lines;
}

std::vector<std::string> breaker_lines(const Summary& summary) {
  std::vector<std::string> lines;
  for (const auto& breaker : summary.breakers) {
    auto line =
        fmt::format("{} {}: {} closed, {} open", breaker.identity.name, opened(breaker.opens),
                    show_duration(breaker.time_closed), show_duration(breaker.time_open));
    if (breaker.time_half_open > Duration::zero()) {
      line += fmt::format(", {} half_open", show_duration(breaker.time_half_open));
    }
    lines.push_back(line + fmt::format("; ends {}", breaker::name(breaker.final_state)));
  }
  return lines;
}

std::vector<std::string> reaction_lines(const Summary& summary) {
  std::vector<std::string> lines;
  for (const auto& breaker : summary.breakers) {
    const auto& reactions = breaker.reactions;
    for (std::size_t i = 0; i < reactions.size(); ++i) {
      lines.push_back(reaction_text(breaker.identity.name, reactions[i], reactions.size() == 1,
                                    i + 1 == reactions.size()));
    }
  }
  return lines;
}

std::vector<std::string> transition_header(const RunFacts& facts) {
  if (facts.breakers.size() > 1) {
    return {"at", "fault", "breaker", "change", "cause"};
  }
  return {"at", "fault", "change", "cause"};
}

std::vector<std::string> transition_cells(const RunFacts& facts, const load::BreakerEvent& event) {
  const auto when = event.transition.at;
  const auto since = find_since_fault(when, facts.timetable);
  std::vector<std::string> cells{
      clock_text(when),
      since ? show_duration(since->elapsed) + (since->during ? " in" : " after") : ""};
  if (facts.breakers.size() > 1) {
    cells.push_back(cut(facts.breakers[event.breaker].identity.name, longest_breaker_name));
  }
  cells.push_back(change_text(event.transition));
  cells.push_back(event.transition.cause);
  return cells;
}

std::string cut_short_text(const RunFacts& facts) {
  return events_cut_short(facts)
             ? fmt::format(
                   "Only the first {} transitions were kept. The breakers' openings and times "
                   "above cover all of them, but numbers for single phases and reactions to faults "
                   "are only known up to {}.",
                   show_count(facts.events.size()),
                   facts.events.empty() ? "0s" : clock_text(facts.events.back().transition.at))
             : "";
}

std::string transition_text(const load::BreakerEvent& event, const std::string& breaker_name,
                            const Timetable& timetable) {
  const auto& transition = event.transition;
  auto text = fmt::format("{:>8}  {}  {}  {}", clock_text(transition.at), printable(breaker_name),
                          change_text(transition), printable(transition.cause));
  if (const auto since = since_fault(transition.at, timetable); !since.empty()) {
    text += " (" + since + ")";
  }
  return text;
}

std::string since_fault(TimePoint when, const Timetable& timetable) {
  const auto since = find_since_fault(when, timetable);
  if (!since) {
    return "";
  }
  return show_duration(since->elapsed) +
         (since->during ? " after the fault began" : " after the fault ended");
}

}  // namespace tripcurve::report
