#include "client/places.hpp"

#include <algorithm>

#include "client/client.hpp"

namespace tripcurve::client {

void Places::enter(Client& client, FrameId frame, TimePoint now) {
  if (taken_ < places_) {
    take(client, frame, now);
    client.let_in(frame, now);
  } else if (waiting_ < config_.most) {
    auto& passage = client.frame(frame);
    passage.waits = true;
    ++waiting_;
    queue_.push_back({frame, passage.serial});
    if (config_.max_wait) {
      client.wake_in_line(frame, now + *config_.max_wait);
    }
  } else {
    client.end(frame, {.kind = Ending::Kind::full}, now);
  }
}

void Places::take(Client& client, FrameId frame, TimePoint now) {
  ++taken_;
  auto& notes = client.notes(frame);
  notes.since = now;
  notes.taken = static_cast<std::uint32_t>(taken_);
}

void Places::woken(Client& client, FrameId frame, TimePoint now) {
  leave_queue(client, frame, {.kind = Ending::Kind::full}, now);
}

void Places::given_up(Client& client, FrameId frame, TimePoint now) {
  constexpr Ending ending{.kind = Ending::Kind::cancelled, .end = {CallEnd::Kind::timeout, 0}};
  if (client.frame(frame).waits) {
    leave_queue(client, frame, ending, now);
  } else {
    give_back(client, frame, ending, now);  // it had a place and was still to go in
  }
}

// What has left the queue stays in it until there is more of that than of others.
void Places::leave_queue(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  constexpr std::uint64_t few = 64;
  --waiting_;
  client.end(frame, ending, now);
  if (queue_.size() > few && queue_.size() / 2 > waiting_) {
    std::erase_if(queue_, [&](const Passage& passage) {
      return !client.is_there(passage.frame, passage.serial);
    });
  }
}

void Places::hand_on_places(Client& client, TimePoint now) {
  while (taken_ < places_ && !queue_.empty()) {
    const auto next = queue_.front();
    queue_.pop_front();
    if (client.is_there(next.frame, next.serial)) {
      --waiting_;
      client.frame(next.frame).waits = false;
      client.wake(next.frame, never);
      take(client, next.frame, now);
      going_in_.push_back(next);
    }
  }
}

// The place belongs to the next at once. It goes in when all that follows from this end is done, in
// the order in which places became free. One that ends as soon as it goes in gives way to the next
// here, and not within its own end.
void Places::give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  --taken_;
  hand_on_places(client, now);
  ++leaving_;
  client.end(frame, ending, now);
  if (--leaving_ > 0 || letting_in_) {
    return;
  }
  letting_in_ = true;
  while (!going_in_.empty()) {
    const auto [next, serial] = going_in_.front();
    going_in_.pop_front();
    if (client.is_there(next, serial)) {
      client.let_in(next, now);
    }
  }
  letting_in_ = false;
}

}  // namespace tripcurve::client
