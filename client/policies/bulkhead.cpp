#include "client/policies/bulkhead.hpp"

#include <algorithm>

#include "client/client.hpp"

namespace tripcurve::client {

void Bulkhead::enter(Client& client, FrameId frame, TimePoint now) {
  if (taken_ < config_.places) {
    ++taken_;
    client.let_in(frame, now);
  } else if (queue_.size() < config_.queue) {
    client.frame(frame).waits = true;
    queue_.push_back(frame);
  } else {
    client.end(frame, {.kind = Ending::Kind::full}, now);
  }
}

void Bulkhead::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                     TimePoint now) {
  give_back(client, frame, ending, now);
}

void Bulkhead::given_up(Client& client, FrameId frame, TimePoint now) {
  constexpr Ending ending{.kind = Ending::Kind::cancelled, .end = {CallEnd::Kind::timeout, 0}};
  if (client.frame(frame).waits) {
    std::erase(queue_, frame);
    client.end(frame, ending, now);
  } else {
    give_back(client, frame, ending, now);  // it had a place and was still to go in
  }
}

// The place belongs to the next at once. It goes in when all that follows from this end is done, in
// the order in which places became free.
void Bulkhead::give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  if (queue_.empty()) {
    --taken_;
  } else {
    const auto next = queue_.front();
    queue_.pop_front();
    client.frame(next).waits = false;
    going_in_.push_back({next, client.frame(next).serial});
  }
  ++leaving_;
  client.end(frame, ending, now);
  if (--leaving_ > 0) {
    return;
  }
  while (!going_in_.empty()) {
    const auto [next, serial] = going_in_.front();
    going_in_.pop_front();
    if (client.is_there(next, serial)) {
      client.let_in(next, now);
    }
  }
}

}  // namespace tripcurve::client
