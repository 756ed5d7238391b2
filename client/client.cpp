#include "client/client.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::client {

void Policy::given_up(Client& client, FrameId frame, TimePoint now) {
  client.end(frame, {.kind = Ending::Kind::cancelled, .end = {CallEnd::Kind::timeout, 0}}, now);
}

Client::Client(std::vector<std::unique_ptr<Policy>> policies, Wire& wire)
    : policies_(std::move(policies)),
      policy_count_(static_cast<std::uint32_t>(policies_.size())),
      attempts_have_frames_(policies_.empty() || policies_.back()->lets_in_together()),
      wire_(wire),
      lines_(policies_.size()) {}

void Client::begin(std::uint32_t call, TimePoint now) {
  if (call >= calls_.size()) {
    calls_.resize(call + 1);
  }
  auto& begun = calls_[call];
  ENSURE(begun.outermost == no_frame && begun.let_go == 0);
  const auto id = take_frame(0, call, no_frame);
  begun = {.outermost = id, .begun = now};
  enter(id, now);
}

void Client::enter(FrameId id, TimePoint now) {
  if (is_attempt(id)) {
    send(id, now);
  } else {
    policies_[frame(id).policy]->enter(*this, id, now);
  }
}

void Client::send(FrameId id, TimePoint now) {
  auto& sender = frame(id);
  sender.on_wire = true;
  sender.attempt = ++calls_[sender.call].attempts;
  wire_.send(attempt(id), now);
}

void Client::let_in(FrameId id, TimePoint now) {
  auto& outside = frame(id);
  ++outside.begun;
  if (outside.policy + 1 == policy_count_ && !attempts_have_frames_) {
    send(id, now);
    return;
  }
  const auto inside = take_frame(outside.policy + 1, outside.call, id);
  auto* place = &outside.first_inside;
  while (*place != no_frame) {
    place = &frame(*place).next_beside;
  }
  *place = inside;
  auto& entered = frame(inside);
  entered.number = outside.begun;
  entered.leave = outside.leave;
  enter(inside, now);
}

bool Client::heeds_progress() const {
  return std::ranges::any_of(policies_,
                             [](const auto& policy) { return policy->heeds_progress(); });
}

void Client::connected(FrameId attempt, TimePoint now) {
  for (auto id = sender_of(attempt); id != no_frame; id = frame(id).outside) {
    policies_[frame(id).policy]->connected(*this, id, now);
  }
}

void Client::answering(FrameId attempt, std::uint16_t status, TimePoint now) {
  for (auto id = sender_of(attempt); id != no_frame; id = frame(id).outside) {
    policies_[frame(id).policy]->answering(*this, id, status, now);
  }
}

void Client::ended(FrameId attempt, const Ending& ending, TimePoint now) {
  ENSURE(frame(attempt).on_wire);
  attempt_ended(attempt, ending, now);
}

void Client::attempt_ended(FrameId id, const Ending& ending, TimePoint now) {
  auto& sender = frame(id);
  sender.on_wire = false;
  if (is_attempt(id)) {
    end(id, ending, now);
  } else {
    policies_[sender.policy]->ended(*this, id, sender.begun, ending, now);
  }
}

void Client::end(FrameId id, const Ending& ending, TimePoint now) {
  auto& over = frame(id);
  ENSURE(over.first_inside == no_frame && !over.on_wire);
  const auto call = over.call;
  const auto outside = over.outside;
  const auto number = over.number;
  const bool let_go = over.let_go;
  leave_line(id);
  unlink(id);
  over.serial = ++frames_made_;
  over.next_beside = free_;
  free_ = id;
  if (let_go) {
    end_let_go(call, now);
  } else if (outside == no_frame) {
    calls_[call].outermost = no_frame;
    wire_.answered(call, ending, now);
  } else {
    policies_[frame(outside).policy]->ended(*this, outside, number, ending, now);
  }
}

void Client::let_go(FrameId id, const Ending& ending, TimePoint now) {
  auto& left = frame(id);
  const auto [call, outside, number] = std::tuple(left.call, left.outside, left.number);
  leave_line(id);
  left.due = never;
  unlink(id);
  left.outside = no_frame;
  left.let_go = true;
  ++calls_[call].let_go;
  calls_[call].resting += left.rests ? 1 : 0;
  if (left.leave != id && left.leave != no_frame) {
    forget_leave(id, left.leave);
  }
  if (outside == no_frame) {
    calls_[call].outermost = no_frame;
    wire_.answered(call, ending, now);
  } else {
    policies_[frame(outside).policy]->ended(*this, outside, number, ending, now);
  }
}

void Client::end_let_go(std::uint32_t call, TimePoint now) {
  auto& of_call = calls_[call];
  if (--of_call.let_go > 0) {
    if (of_call.let_go == of_call.resting) {
      wire_.rested(call);
    }
  } else if (of_call.outermost == no_frame) {
    wire_.let_go_over(call, now);
  }
}

// The policy outside that gave the leave is done with it when this passage is let go, so what is
// sent later has none.
void Client::forget_leave(FrameId id, FrameId giver) {
  if (frame(id).leave != giver) {
    return;
  }
  frame(id).leave = no_frame;
  for (auto inside = frame(id).first_inside; inside != no_frame;
       inside = frame(inside).next_beside) {
    forget_leave(inside, giver);
  }
}

void Client::rest(FrameId id) {
  auto& sleeper = frame(id);
  ENSURE(sleeper.first_inside == no_frame && !sleeper.on_wire && !sleeper.rests);
  sleeper.rests = true;
  auto& call = calls_[sleeper.call];
  if (sleeper.let_go && ++call.resting == call.let_go) {
    wire_.rested(sleeper.call);
  }
}

void Client::resume(FrameId id) {
  auto& sleeper = frame(id);
  ENSURE(sleeper.rests && sleeper.let_go);
  sleeper.rests = false;
  auto& call = calls_[sleeper.call];
  if (call.resting-- == call.let_go) {
    wire_.resumed(sleeper.call);
  }
}

void Client::gone(std::uint32_t call, TimePoint now) {
  ENSURE(call < calls_.size() && calls_[call].outermost != no_frame);
  cancel(calls_[call].outermost, now);
}

// What is inside ends first, and its end comes out through every policy as any other does.
void Client::cancel(FrameId id, TimePoint now) {
  auto& given_up = frame(id);
  given_up.cancelled = true;
  if (given_up.on_wire) {
    cancel_attempt(id, now);
  } else if (given_up.first_inside != no_frame) {
    cancel(given_up.first_inside, now);
  } else {
    policies_[given_up.policy]->given_up(*this, id, now);
  }
}

void Client::cancel_attempt(FrameId id, TimePoint now) {
  const auto end_of_it = wire_.cancel(attempt(id), now);
  attempt_ended(id, {.kind = Ending::Kind::cancelled, .end = end_of_it}, now);
}

void Client::cancel_inside(FrameId id, TimePoint now) {
  const auto serial = frame(id).serial;
  if (frame(id).on_wire) {
    cancel_attempt(id, now);
  }
  while (is_there(id, serial) && frame(id).first_inside != no_frame) {
    cancel(frame(id).first_inside, now);
  }
}

void Client::wake(FrameId id, TimePoint due) {
  leave_line(id);
  auto& sleeper = frame(id);
  sleeper.due = due;
  if (due != never) {
    timers_.push_back({due, ++timers_made_, id, sleeper.serial});
    std::ranges::push_heap(timers_, std::greater{});
  }
}

bool Client::is_stale(const Timer& timer) const {
  return !is_there(timer.frame, timer.serial) || frame(timer.frame).due != timer.due;
}

TimePoint Client::next_timer() {
  while (!timers_.empty() && is_stale(timers_.front())) {
    std::ranges::pop_heap(timers_, std::greater{});
    timers_.pop_back();
  }
  return timers_.empty() ? never : timers_.front().due;
}

void Client::wake_in_line(FrameId id, TimePoint due) {
  auto& line = lines_[frame(id).policy];
  auto& sleeper = wish(id);
  ENSURE(sleeper.due == never && (line.last == no_frame || wish(line.last).due <= due));
  sleeper = {.due = due, .sooner = line.last};
  if (line.last == no_frame) {
    line.first = id;
    line.due = due;
  } else {
    wish(line.last).later = id;
  }
  line.last = id;
}

// If it stands in one.
void Client::leave_line(FrameId id) {
  auto& sleeper = wish(id);
  if (sleeper.due == never) {
    return;
  }
  auto& line = lines_[frame(id).policy];
  if (sleeper.sooner == no_frame) {
    line.first = sleeper.later;
    line.due = sleeper.later == no_frame ? never : wish(sleeper.later).due;
  } else {
    wish(sleeper.sooner).later = sleeper.later;
  }
  (sleeper.later == no_frame ? line.last : wish(sleeper.later).sooner) = sleeper.sooner;
  sleeper.due = never;
}

// Of all lines, the one whose first is due first; null if all are empty.
const Client::Line* Client::first_line() const {
  const auto found = std::ranges::min_element(lines_, {}, &Line::due);
  return found == lines_.end() || found->first == no_frame ? nullptr : &*found;
}

void Client::breakers_ticked(TimePoint now) {
  for (const auto& policy : policies_) {
    policy->breakers_ticked(*this, now);
  }
}

void Client::tick(TimePoint now) {
  for (auto due = next_due(); due <= now && due != never; due = next_due()) {
    if (const auto* line = first_line(); line != nullptr && line->due == due) {
      const auto id = line->first;
      leave_line(id);
      policies_[frame(id).policy]->woken_in_line(*this, id, now);
    } else {
      const auto id = timers_.front().frame;
      auto& woken = frame(id);
      woken.due = never;
      policies_[woken.policy]->woken(*this, id, now);
    }
  }
}

const breaker::Permit& Client::leave_of(FrameId attempt) const {
  static constexpr breaker::Permit none{};
  const auto giver = frame(attempt).leave;
  return giver == no_frame ? none : chunks_[giver / chunk]->notes[giver % chunk].permit;
}

void Client::add_chunk() {
  const auto first = static_cast<FrameId>(chunks_.size() * chunk);
  chunks_.push_back(std::make_unique<Chunk>());
  for (auto id = first + static_cast<FrameId>(chunk); id-- > first;) {
    frame(id).next_beside = std::exchange(free_, id);
  }
}

FrameId Client::take_frame(std::uint32_t policy, std::uint32_t call, FrameId outside) {
  if (free_ == no_frame) {
    add_chunk();
  }
  const auto id = free_;
  auto& taken = frame(id);
  free_ = taken.next_beside;
  taken = {.policy = policy, .call = call, .outside = outside, .serial = ++frames_made_};
  return id;
}

void Client::unlink(FrameId id) {
  const auto outside = frame(id).outside;
  if (outside == no_frame) {
    return;
  }
  auto* place = &frame(outside).first_inside;
  while (*place != id) {
    place = &frame(*place).next_beside;
  }
  *place = frame(id).next_beside;
}

Attempt Client::attempt(FrameId id) const {
  return {.id = id, .call = frame(id).call, .number = frame(id).attempt};
}

}  // namespace tripcurve::client
