#include "probe/prober.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "probe/asides.hpp"
#include "probe/survivors.hpp"

namespace tripcurve::probe {
namespace {

using Kind = Step::Kind;

constexpr std::size_t most_experiments = 60;
// How long the service may go on without its dependency, which it had not found before.
constexpr Duration longest_absence = std::chrono::seconds(20);
constexpr Duration between_first_calls = std::chrono::milliseconds(300);
constexpr std::size_t timing_asides = 5;  // experiments about calls that take their time

// Each poll is 5% later than the one before, for no more than half of the budget.
Step first_poll(Duration budget) {
  constexpr std::uint32_t most_polls = 170;
  Step step{.kind = Kind::poll, .other = 5, .length = std::chrono::milliseconds(20)};
  while (step.count < most_polls && time_of_poll(step, step.count) < budget / 2) {
    ++step.count;
  }
  return step;
}

class Prober {
 public:
  Prober(const Question& question, Subject& subject, const Renew& renew, Watcher& watcher)
      : question_(question), lab_(subject, question, renew, watcher), began_(subject.now()) {}

  Findings run() {
    lab_.failure = question_.failure;
    findings_.around.pace = question_.pace;
    findings_.around.slack = lab_.metered.slack();
    if (calibrate() && look()) {
      look_for_timeout();
      search();
    } else {
      findings_.log = first_;
    }
    if (lab_.are_limited) {
      findings_.trouble =
          "calls that end well arrived at the dependency now and then, and never some in a row: a "
          "rate limit looks like that, and a breaker does not; lower --rate until they all arrive";
      findings_.survivors.clear();
    }
    findings_.failure = lab_.failure;
    findings_.took = lab_.metered.now() - began_;
    findings_.calls = lab_.metered.calls();
    findings_.ended = lab_.ended;
    return std::move(findings_);
  }

 private:
  [[nodiscard]] Seen first_call();
  bool calibrate();
  bool look();
  bool look_with(const Failure& failure);
  bool look_for_return();
  [[nodiscard]] bool has_room_for_timeout() const;
  void look_for_timeout();
  // On a machine for which it is too much, thinking ends with the budget, as experiments do. In
  // virtual time it takes none, so that what is found there is the same on every machine.
  [[nodiscard]] bool thinks_no_longer();
  [[nodiscard]] std::optional<Proposal> next_experiment();
  void search();
  [[nodiscard]] Duration reserve() const;
  void sum_up();

  const Question& question_;
  Laboratory lab_;
  TimePoint began_;
  std::vector<Entry> first_;
  std::optional<Belief> belief_;
  Duration more_thinking_{};  // beyond the budget, or an experiment that took longer
  Findings findings_;
};

// The first call that arrives. Before somebody listened there, the service may have found its
// dependency down, and not call it again at once.
Seen Prober::first_call() {
  const auto end = began_ + std::min<Duration>(longest_absence, question_.budget / 4);
  while (true) {
    lab_.metered.begin_course();
    const auto seen = lab_.metered.call({});
    const bool answered_well = seen.status > 0 && seen.status < 500;
    if (seen.arrivals > 0 || answered_well || lab_.metered.over() || lab_.metered.now() >= end) {
      return seen;
    }
    lab_.metered.wait(between_first_calls);
  }
}

// Calls that are answered well: whether the service calls the dependency at all, and for each call.
bool Prober::calibrate() {
  const auto seen = first_call();
  findings_.arrivals_of_good = seen.arrivals;
  findings_.around.latency = std::max(Duration(std::chrono::microseconds(100)), seen.took);
  if (seen.arrivals == 0) {
    findings_.trouble =
        seen.status == 0
            ? "the service did not answer a call, and did not call the dependency"
            : fmt::format("the service answered a call with {}, and did not call the dependency",
                          seen.status);
    return false;
  }
  std::uint32_t withheld = 0;
  for (std::uint32_t i = 1; i < question_.good_first && !lab_.metered.over(); ++i) {
    withheld += lab_.metered.call({}).arrivals == 0 ? 1U : 0U;
  }
  if (withheld > 0) {
    findings_.trouble = fmt::format(
        "before anything failed, {} of {} calls did not arrive at the dependency: a cache answers "
        "them, or calls are limited; have the service call its dependency each time",
        withheld, question_.good_first);
  }
  return withheld == 0;
}

// Calls fail until none arrives. False: all did.
bool Prober::look_with(const Failure& failure) {
  const bool is_first = first_.empty();
  const Script script{.steps = {{.kind = Kind::until, .count = most_failures}}};
  const auto now = is_first ? began_ : lab_.metered.now();
  first_.push_back(
      {.script = script, .failure = failure, .fresh = is_first, .at = now, .script_at = now});
  lab_.watcher().began(script, {});
  auto& entry = first_.back();
  if (!is_first) {
    lab_.metered.begin_course();
  }
  entry.seen = probe::run(script, failure, lab_.metered);
  entry.course = lab_.metered.take_course();
  if (is_first) {  // calibrate() has made the first calls, in place of a recovery
    const auto good = question_.good_first;
    entry.script.steps.insert(entry.script.steps.begin(), {.kind = Kind::succeed, .count = good});
    entry.seen.insert(entry.seen.begin(), good);
    entry.course.insert(entry.course.begin(), std::vector<Made>{});
  }
  entry.took = lab_.metered.now() - now;
  entry.counts = entry.seen.back() >= 0;
  return entry.counts;
}

// Good calls now and then, until one arrives. False: none did before the budget was used up.
bool Prober::look_for_return() {
  const Script script{.steps = {first_poll(lab_.metered.time_left())}};
  const auto now = lab_.metered.now();
  lab_.watcher().began(script, {});
  lab_.metered.begin_course();
  const auto seen = probe::run(script, lab_.failure, lab_.metered);
  if (lab_.metered.over()) {
    lab_.ended = lab_.metered.why_over() + " before the breaker let a call out again";
    return false;
  }
  first_.push_back({.script = script,
                    .failure = findings_.failure,
                    .seen = seen,
                    .course = lab_.metered.take_course(),
                    .at = now,
                    .script_at = now,
                    .took = lab_.metered.now() - now});
  const auto time = [&](std::int64_t number) {
    return number < 0 ? 0 : to_seconds(time_of_poll(script.steps.front(), number));
  };
  if (seen.front() < 0) {
    lab_.hint.open_least = time(script.steps.front().count - 1);
    lab_.hint.open_most = lab_.hint.open_least * 2;
    if (!lab_.renews()) {
      lab_.ended = fmt::format("the breaker did not let a call out again for {:.0f} s",
                               lab_.hint.open_least);
    }
    return true;
  }
  lab_.hint.open_least = time(seen.front() - 1);
  lab_.hint.open_most = time(seen.front()) + 0.01;
  findings_.open_least = lab_.hint.open_least;
  findings_.open_most = lab_.hint.open_most;
  return true;
}

bool Prober::look() {
  for (const auto& failure :
       {question_.failure, Failure(CallEnd::Kind::reset, 0), Failure(CallEnd::Kind::answer, 500)}) {
    if (lab_.metered.over() || look_with(failure)) {
      break;
    }
  }
  const auto& last = first_.back();
  findings_.opens = last.counts && !lab_.metered.over();
  if (!findings_.opens) {
    lab_.ended = lab_.metered.over() ? lab_.metered.why_over() + " before anything opened" : "";
    return false;
  }
  lab_.failure = last.failure;
  lab_.hint.fails = static_cast<std::uint32_t>(std::max<std::int64_t>(1, last.seen.back()));
  findings_.around.attempts = std::max(1U, lab_.metered.first_failed().arrivals);
  findings_.around.between =
      std::max(Duration{}, lab_.metered.first_failed().gap - findings_.around.latency);
  lab_.hint.attempts = findings_.around.attempts;
  return look_for_return();
}

// For a recovery, a call that nobody answers, and enough failures to open the breaker.
bool Prober::has_room_for_timeout() const {
  const std::int64_t calls = 2 * std::int64_t{lab_.hint.fails} + 40;
  const auto takes =
      lab_.metered.patience() * findings_.around.attempts +
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(2 * lab_.hint.open_most)) +
      std::max(question_.pace, findings_.around.latency) * calls;
  return takes <= lab_.metered.time_left() &&
         static_cast<std::uint64_t>(calls) <= lab_.metered.calls_left();
}

// One call that is never answered: how long the service waits, which the search must know. It says
// nothing of the breaker yet, as nobody knows what it counts as.
void Prober::look_for_timeout() {
  if ((findings_.open_most <= 0 && !lab_.renews()) || !has_room_for_timeout()) {
    return;
  }
  auto entry = lab_.prepared({.steps = {{.kind = Kind::special, .count = 1},
                                        {.kind = Kind::until, .count = most_failures}},
                              .special = {.end = CallEnd(CallEnd::Kind::timeout, 0)}});
  entry.counts = false;
  lab_.watcher().began(entry.script, {});
  if (!lab_.carry_out(entry)) {
    return;
  }
  first_.push_back(entry);
  const auto& seen = lab_.metered.first_unanswered();
  if (seen.arrivals == 0) {
    return;
  }
  findings_.unanswered_for = seen.took;
  if (seen.took < lab_.metered.patience()) {
    findings_.gives_up = true;
    const auto waited = seen.took - findings_.around.between * (seen.arrivals - 1);
    findings_.around.timeout = waited / seen.arrivals;
  }
}

// What the asides will need, so that the search leaves it: but no more than a part of the budget.
Duration Prober::reserve() const {
  auto entry = lab_.prepared({});
  entry.script = {.steps = {{.kind = Kind::until, .count = most_failures}}};
  const auto each = belief_->predict(belief_->best(), entry).took;
  const auto ends =
      static_cast<std::int64_t>(ends_to_count(lab_.failure).size() + question_.ways.size() +
                                timing_asides + (question_.instances > 1 ? 1U : 0U));
  return std::min<Duration>(each * ends, question_.budget * 3 / 10);
}

bool Prober::thinks_no_longer() {
  const auto end = std::max(lab_.metered.end(), lab_.metered.idle_since()) + more_thinking_;
  const bool is_late = lab_.metered.now() > end;
  findings_.cut_short = findings_.cut_short || is_late;
  return is_late || lab_.metered.interrupted();
}

// If what is known would decide no more, there may be others that nobody has thought of.
std::optional<Proposal> Prober::next_experiment() {
  const auto proposal = [&] {
    return best_proposal(*belief_, lab_.hint, lab_.prepared({}),
                         lab_.metered.time_left() - reserve(), lab_.metered.calls_left());
  };
  const auto first = proposal();
  return !first && !belief_->is_stopped() && belief_->look_wider() ? proposal() : first;
}

void Prober::search() {
  auto forms = forms_of(question_.dialects);
  if (findings_.around.attempts > 1) {
    const auto inside = forms;
    for (auto form : inside) {
      form.breaker_inside = false;
      forms.push_back(std::move(form));
    }
  }
  findings_.around.latency = std::min(findings_.around.latency, lab_.metered.latency());
  more_thinking_ = question_.budget / 20;
  belief_.emplace(std::move(forms), findings_.around, [this] { return thinks_no_longer(); });
  belief_->begin(first_, lab_.hint);
  if (question_.expected && !belief_->is_stopped()) {
    belief_->also(*question_.expected);
  }
  if (belief_->all().empty()) {
    findings_.log = first_;
    lab_.ended = lab_.metered.why_over();
    return;
  }
  for (const auto& entry : first_) {
    lab_.watcher().learned(entry, *belief_);
  }
  if (lab_.ended.empty()) {
    for (std::size_t i = 0; i < most_experiments; ++i) {
      const auto proposal = next_experiment();
      if (!proposal || lab_.metered.over()) {
        break;
      }
      lab_.watcher().began(proposal->script, proposal->takes);
      auto entry = lab_.prepared(proposal->script);
      if (!lab_.carry_out(entry)) {
        break;
      }
      belief_->learn(entry);
      lab_.watcher().learned(entry, *belief_);
    }
  }
  if (lab_.ended.empty() && lab_.metered.over()) {
    lab_.ended = lab_.metered.why_over();
  }
  if (!lab_.ended.empty()) {  // else it has been looked for
    (void)belief_->look_wider();
  }
  more_thinking_ = question_.budget / 10;
  sum_up();
  if (!lab_.metered.over() && (findings_.open_most > 0 || lab_.renews())) {
    look_aside(question_, *belief_, lab_, findings_);
  }
}

void Prober::sum_up() {
  findings_.search = {.experiments = belief_->log().size(),
                      .calls = lab_.metered.calls(),
                      .took = lab_.metered.now() - began_};
  findings_.log = belief_->log();
  findings_.survivors = survivors_of(*belief_);
  if (question_.expected && !belief_->is_stopped()) {
    findings_.expected_is_left = is_left(*belief_, *question_.expected);
  }
  constexpr Duration any_time = std::chrono::hours(10);
  findings_.next = best_proposal(*belief_, lab_.hint, lab_.prepared({}), any_time, 1'000'000);
  findings_.next_is_known = !belief_->is_stopped();
  if (findings_.next_is_known) {
    tell_twins(findings_.survivors, *belief_, lab_.hint, lab_.prepared({}));
  }
  if (lab_.ended.empty()) {
    lab_.ended = findings_.next ? "no experiment that would tell more fits into the budget"
                                : "no experiment would tell more";
  }
}

}  // namespace

Findings find_out(const Question& question, Subject& subject, const Renew& renew,
                  Watcher& watcher) {
  return Prober(question, subject, renew, watcher).run();
}

}  // namespace tripcurve::probe
