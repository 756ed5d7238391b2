#include "client/policies/timeout.hpp"

#include "client/client.hpp"

namespace tripcurve::client {

void Timeout::enter(Client& client, FrameId frame, TimePoint now) {
  client.wake_in_line(frame, now + config_.after);
  client.let_in(frame, now);
}

void Timeout::woken(Client& client, FrameId frame, TimePoint now) {
  client.frame(frame).settled = true;
  client.cancel_inside(frame, now);
}

void Timeout::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                    TimePoint now) {
  const auto& passage = client.frame(frame);
  auto handed_on = ending;
  if (passage.settled && !passage.cancelled && ending.kind == Ending::Kind::cancelled) {
    handed_on.kind = Ending::Kind::timed_out;
  }
  client.end(frame, handed_on, now);
}

}  // namespace tripcurve::client
