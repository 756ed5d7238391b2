#include "conform/call_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <span>
#include <unordered_map>
#include <utility>

#include "client/client.hpp"
#include "conform/json_line.hpp"
#include "conform/steps_text.hpp"
#include "core/random.hpp"

namespace tripcurve::conform {
namespace {

using client::Attempt;
using client::Ending;

// What the caller sees that is no status.
std::string_view end_name(const Ending& ending, const EndNames& names) {
  if (ending.exceeded) {
    return names.exceeded;
  }
  switch (ending.kind) {
    case Ending::Kind::wire:
    case Ending::Kind::fallback:
      return names.refused;
    case Ending::Kind::timed_out:
      return names.timed_out;
    case Ending::Kind::open:
      return names.open.empty() ? ending.error : names.open;
    case Ending::Kind::full:
      return names.full;
    case Ending::Kind::cancelled:
      return names.cancelled;
  }
  return {};
}

// The answer as the caller sees it: a status, or the name of an exception.
std::string answer_text(const Ending& ending, const EndNames& names) {
  const bool answers =
      (ending.kind == Ending::Kind::wire || ending.kind == Ending::Kind::fallback) &&
      ending.end.kind() == CallEnd::Kind::answer && !ending.exceeded;
  return answers ? std::to_string(ending.end.status())
                 : fmt::format("\"{}\"", end_name(ending, names));
}

// The steps as they happen.
class Steps {
 public:
  struct Step {
    TimePoint at;
    std::uint32_t call;
    std::uint32_t cancelled = 0;  // the number of the attempt that is given up
    std::string text;
  };

  explicit Steps(const CallTrace& trace) : trace_(trace) {}

  template <typename... Elements>
  void add(TimePoint now, std::string_view kind, std::uint32_t call, const Elements&... elements) {
    auto text =
        fmt::format("[{},\"{}\",{}",
                    std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count(),
                    kind, trace_.calls[call].id);
    ((text += fmt::format(",{}", elements)), ...);
    steps_.push_back({now, call, 0, text + "]"});
  }
  void add_cancel(TimePoint now, std::uint32_t call, std::uint32_t attempt) {
    add(now, "cancel", call, attempt);
    steps_.back().cancelled = attempt;
  }

  [[nodiscard]] bool enough() const { return steps_.size() > trace_.steps.size(); }

  // Puts them in the order of a trace.
  [[nodiscard]] std::vector<std::string> texts() && {
    for (auto first = steps_.begin(); first != steps_.end();) {
      const auto last =
          std::find_if(first, steps_.end(), [&](const Step& step) { return step.at != first->at; });
      order_instant({first, last});
      first = last;
    }
    std::vector<std::string> texts;
    texts.reserve(steps_.size());
    for (auto& step : steps_) {
      texts.push_back(std::move(step.text));
    }
    return texts;
  }

 private:
  static void order_instant(std::span<Step> instant) {
    std::unordered_map<std::uint32_t, std::size_t> shown;  // in which order calls first show
    for (const auto& step : instant) {
      shown.try_emplace(step.call, shown.size());
    }
    std::ranges::stable_sort(instant, {}, [&](const Step& step) { return shown.at(step.call); });
    for (auto first = instant.begin(); first != instant.end();) {
      const auto last = std::find_if(first, instant.end(), [&](const Step& step) {
        return step.call != first->call || step.cancelled == 0;
      });
      std::sort(first, last,
                [](const Step& a, const Step& b) { return a.cancelled < b.cancelled; });
      first = last == first ? std::next(first) : last;
    }
  }

  const CallTrace& trace_;
  std::vector<Step> steps_;
};

// The one breaker of a policy; tells its transitions as steps of the call that brought them about.
class OneBreaker final : public client::Breakers {
 public:
  OneBreaker(const breaker::Choice& choice, Steps& steps)
      : breaker_(choice.make(Random(0))), steps_(steps) {}

  breaker::Admission try_acquire(std::uint32_t call, TimePoint now) override {
    auto admission = breaker_->try_acquire(now);
    tell(call, now);
    return admission;
  }
  breaker::Admission resume(std::uint32_t call, const breaker::Permit& held,
                            TimePoint now) override {
    auto admission = breaker_->resume(held, now);
    tell(call, now);
    return admission;
  }
  void connected(std::uint32_t call, breaker::Permit& permit, TimePoint now) override {
    breaker_->connected(permit, now);
    tell(call, now);
  }
  void answering(std::uint32_t call, breaker::Permit& permit, Outcome outcome, std::uint16_t status,
                 TimePoint now) override {
    breaker_->answering(permit, outcome, status, now);
    tell(call, now);
  }
  void record(std::uint32_t call, const breaker::Permit& permit, Outcome outcome, CallEnd end,
              TimePoint now) override {
    breaker_->record(permit, outcome, end, now);
    tell(call, now);
  }
  void forget(std::uint32_t /*call*/, const breaker::Permit& /*permit*/) override {}
  // Sees to the timers that are due at `now`.
  [[nodiscard]] TimePoint next_tick() const { return breaker_->next_tick(); }
  void tick(TimePoint now) {
    if (breaker_->next_tick() <= now) {
      breaker_->tick(now);
    }
  }

 private:
  void tell(std::uint32_t call, TimePoint now) {
    for (const auto& transition : breaker_->take_transitions()) {
      steps_.add(now, "breaker", call, fmt::format("\"{}\"", breaker::name(transition.to)));
    }
  }

  std::unique_ptr<breaker::Breaker> breaker_;
  Steps& steps_;
};

// The upstream and the callers, by the script.
class Player final : public client::Wire {
 public:
  explicit Player(const CallTrace& trace)
      : trace_(trace),
        steps_(trace),
        answered_(trace.calls.size()),
        client_(client::make_policies(
                    trace.policies,
                    [&](const client::BreakerConfig& config) -> client::Breakers& {
                      return breakers_.emplace_back(config.choice, steps_);
                    },
                    // Jitter is off in traces of calls: see wait_trace.hpp.
                    {.draw = [](std::uint32_t, std::uint32_t) { return 0.5; }}, Random(0)),
                *this) {}

  std::vector<std::string> play() {
    for (std::uint32_t call = 0; call < trace_.calls.size(); ++call) {
      const auto& [id, begin, gone, upstream] = trace_.calls[call];
      script(begin, [this, call](TimePoint now) {
        steps_.add(now, "call", call);
        client_.begin(call, now);
      });
      if (gone) {
        script(begin + *gone, [this, call](TimePoint now) { give_up(call, now); });
      }
    }
    while (!steps_.enough() && go_on()) {
    }
    return std::move(steps_).texts();
  }

 private:
  // Does what is next; false when there is nothing more, or nothing that a trace could have.
  bool go_on() {
    auto due = client_.next_due();
    for (const auto& breaker : breakers_) {
      due = std::min(due, breaker.next_tick());
    }
    const auto next = events_.empty() ? never : events_.top().at;
    if (std::min(due, next) > at(longest_trace)) {
      return false;
    }
    if (due <= next) {
      for (auto& breaker : breakers_) {
        breaker.tick(due);
      }
      client_.breakers_ticked(due);
      client_.tick(due);
    } else {
      const auto event = events_.top();
      events_.pop();
      event.happen(event.at);
    }
    return true;
  }

  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::function<void(TimePoint now)> happen;
    friend bool operator<(const Event& a, const Event& b) {  // the greatest comes first
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };
  using Name = std::pair<std::uint32_t, std::uint32_t>;  // an attempt: its call and its number

  void script(TimePoint when, std::function<void(TimePoint now)> happen) {
    events_.push({when, events_made_++, std::move(happen)});
  }

  void send(const Attempt& attempt, TimePoint now) override {
    const Name name{attempt.call, attempt.number};
    steps_.add(now, "send", attempt.call, attempt.number);
    if (steps_.enough()) {
      return;  // nothing that comes later is looked at
    }
    under_way_[name] = attempt.id;
    const auto& replies = trace_.calls[attempt.call].upstream;
    const auto& reply = replies[std::min<std::size_t>(attempt.number, replies.size()) - 1];
    if (reply.after) {
      script(now + *reply.after,
             [this, name, &reply](TimePoint then) { answer(name, reply, then); });
    }
  }

  CallEnd cancel(const Attempt& attempt, TimePoint now) override {
    steps_.add_cancel(now, attempt.call, attempt.number);
    under_way_.erase({attempt.call, attempt.number});
    return {CallEnd::Kind::timeout, 0};
  }

  void answered(std::uint32_t call, const Ending& ending, TimePoint now) override {
    answered_[call] = true;
    steps_.add(now, "answer", call, answer_text(ending, trace_.names));
  }

  void answer(const Name& name, const Reply& reply, TimePoint now) {
    const auto attempt = under_way_.extract(name);
    if (attempt.empty()) {
      return;  // it was given up
    }
    const auto& end = reply.ending.end;
    steps_.add(now, "reply", name.first, name.second,
               end.kind() == CallEnd::Kind::answer ? std::to_string(end.status()) : "\"refused\"");
    client_.ended(attempt.mapped(), reply.ending, now);
  }

  void give_up(std::uint32_t call, TimePoint now) {
    if (!answered_[call]) {
      steps_.add(now, "gone", call);
      client_.gone(call, now);
    }
  }

  const CallTrace& trace_;
  Steps steps_;
  std::vector<bool> answered_;
  std::deque<OneBreaker> breakers_;
  client::Client client_;
  std::priority_queue<Event> events_;
  std::uint64_t events_made_ = 0;
  std::map<Name, client::FrameId> under_way_;
};

}  // namespace

std::vector<std::string> play(const CallTrace& trace) { return Player(trace).play(); }

std::optional<std::string> compare(const CallTrace& trace) {
  const auto got = play(trace);
  const auto [expected, seen] = std::ranges::mismatch(trace.steps, got);
  if (expected == trace.steps.end() && seen == got.end()) {
    return std::nullopt;
  }
  return explain_difference(trace.id, {}, trace.steps,
                            static_cast<std::size_t>(expected - trace.steps.begin()),
                            seen == got.end() ? "nothing more" : *seen);
}

}  // namespace tripcurve::conform
