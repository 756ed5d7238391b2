#include "client/policies/retry.hpp"

#include "client/client.hpp"

namespace tripcurve::client {

void Retry::enter(Client& client, FrameId frame, TimePoint now) { client.let_in(frame, now); }

void Retry::woken(Client& client, FrameId frame, TimePoint now) { client.let_in(frame, now); }

Duration Retry::wait_after(Frame& passage, const Ending& ending) const {
  const auto retry = passage.begun - 1;
  const auto draw = [&] { return draw_(passage.call, retry); };
  const auto wait = wait_before(config_.backoff, retry, passage.memory, draw);
  return config_.heed_retry_after ? ending.retry_after.value_or(wait) : wait;
}

void Retry::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                  TimePoint now) {
  auto& passage = client.frame(frame);
  if (passage.begun > config_.most || !config_.rules.fails(ending)) {
    client.end(frame, ending, now);
    return;
  }
  const auto wait = wait_after(passage, ending);
  if (passage.cancelled) {
    given_up(client, frame, now);
  } else if (wait > Duration::zero()) {
    client.wake(frame, now + wait);
  } else {
    client.let_in(frame, now);
  }
}

}  // namespace tripcurve::client
