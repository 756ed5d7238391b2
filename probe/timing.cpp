#include "probe/timing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "probe/counting.hpp"

namespace tripcurve::probe {
namespace {

using Kind = Step::Kind;

constexpr double near_enough = 1.15;
constexpr Duration near_anyway = std::chrono::milliseconds(20);
constexpr Duration quickest = std::chrono::milliseconds(10);  // that is told from at once
constexpr std::uint32_t calls_to_the_rest = 40;
Duration seconds_of(double s) { return Duration(std::llround(s * 1e3) * 1'000'000); }

}  // namespace

Script script_at_once(const Belief& belief, const Entry& like, const Reply& reply,
                      std::uint32_t most) {
  Script script{.steps = steps_to_forget(belief, like), .special = reply};
  const auto wanted = 2 * calls_to_open(belief, like, script.steps) + 20;
  script.steps.push_back({.kind = Kind::together_special, .count = std::min(wanted, most)});
  if (reply.caller_leaves) {  // the service may not notice, and wait for the answer
    script.steps.push_back({.kind = Kind::pause, .length = reply.after});
  }
  script.steps.push_back({.kind = Kind::succeed, .count = 1});
  return script;
}

bool opened_at_once(const Entry& entry) { return entry.seen.back() == 0; }

Script script_of_crowd(std::uint32_t calls) {
  return {.steps = {{.kind = Kind::together, .count = calls}}};
}

std::uint32_t crowd_of(const Entry& entry) {
  return static_cast<std::uint32_t>(entry.seen.front() / 1000);
}

std::optional<Duration> SlowAnswers::next() const {
  if (!shortest_bad) {
    return std::nullopt;
  }
  const auto least = std::max(longest_good, quickest);
  if (*shortest_bad - least <= near_anyway ||
      to_seconds(*shortest_bad) <= to_seconds(least) * near_enough) {
    return std::nullopt;
  }
  return seconds_of(std::sqrt(to_seconds(least) * to_seconds(*shortest_bad)));
}

void SlowAnswers::learn(Duration length, bool opened) {
  if (opened) {
    shortest_bad = length;
  } else {
    longest_good = length;
  }
}

Script script_of_held_trial(const Hint& hint, Duration timeout) {
  const double over = hint.open_most * 1.05 + 0.02;
  Step poll{.kind = Kind::poll, .count = 4, .other = 10, .length = seconds_of(over / 4)};
  while (time_of_poll(poll, poll.count - 1) < timeout + seconds_of(2 * over)) {
    ++poll.count;
  }
  return {.steps = {{.kind = Kind::until, .count = most_failures},
                    {.kind = Kind::pause, .length = seconds_of(over)},
                    {.kind = Kind::hold},
                    poll}};
}

std::optional<HeldTrial> held_trial_of(const Entry& entry) {
  const auto& poll = entry.script.steps.back();
  const auto first = entry.seen.back();
  if (entry.seen[1] == 0) {
    return std::nullopt;
  }
  if (first < 0) {
    return HeldTrial{.none_for = time_of_poll(poll, poll.count - 1)};
  }
  return HeldTrial{.shares = first == 0,
                   .none_for = first == 0 ? Duration{} : time_of_poll(poll, first - 1),
                   .one_at = time_of_poll(poll, first)};
}

std::string_view name(OtherWay way) {
  constexpr std::array<std::string_view, 4> names{"same", "own", "none", "unknown"};
  return names.at(static_cast<std::size_t>(way));
}

std::string_view name(AtInstance at) {
  constexpr std::array<std::string_view, 3> names{"own", "shared", "goes_on"};
  return names.at(static_cast<std::size_t>(at));
}

Script script_of_instance(std::uint32_t failures) {
  return {.steps = {{.kind = Kind::split, .count = failures},
                    {.kind = Kind::split, .count = calls_to_the_rest}}};
}

// A trial may go to it now and then.
AtInstance instance_of(const Entry& entry) {
  const auto all = entry.seen.back() % 1000;
  const auto at_first = entry.seen.back() / 1000;
  constexpr std::int64_t few = calls_to_the_rest / 10;
  return all <= few ? AtInstance::shared : at_first <= few ? AtInstance::own : AtInstance::goes_on;
}

Script script_of_way(std::uint32_t number) {
  return {.steps = {{.kind = Kind::until, .count = most_failures},
                    {.kind = Kind::turn, .count = number},
                    {.kind = Kind::succeed, .count = 1},
                    {.kind = Kind::until, .count = most_failures}}};
}

OtherWay way_of(const Entry& entry) {
  if (entry.seen[0] < 0) {
    return OtherWay::unknown;
  }
  if (entry.seen[1] == 0) {
    return OtherWay::same;
  }
  return entry.seen[2] < 0 ? OtherWay::none : OtherWay::own;
}

}  // namespace tripcurve::probe
