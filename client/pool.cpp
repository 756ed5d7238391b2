#include "client/pool.hpp"

#include "client/client.hpp"

namespace tripcurve::client {

void Pool::enter(Client& client, FrameId frame, TimePoint now) {
  let_idle_go(now);
  if (places_.is_full() && size_ < config_.most) {
    places_.resize(++size_);
  } else if (!idle_.empty()) {
    idle_.pop_front();
  }
  places_.enter(client, frame, now);
}

void Pool::let_idle_go(TimePoint now) {
  while (size_ > config_.core && !idle_.empty() && idle_.front() <= now) {
    idle_.pop_front();
    places_.resize(--size_);
  }
  if (size_ == config_.core) {
    idle_.clear();  // these stay
  }
}

// The place of a call that is over, and that nobody waits for.
void Pool::note_idle(TimePoint now) {
  let_idle_go(now);
  if (size_ > config_.core && !places_.is_awaited()) {
    idle_.push_back(now + config_.keep_alive);
  }
}

void Pool::given_up(Client& client, FrameId frame, TimePoint now) {
  if (!client.frame(frame).waits) {
    note_idle(now);
  }
  places_.given_up(client, frame, now);
}

void Pool::give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  note_idle(now);
  places_.give_back(client, frame, ending, now);
}

}  // namespace tripcurve::client
