#include "probe/prober.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "probe/survivors.hpp"

namespace tripcurve::probe {
namespace {

using Kind = Step::Kind;

constexpr std::size_t most_experiments = 60;
constexpr double contradicted = 3.9;  // behind a perfect fit

// Counts what goes through it, and looks at the first calls more closely.
class Counting final : public Subject {
 public:
  Counting(Subject& inner, const Question& question)
      : inner_(inner), end_(inner.now() + question.budget), most_calls_(question.most_calls) {}

  [[nodiscard]] TimePoint now() const override { return inner_.now(); }
  [[nodiscard]] Seen call(const Reply& reply) override {
    ++calls;
    last = inner_.call(reply);
    if (!(reply == Reply{}) && last.arrivals > 0 && first_failed.arrivals == 0) {
      first_failed = last;
    }
    return last;
  }
  [[nodiscard]] Crowd together(std::uint32_t count, const Reply& reply) override {
    calls += count;
    return inner_.together(count, reply);
  }
  [[nodiscard]] bool hold() override {
    ++calls;
    return inner_.hold();
  }
  void let_go(const Reply& reply) override { inner_.let_go(reply); }
  void wait(Duration length) override { inner_.wait(length); }
  [[nodiscard]] Duration slack() const override { return inner_.slack(); }
  [[nodiscard]] bool over() const override {
    return inner_.over() || now() >= end_ || calls >= most_calls_;
  }
  // Of one that is over.
  [[nodiscard]] std::string why_over() const {
    return inner_.over() ? "it was interrupted" : "the budget was used up";
  }
  [[nodiscard]] Duration time_left() const { return end_ - now(); }
  [[nodiscard]] std::uint64_t calls_left() const {
    return most_calls_ - std::min(calls, most_calls_);
  }

  std::uint64_t calls = 0;
  Seen last{};
  Seen first_failed{};

 private:
  Subject& inner_;
  TimePoint end_;
  std::uint64_t most_calls_;
};

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
      : question_(question),
        subject_(subject, question),
        renew_(renew),
        watcher_(watcher),
        began_(subject.now()) {}

  Findings run() {
    findings_.failure = question_.failure;
    findings_.around.pace = question_.pace;
    findings_.around.slack = subject_.slack();
    if (calibrate() && look()) {
      search();
    }
    findings_.took = subject_.now() - began_;
    findings_.calls = subject_.calls;
    return std::move(findings_);
  }

 private:
  bool calibrate();
  bool look();
  bool look_with(const Failure& failure);
  bool look_for_return();
  void search();
  void count();
  bool make_aside(Entry& entry);
  [[nodiscard]] Duration reserve() const;
  [[nodiscard]] Entry prepared(const Script& script) const;
  bool carry_out(Entry& entry);
  void sum_up();

  const Question& question_;
  Counting subject_;
  const Renew& renew_;
  Watcher& watcher_;
  TimePoint began_;
  Hint hint_;
  std::vector<Entry> first_;
  std::optional<Belief> belief_;
  Findings findings_;
};

// One call that is answered well: whether the service calls the dependency at all.
bool Prober::calibrate() {
  const auto seen = subject_.call({});
  findings_.arrivals_of_good = seen.arrivals;
  findings_.around.latency = std::max(Duration(std::chrono::microseconds(100)), seen.took);
  if (seen.arrivals == 0) {
    findings_.trouble =
        seen.status == 0
            ? "the service did not answer a call, and did not call the dependency"
            : fmt::format("the service answered a call with {}, and did not call the dependency",
                          seen.status);
  }
  return seen.arrivals > 0;
}

// Calls fail until none arrives. False: all did.
bool Prober::look_with(const Failure& failure) {
  const bool is_first = first_.empty();
  const Script script{.steps = {{.kind = Kind::until, .count = most_failures}}};
  const auto now = is_first ? began_ : subject_.now();
  first_.push_back(
      {.script = script, .failure = failure, .fresh = is_first, .at = now, .script_at = now});
  watcher_.began(script, {});
  auto& entry = first_.back();
  entry.seen = probe::run(script, failure, subject_);
  if (is_first) {  // calibrate() has made the first call
    entry.script.steps.insert(entry.script.steps.begin(), {.kind = Kind::succeed, .count = 1});
    entry.seen.insert(entry.seen.begin(), 1);
  }
  entry.took = subject_.now() - now;
  entry.counts = entry.seen.back() >= 0;
  return entry.counts;
}

// Good calls now and then, until one arrives. False: none did before the budget was used up.
bool Prober::look_for_return() {
  const Script script{.steps = {first_poll(subject_.time_left())}};
  const auto now = subject_.now();
  watcher_.began(script, {});
  const auto seen = probe::run(script, findings_.failure, subject_);
  if (subject_.over()) {
    findings_.ended = subject_.why_over() + " before the breaker let a call out again";
    return false;
  }
  first_.push_back({.script = script,
                    .failure = findings_.failure,
                    .seen = seen,
                    .at = now,
                    .script_at = now,
                    .took = subject_.now() - now});
  const auto time = [&](std::int64_t number) {
    return number < 0 ? 0 : to_seconds(time_of_poll(script.steps.front(), number));
  };
  if (seen.front() < 0) {
    hint_.open_least = time(script.steps.front().count - 1);
    hint_.open_most = hint_.open_least * 2;
    if (!renew_) {
      findings_.ended =
          fmt::format("the breaker did not let a call out again for {:.0f} s", hint_.open_least);
    }
    return true;
  }
  hint_.open_least = time(seen.front() - 1);
  hint_.open_most = time(seen.front()) + 0.01;
  findings_.open_least = hint_.open_least;
  findings_.open_most = hint_.open_most;
  return true;
}

bool Prober::look() {
  for (const auto& failure :
       {question_.failure, Failure(CallEnd::Kind::reset, 0), Failure(CallEnd::Kind::answer, 500)}) {
    if (subject_.over() || look_with(failure)) {
      break;
    }
  }
  findings_.log = first_;
  const auto& last = first_.back();
  findings_.opens = last.counts && !subject_.over();
  if (!findings_.opens) {
    findings_.ended = subject_.over() ? subject_.why_over() + " before anything opened" : "";
    return false;
  }
  findings_.failure = last.failure;
  hint_.fails = static_cast<std::uint32_t>(std::max<std::int64_t>(1, last.seen.back()));
  findings_.around.attempts = std::max(1U, subject_.first_failed.arrivals);
  findings_.around.between =
      std::max(Duration{}, subject_.first_failed.gap - findings_.around.latency);
  hint_.attempts = findings_.around.attempts;
  return look_for_return();
}

Entry Prober::prepared(const Script& script) const {
  const auto open = Duration(std::llround(hint_.open_most * 1e9));
  Entry entry{.script = script, .failure = findings_.failure, .fresh = static_cast<bool>(renew_)};
  if (!renew_) {
    entry.recovery = {.first = open,
                      .every = std::max(Duration(std::chrono::milliseconds(20)), open / 20),
                      .settled = 12,
                      .patience = open * 30 + std::chrono::seconds(10)};
  }
  return entry;
}

// Makes an experiment. False: the budget is used up, or it could not be brought back.
bool Prober::carry_out(Entry& entry) {
  entry.at = subject_.now();
  const auto calls = subject_.calls;
  if (renew_ ? !renew_() : !recover(*entry.recovery, subject_)) {
    findings_.ended = subject_.over() ? subject_.why_over()
                      : renew_        ? "the reset failed"
                                      : "the breaker did not come back";
    return false;
  }
  entry.script_at = subject_.now();
  entry.seen = probe::run(entry.script, entry.failure, subject_);
  if (subject_.over()) {
    findings_.ended = subject_.why_over();
    return false;
  }
  entry.took = subject_.now() - entry.at;
  entry.calls = subject_.calls - calls;
  return true;
}

// Makes one that is not held against the breaker's form, of which it says nothing.
bool Prober::make_aside(Entry& entry) {
  const auto takes = belief_->predict(belief_->best(), entry);
  if (takes.took > subject_.time_left() || takes.calls > subject_.calls_left()) {
    return false;
  }
  watcher_.began(entry.script, takes.took);
  if (!carry_out(entry)) {
    return false;
  }
  findings_.log.push_back(entry);
  return true;
}

// What each kind of answer counts as.
void Prober::count() {
  for (const auto end : ends_to_count(findings_.failure)) {
    auto entry = prepared({});
    entry.script = script_to_count(*belief_, entry, end);
    if (!make_aside(entry)) {
      findings_.not_counted.push_back(end);
      continue;
    }
    auto counted = counted_as(*belief_, entry, end);
    entry.script = script_to_count_alone(*belief_, prepared({}), end);
    if (counted.as == Counted::As::unknown && make_aside(entry)) {
      counted = counted_alone(entry, end);
    }
    findings_.counted.push_back(counted);
  }
}

// What count() will need, so that the search leaves it: but no more than a part of the budget.
Duration Prober::reserve() const {
  auto entry = prepared({});
  entry.script = {.steps = {{.kind = Kind::until, .count = most_failures}}};
  const auto each = belief_->predict(belief_->best(), entry).took;
  const auto ends = static_cast<std::int64_t>(ends_to_count(findings_.failure).size());
  return std::min<Duration>(each * ends, question_.budget * 3 / 10);
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
  belief_.emplace(std::move(forms), findings_.around);
  belief_->begin(first_, hint_);
  if (question_.expected) {
    belief_->also(*question_.expected);
  }
  for (const auto& entry : first_) {
    watcher_.learned(entry, *belief_);
  }
  if (findings_.ended.empty()) {
    for (std::size_t i = 0; i < most_experiments; ++i) {
      const auto proposal = best_proposal(*belief_, hint_, prepared({}),
                                          subject_.time_left() - reserve(), subject_.calls_left());
      if (!proposal) {
        break;
      }
      watcher_.began(proposal->script, proposal->takes);
      auto entry = prepared(proposal->script);
      if (!carry_out(entry)) {
        break;
      }
      belief_->learn(entry);
      watcher_.learned(entry, *belief_);
    }
  }
  sum_up();
  if (findings_.open_most > 0) {
    count();
  }
}

void Prober::sum_up() {
  findings_.log = belief_->log();
  findings_.survivors = survivors_of(*belief_);
  if (question_.expected) {
    findings_.expected_is_left = is_left(*belief_, *question_.expected);
  }
  constexpr Duration any_time = std::chrono::hours(10);
  findings_.next = best_proposal(*belief_, hint_, prepared({}), any_time, 1'000'000);
  if (findings_.ended.empty()) {
    findings_.ended = findings_.next ? "no experiment that would tell more fits into the budget"
                                     : "no experiment would tell more";
  }
}

}  // namespace

Findings find_out(const Question& question, Subject& subject, const Renew& renew,
                  Watcher& watcher) {
  return Prober(question, subject, renew, watcher).run();
}

}  // namespace tripcurve::probe
