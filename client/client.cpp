#include "client/client.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::client {

void Policy::given_up(Client& client, FrameId frame, TimePoint now) {
  client.end(frame, {.kind = Ending::Kind::cancelled, .end = {CallEnd::Kind::timeout, 0}}, now);
}

Client::Client(std::vector<std::unique_ptr<Policy>> policies, Wire& wire)
    : policies_(std::move(policies)), wire_(wire) {}

void Client::begin(std::uint32_t call, TimePoint now) {
  if (call >= calls_.size()) {
    calls_.resize(call + 1);
  }
  ENSURE(calls_[call].outermost == no_frame);
  const auto id = take_frame(0, call, no_frame);
  calls_[call] = {.outermost = id};
  enter(id, now);
}

void Client::enter(FrameId id, TimePoint now) {
  auto& entered = frames_[id];
  if (is_attempt(id)) {
    entered.begun = ++calls_[entered.call].attempts;
    wire_.send(attempt(id), now);
  } else {
    policies_[entered.policy]->enter(*this, id, now);
  }
}

void Client::let_in(FrameId id, TimePoint now) {
  auto& outside = frames_[id];
  ++outside.begun;
  const auto inside = take_frame(outside.policy + 1, outside.call, id);
  auto* place = &outside.first_inside;
  while (*place != no_frame) {
    place = &frames_[*place].next_beside;
  }
  *place = inside;
  frames_[inside].number = outside.begun;
  enter(inside, now);
}

void Client::connected(FrameId attempt, TimePoint now) {
  for (auto id = frames_[attempt].outside; id != no_frame; id = frames_[id].outside) {
    policies_[frames_[id].policy]->connected(*this, id, now);
  }
}

void Client::answering(FrameId attempt, std::uint16_t status, TimePoint now) {
  for (auto id = frames_[attempt].outside; id != no_frame; id = frames_[id].outside) {
    policies_[frames_[id].policy]->answering(*this, id, status, now);
  }
}

void Client::ended(FrameId attempt, const Ending& ending, TimePoint now) {
  ENSURE(is_attempt(attempt));
  end(attempt, ending, now);
}

void Client::end(FrameId id, const Ending& ending, TimePoint now) {
  auto& over = frames_[id];
  ENSURE(over.first_inside == no_frame);
  const auto [call, outside, number] = std::tuple(over.call, over.outside, over.number);
  unlink(id);
  over.serial = ++frames_made_;
  free_.push_back(id);
  if (outside == no_frame) {
    calls_[call].outermost = no_frame;
    wire_.answered(call, ending, now);
  } else {
    policies_[frames_[outside].policy]->ended(*this, outside, number, ending, now);
  }
}

void Client::gone(std::uint32_t call, TimePoint now) {
  ENSURE(call < calls_.size() && calls_[call].outermost != no_frame);
  cancel(calls_[call].outermost, now);
}

// What is inside ends first, and its end comes out through every policy as any other does.
void Client::cancel(FrameId id, TimePoint now) {
  auto& given_up = frames_[id];
  given_up.cancelled = true;
  if (is_attempt(id)) {
    const auto end_of_it = wire_.cancel(attempt(id), now);
    end(id, {.kind = Ending::Kind::cancelled, .end = end_of_it}, now);
  } else if (given_up.first_inside != no_frame) {
    cancel(given_up.first_inside, now);
  } else {
    policies_[given_up.policy]->given_up(*this, id, now);
  }
}

void Client::cancel_inside(FrameId id, TimePoint now) {
  const auto serial = frames_[id].serial;
  while (is_there(id, serial) && frames_[id].first_inside != no_frame) {
    cancel(frames_[id].first_inside, now);
  }
}

void Client::wake(FrameId id, TimePoint due) {
  auto& sleeper = frames_[id];
  sleeper.due = due;
  if (due != never) {
    timers_.push_back({due, ++timers_made_, id, sleeper.serial});
    std::ranges::push_heap(timers_, std::greater{});
  }
}

bool Client::is_stale(const Timer& timer) const {
  return !is_there(timer.frame, timer.serial) || frames_[timer.frame].due != timer.due;
}

void Client::drop_stale_timers() {
  while (!timers_.empty() && is_stale(timers_.front())) {
    std::ranges::pop_heap(timers_, std::greater{});
    timers_.pop_back();
  }
}

TimePoint Client::next_due() {
  drop_stale_timers();
  auto due = timers_.empty() ? never : timers_.front().due;
  for (const auto& policy : policies_) {
    due = std::min(due, policy->next_tick());
  }
  return due;
}

void Client::tick(TimePoint now) {
  for (const auto& policy : policies_) {
    if (policy->next_tick() <= now) {
      policy->tick(*this, now);
    }
  }
  for (drop_stale_timers(); !timers_.empty() && timers_.front().due <= now; drop_stale_timers()) {
    const auto id = timers_.front().frame;
    frames_[id].due = never;
    policies_[frames_[id].policy]->woken(*this, id, now);
  }
}

FrameId Client::take_frame(std::uint32_t policy, std::uint32_t call, FrameId outside) {
  if (free_.empty()) {
    free_.push_back(static_cast<FrameId>(frames_.size()));
    frames_.emplace_back();
  }
  const auto id = free_.back();
  free_.pop_back();
  frames_[id] = {.policy = policy, .call = call, .outside = outside, .serial = ++frames_made_};
  return id;
}

void Client::unlink(FrameId id) {
  const auto outside = frames_[id].outside;
  if (outside == no_frame) {
    return;
  }
  auto* place = &frames_[outside].first_inside;
  while (*place != id) {
    place = &frames_[*place].next_beside;
  }
  *place = frames_[id].next_beside;
}

Attempt Client::attempt(FrameId id) const {
  return {.id = id, .call = frames_[id].call, .number = frames_[id].begun};
}

}  // namespace tripcurve::client
