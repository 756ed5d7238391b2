#include "probe/asides.hpp"

#include <algorithm>

namespace tripcurve::probe {
namespace {

constexpr std::uint32_t most_at_once = 100;  // calls, to open a breaker

// How long an answer may take that is looked at, where the service waits for ever.
constexpr Duration slowest = std::chrono::seconds(5);
constexpr Duration round = std::chrono::milliseconds(10);
// An answer whose caller does not wait for it.
constexpr Duration answered_after = std::chrono::milliseconds(300);
constexpr Duration caller_leaves_after = std::chrono::milliseconds(100);

class Looking {
 public:
  Looking(const Question& question, const Belief& belief, Laboratory& lab, Findings& findings)
      : question_(question), belief_(belief), lab_(lab), findings_(findings) {}

  void look() {
    look_at_ends();
    look_at_crowds();
    look_at_slow_answers();
    look_at_leaving_callers();
    look_at_held_trial();
    look_at_ways();
    look_at_instances();
  }

 private:
  // Experiments that are not held against the breaker's form, of which they say nothing.
  bool make(Entry& entry) {
    if (!lab_.carry_out_in_time(belief_, entry)) {
      return false;
    }
    findings_.log.push_back(entry);
    return true;
  }
  std::optional<Entry> made(const Script& script) {
    auto entry = lab_.prepared(script);
    return make(entry) ? std::optional(std::move(entry)) : std::nullopt;
  }

  void look_at_ends();
  void look_at_crowds();
  // Whether calls that get that reply open it: at once if the service makes calls at once.
  std::optional<bool> opens_with(const Reply& reply);
  void look_at_slow_answers();
  void look_at_leaving_callers();
  void look_at_held_trial();
  void look_at_ways();
  void look_at_instances();

  const Question& question_;
  const Belief& belief_;
  Laboratory& lab_;
  Findings& findings_;
};

void Looking::look_at_ends() {
  for (const auto end : ends_to_count(lab_.failure)) {
    auto entry = lab_.prepared({});
    entry.script = script_to_count(belief_, entry, end);
    if (!make(entry)) {
      findings_.not_counted.push_back(end);
      continue;
    }
    auto counted = counted_as(belief_, entry, end);
    if (counted.as == Counted::As::unknown && end.kind() != CallEnd::Kind::timeout) {
      if (const auto alone = made(script_of_alone(belief_, lab_.prepared({}), {.end = end}))) {
        counted.as = opened_alone(*alone) ? Counted::As::failure : Counted::As::not_a_failure;
      }
    }
    findings_.counted.push_back(counted);
  }
}

void Looking::look_at_crowds() {
  if (const auto entry = made(script_of_crowd(most_at_once))) {
    findings_.asides.at_once = crowd_of(*entry);
  }
}

std::optional<bool> Looking::opens_with(const Reply& reply) {
  const auto like = lab_.prepared({});
  if (makes_calls_at_once(findings_.asides)) {
    const auto entry = made(script_at_once(belief_, like, reply, *findings_.asides.at_once));
    return entry ? std::optional(opened_at_once(*entry)) : std::nullopt;
  }
  const auto entry = made(script_of_alone(belief_, like, reply));
  return entry ? std::optional(opened_alone(*entry)) : std::nullopt;
}

void Looking::look_at_slow_answers() {
  const auto timeout = findings_.around.timeout;
  const auto in_time = timeout * 8 / 10 - (timeout * 8 / 10) % round;
  const auto longest = timeout > Duration::zero() ? std::min(slowest, in_time) : slowest;
  SlowAnswers slow{.longest_good = findings_.around.latency};
  for (std::optional length = longest; length; length = slow.next()) {
    const auto opened = opens_with({.after = *length});
    if (!opened) {
      return;
    }
    slow.learn(*length, *opened);
    findings_.asides.slow = slow;
  }
}

void Looking::look_at_leaving_callers() {
  const auto& slow = findings_.asides.slow;
  const bool would_be_seen = lab_.hint.open_least > 2 * to_seconds(answered_after);
  if (makes_calls_at_once(findings_.asides) && slow && slow->longest_good >= answered_after &&
      would_be_seen) {
    findings_.asides.leaving_opens =
        opens_with({.after = answered_after, .caller_leaves = caller_leaves_after});
  }
}

void Looking::look_at_held_trial() {
  const bool arrives_again = lab_.hint.attempts > 1;  // which looks like another call
  if (findings_.open_most <= 0 || arrives_again) {
    return;
  }
  if (const auto entry = made(script_of_held_trial(lab_.hint, findings_.around.timeout))) {
    findings_.asides.held = held_trial_of(*entry);
  }
}

void Looking::look_at_ways() {
  for (std::uint32_t i = 0; i < question_.ways.size(); ++i) {
    const auto entry = made(script_of_way(i + 1));
    findings_.asides.ways.emplace_back(question_.ways[i],
                                       entry ? way_of(*entry) : OtherWay::unknown);
  }
}

void Looking::look_at_instances() {
  constexpr std::uint32_t more = 40;
  constexpr std::uint32_t most = 400;  // a Seeing has room for fewer than 1000 arrivals
  if (question_.instances < 2) {
    return;
  }
  const auto failures = 2 * calls_to_open(belief_, lab_.prepared({})) * question_.instances + more;
  if (const auto entry = made(script_of_instance(std::min(failures, most)))) {
    findings_.asides.instance = instance_of(*entry);
  }
}

}  // namespace

void look_aside(const Question& question, const Belief& belief, Laboratory& lab,
                Findings& findings) {
  Looking(question, belief, lab, findings).look();
}

}  // namespace tripcurve::probe
