#include "probe/simulated.hpp"

#include <algorithm>
#include <utility>

namespace tripcurve::probe {
namespace {

using breaker::Admission;
using breaker::Permit;

// Longer than any library holds a caller that nobody else's call will free.
constexpr Duration longest_wait = std::chrono::seconds(2);

// Timers do not start with the first call.
constexpr std::chrono::duration<double> longest_drawn_phase(10);

}  // namespace

Duration drawn_phase(Random random) {
  return std::chrono::duration_cast<Duration>(longest_drawn_phase *
                                              random.fork("head start").unit());
}

Simulated::Simulated(const breaker::Choice& choice, const OutcomeRules& rules,
                     const Surroundings& around, TimePoint start, Random random, double late,
                     std::optional<Duration> phase)
    : breaker_(choice.make(random.fork("breaker"))),
      rules_(rules),
      around_(around),
      late_(late),
      ahead_(phase ? *phase : drawn_phase(random)) {
  pass(start + ahead_);
  next_call_ = now_;
}

Simulated::~Simulated() = default;

void Simulated::follow(const Course& course, TimePoint began) {
  course_ = &course;
  course_began_ = began + ahead_;
  off_ = {};
  last_ = {};
  last_took_ = {};
  begin_step(0);
}

void Simulated::begin_step(std::size_t number) {
  step_ = number;
  call_ = 0;
}

// A step that makes no calls, such as a pause, ends with the first call of the next.
const Made* Simulated::next_made() const {
  if (course_ == nullptr) {
    return nullptr;
  }
  for (auto step = step_; step < course_->size(); ++step) {
    const auto& calls = (*course_)[step];
    const auto call = step == step_ ? call_ : 0;
    if (call < calls.size()) {
      return &calls[call];
    }
    if (!calls.empty()) {
      break;
    }
  }
  return nullptr;
}

// The breaker acted at some time between the beginning and the end of a call. Both are further
// apart on a busy machine than here.
Duration Simulated::off(const Made& next) const {
  auto unclear = std::max(Duration{}, last_.took - last_took_);
  if (late_ > 0 && around_.attempts == 1) {
    unclear = std::max(Duration{}, next.took - around_.latency);
  }
  const auto most = around_.slack + (next.at - last_.at) / 50 + unclear;
  return std::chrono::duration_cast<Duration>(late_ * most);
}

void Simulated::wait(Duration length) {
  if (const auto* next = next_made()) {
    off_ = off(*next);
    pass(course_began_ + next->at + off_);
    return;
  }
  if (late_ != 0) {
    length += std::chrono::duration_cast<Duration>(late_ * (around_.slack + length / 50));
  }
  pass(now_ + std::max(Duration{}, length));
}

void Simulated::pass(TimePoint until) {
  if (held_ && held_until_ <= until) {
    tick_until(held_until_);
    const CallEnd end(CallEnd::Kind::timeout, 0);
    breaker_->record(*std::exchange(held_, std::nullopt), rules_.of(end), end, now_);
  }
  tick_until(until);
  if (breaker_->has_transitions()) {
    (void)breaker_->take_transitions();
  }
}

void Simulated::tick_until(TimePoint until) {
  while (breaker_->next_tick() <= until) {
    now_ = std::max(now_, breaker_->next_tick());
    breaker_->tick(breaker_->next_tick());
  }
  now_ = std::max(now_, until);
}

void Simulated::take_turn() {
  if (const auto* next = next_made()) {
    pass(course_began_ + next->at + off_);
    last_ = *next;
    call_ += step_ < course_->size() && call_ < (*course_)[step_].size() ? 1U : 0U;
  } else {
    pass(next_call_);
  }
  next_call_ = now_ + around_.pace;
  ++calls_;
}

std::optional<Permit> Simulated::leave() {
  auto admission = breaker_->try_acquire(now_);
  const auto end = now_ + longest_wait;
  while (admission.answer == Admission::Answer::waiting && breaker_->next_tick() <= end) {
    pass(breaker_->next_tick());
    admission = breaker_->resume(admission.permit, now_);
  }
  return admission.answer == Admission::Answer::admitted ? std::optional(admission.permit)
                                                         : std::nullopt;
}

Simulated::Ending Simulated::ending_of(const Reply& reply) const {
  const auto wordless = CallEnd(CallEnd::Kind::timeout, 0);
  if (reply.caller_leaves && around_.of_left) {
    return {wordless, *reply.caller_leaves, *around_.of_left};
  }
  const bool is_answered = reply.end.kind() != CallEnd::Kind::timeout;
  const auto longest = around_.timeout > Duration::zero() ? around_.timeout : patience();
  if (!is_answered || reply.after > longest) {
    return {wordless, longest, rules_.of(wordless)};
  }
  return {reply.end, reply.after, rules_.of(reply.end)};
}

void Simulated::record(const Permit& permit, const Ending& ending) {
  breaker_->record(permit, ending.outcome, ending.end, now_);
}

Seen Simulated::call(const Reply& reply) {
  take_turn();
  const auto began = now_;
  const auto ending = ending_of(reply);
  const bool fails = ending.outcome == Outcome::failure;
  Seen seen;
  std::optional<Permit> of_all;
  auto first_arrival = began;
  auto second_arrival = began;
  if (!around_.breaker_inside) {
    of_all = leave();
    if (!of_all) {
      last_took_ = {};
      return seen;
    }
  }
  for (std::uint32_t attempt = 0; attempt < (fails ? around_.attempts : 1); ++attempt) {
    if (attempt > 0) {
      pass(now_ + around_.between);
    }
    const auto permit = of_all ? of_all : leave();
    if (!permit) {
      continue;
    }
    ++seen.arrivals;
    (seen.arrivals == 1 ? first_arrival : second_arrival) = now_;
    pass(now_ + around_.latency + ending.after);
    if (!of_all) {
      record(*permit, ending);
    }
  }
  if (of_all) {
    record(*of_all, ending);
  }
  seen.took = now_ - began;
  last_took_ = seen.took - (seen.arrivals > 0 ? ending.after : Duration{});
  seen.gap =
      seen.arrivals > 1 ? (second_arrival - first_arrival) / (seen.arrivals - 1) : Duration{};
  return seen;
}

Crowd Simulated::together(std::uint32_t calls, const Reply& reply) {
  take_turn();
  const auto began = now_;
  calls_ += calls - 1;
  std::vector<Permit> sent;
  std::vector<Permit> waiting;
  for (std::uint32_t i = 0; i < calls; ++i) {
    const auto admission = breaker_->try_acquire(now_);
    if (admission.answer == Admission::Answer::admitted) {
      sent.push_back(admission.permit);
    } else if (admission.answer == Admission::Answer::waiting) {
      waiting.push_back(admission.permit);
    }
  }
  Crowd crowd{.first = static_cast<std::uint32_t>(sent.size()), .all = 0};
  crowd.all = crowd.first;
  const auto ending = ending_of(reply);
  pass(now_ + around_.latency + ending.after);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    record(sent[i], ending);
    while (!waiting.empty()) {
      const auto admission = breaker_->resume(waiting.front(), now_);
      if (admission.answer == Admission::Answer::waiting) {
        break;
      }
      waiting.erase(waiting.begin());
      if (admission.answer == Admission::Answer::admitted) {
        sent.push_back(admission.permit);
        ++crowd.all;
      }
    }
  }
  crowd.took = now_ - began;
  return crowd;
}

bool Simulated::hold() {
  take_turn();
  held_ = leave();
  held_until_ = around_.timeout > Duration::zero() ? now_ + around_.timeout : never;
  return held_.has_value();
}

void Simulated::let_go(const Reply& reply) {
  if (const auto permit = std::exchange(held_, std::nullopt)) {
    const auto ending = ending_of(reply);
    pass(now_ + ending.after);
    record(*permit, ending);
  }
}

}  // namespace tripcurve::probe
