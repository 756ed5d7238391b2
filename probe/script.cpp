#include "probe/script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"

namespace tripcurve::probe {
namespace {

const Reply good{};

// The time of the poll after the one that was due then.
Duration next_poll(const Step& step, Duration due) {
  return due + std::max(step.length, due * step.other / 100);
}

std::int64_t arrived(Subject& subject, const Reply& reply, std::uint32_t count) {
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < count && !subject.over(); ++i) {
    sum += subject.call(reply).arrivals > 0 ? 1 : 0;
  }
  return sum;
}

std::int64_t until_none(Subject& subject, const Reply& reply, std::uint32_t most) {
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < most && !subject.over(); ++i) {
    const auto arrivals = subject.call(reply).arrivals;
    if (arrivals == 0) {
      return sum;
    }
    sum += arrivals;
  }
  return -1;
}

std::int64_t in_turn(Subject& subject, const Reply& bad, const Step& step) {
  for (std::uint32_t i = 0; i < most_in_turn && !subject.over(); ++i) {
    const bool fails = i % (step.count + step.other) < step.count;
    if (subject.call(fails ? bad : good).arrivals == 0) {
      return i;
    }
  }
  return -1;
}

std::int64_t split(Subject& subject, Reply bad, std::uint32_t count) {
  bad.only_first = true;
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < count && !subject.over(); ++i) {
    const auto seen = subject.call(bad);
    sum += std::int64_t{seen.at_first} * 1000 + seen.arrivals;
  }
  return sum;
}

// A poll that is late, because the one before took long, counts as the one that is due by then.
std::int64_t polled(Subject& subject, const Step& step) {
  const auto began = subject.now();
  auto due = time_of_poll(step, 0);
  for (std::uint32_t i = 0; i < step.count && !subject.over(); ++i) {
    subject.wait(began + due - subject.now());
    for (auto next = next_poll(step, due); i + 1 < step.count && began + next <= subject.now();
         next = next_poll(step, due)) {
      due = next;
      ++i;
    }
    if (subject.call(good).arrivals > 0) {
      return i;
    }
    due = next_poll(step, due);
  }
  return -1;
}

std::string calls(std::uint32_t count) {
  return count == 1 ? "1 call" : fmt::format("{} calls", count);
}

std::string does(std::uint32_t count, const char* what) {
  return calls(count) + " " + what + (count == 1 ? "s" : "");
}

std::string reply_words(const Reply& reply) {
  const auto end =
      reply.end.kind() == CallEnd::Kind::timeout ? std::string("no answer") : words(reply.end);
  return (reply.after > Duration::zero() ? end + " after " + format_duration(reply.after) : end) +
         (reply.caller_leaves
              ? ", and their callers leave after " + format_duration(*reply.caller_leaves)
              : "");
}

std::string words(const Step& step, const Reply& special) {
  switch (step.kind) {
    case Step::Kind::fail:
      return does(step.count, "fail");
    case Step::Kind::succeed:
      return does(step.count, "succeed");
    case Step::Kind::special:
      return calls(step.count) + (step.count == 1 ? " gets " : " get ") + reply_words(special);
    case Step::Kind::until:
      return "calls fail until one does not arrive";
    case Step::Kind::until_special:
      return "calls get " + reply_words(special) + " until one does not arrive";
    case Step::Kind::in_turn:
      return fmt::format("{} and {} in turn until one does not arrive", does(step.count, "fail"),
                         does(step.other, "succeed"));
    case Step::Kind::pause:
      return "a pause of " + format_duration(step.length);
    case Step::Kind::poll:
      return "good calls from time to time until one arrives";
    case Step::Kind::together:
      return calls(step.count) + " at once that succeed";
    case Step::Kind::together_special:
      return calls(step.count) + " at once get " + reply_words(special);
    case Step::Kind::split:
      return calls(step.count) + " that fail at the first instance only";
    case Step::Kind::turn:
      return fmt::format("calls go the other way {}", step.count);
    case Step::Kind::hold:
      return "a call that is not answered yet";
  }
  return "";
}

std::string seen_words(const Step& step, std::int64_t seen) {
  switch (step.kind) {
    case Step::Kind::fail:
    case Step::Kind::succeed:
    case Step::Kind::special:
      return seen == step.count ? "" : fmt::format("{} of {} arrived", seen, calls(step.count));
    case Step::Kind::until:
    case Step::Kind::until_special:
      return seen < 0 ? fmt::format("all {} arrived", step.count)
                      : fmt::format("{} arrived, the next did not", seen);
    case Step::Kind::in_turn:
      return seen < 0 ? fmt::format("all {} arrived", most_in_turn)
                      : fmt::format("{} arrived, the next did not", seen);
    case Step::Kind::poll: {
      if (seen < 0) {
        return "none arrived for " + show_duration(time_of_poll(step, step.count - 1));
      }
      const auto first = show_duration(time_of_poll(step, seen));
      return seen == 0 ? "the first arrived after " + first
                       : fmt::format("the first arrived after {}, none after {}", first,
                                     show_duration(time_of_poll(step, seen - 1)));
    }
    case Step::Kind::together:
    case Step::Kind::together_special:
      return fmt::format("{} of {} arrived at once, {} in all", seen / 1000, step.count,
                         seen % 1000);
    case Step::Kind::split:
      return fmt::format("{} arrivals, {} of them at the first instance", seen % 1000, seen / 1000);
    case Step::Kind::hold:
      return seen > 0 ? "it arrived" : "it did not arrive";
    case Step::Kind::pause:
    case Step::Kind::turn:
      return "";
  }
  return "";
}

std::int64_t at_once(Subject& subject, std::uint32_t count, const Reply& reply) {
  const auto crowd = subject.together(count, reply);
  return std::int64_t{crowd.first} * 1000 + crowd.all;
}

std::int64_t carry_out(const Step& step, const Script& script, const Reply& bad, Subject& subject) {
  switch (step.kind) {
    case Step::Kind::fail:
      return arrived(subject, bad, step.count);
    case Step::Kind::succeed:
      return arrived(subject, good, step.count);
    case Step::Kind::special:
      return arrived(subject, script.special, step.count);
    case Step::Kind::until:
      return until_none(subject, bad, step.count);
    case Step::Kind::until_special:
      return until_none(subject, script.special, step.count);
    case Step::Kind::in_turn:
      return in_turn(subject, bad, step);
    case Step::Kind::poll:
      return polled(subject, step);
    case Step::Kind::together:
      return at_once(subject, step.count, good);
    case Step::Kind::together_special:
      return at_once(subject, step.count, script.special);
    case Step::Kind::split:
      return split(subject, bad, step.count);
    case Step::Kind::turn:
      subject.turn_to(step.count);
      return 0;
    case Step::Kind::hold:
      return subject.hold() ? 1 : 0;
    case Step::Kind::pause:
      subject.wait(step.length);
      return 0;
  }
  return 0;
}

std::string joined(const std::string& before, const std::string& more) {
  return before.empty() || more.empty() ? before + more : before + "; " + more;
}

}  // namespace

Seeing run(const Script& script, const Failure& failure, Subject& subject) {
  const Reply bad{.end = failure};
  Seeing seen;
  const auto has = [&](Step::Kind kind) {
    return std::ranges::find(script.steps, kind, &Step::kind) != script.steps.end();
  };
  for (std::size_t i = 0; i < script.steps.size(); ++i) {
    subject.begin_step(i + 1);
    const auto number = carry_out(script.steps[i], script, bad, subject);
    if (script.steps[i].makes_calls()) {
      seen.push_back(number);
    }
  }
  if (has(Step::Kind::hold)) {
    subject.let_go(good);
  }
  if (has(Step::Kind::turn)) {
    subject.turn_to(0);
  }
  return seen;
}

std::string words(const Script& script) {
  std::string text;
  for (const auto& step : script.steps) {
    const auto more = words(step, script.special);
    text += text.empty() ? more : ", then " + more;
  }
  return text;
}

std::string words(const Script& script, const Seeing& seen) {
  std::string text;
  std::size_t i = 0;
  for (const auto& step : script.steps) {
    if (step.makes_calls() && i < seen.size()) {
      text = joined(text, seen_words(step, seen[i++]));
    }
  }
  return text.empty() ? "all arrived" : text;
}

Duration time_of_poll(const Step& step, std::int64_t number) {
  Duration time{};
  for (std::int64_t i = 0; i <= number; ++i) {
    time = next_poll(step, time);
  }
  return time;
}

bool recover(const Recovery& recovery, Subject& subject) {
  const auto end = subject.now() + recovery.patience;
  subject.begin_step(0);
  subject.wait(recovery.first);
  std::uint32_t in_a_row = 0;
  while (in_a_row < recovery.settled && !subject.over()) {
    if (subject.call(good).arrivals > 0) {
      ++in_a_row;
      continue;
    }
    in_a_row = 0;
    if (subject.now() > end) {
      return false;
    }
    subject.wait(recovery.every);
  }
  return !subject.over();
}

}  // namespace tripcurve::probe
