#include "client/policies/hedging.hpp"

#include "client/client.hpp"

namespace tripcurve::client {

void Hedging::enter(Client& client, FrameId frame, TimePoint now) { go_on(client, frame, now); }

void Hedging::woken(Client& client, FrameId frame, TimePoint now) { go_on(client, frame, now); }

// Lets the call in until one of them may be waited for. An attempt may end while it is let in;
// ended() then only notes it.
void Hedging::go_on(Client& client, FrameId frame, TimePoint now) {
  auto& passage = client.frame(frame);
  while (!passage.settled && passage.begun <= config_.most) {
    passage.busy = true;
    passage.waits = true;  // for the attempt that begins now
    client.let_in(frame, now);
    passage.busy = false;
    if (!passage.settled && passage.waits && config_.delay > Duration::zero()) {
      client.wake(frame, passage.begun <= config_.most ? now + config_.delay : never);
      return;
    }
  }
  if (passage.settled || passage.first_inside == no_frame) {
    settle(client, frame, now);
  }
}

void Hedging::ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
                    TimePoint now) {
  auto& passage = client.frame(frame);
  if (passage.settled) {
    return;  // it has lost
  }
  passage.settled = passage.cancelled || !config_.rules.fails(ending);
  if (passage.settled || number == 1) {
    passage.ending = ending;
  }
  passage.waits = false;
  if (!passage.busy) {
    client.wake(frame, never);
    go_on(client, frame, now);
  }
}

void Hedging::settle(Client& client, FrameId frame, TimePoint now) {
  auto& passage = client.frame(frame);
  passage.settled = true;
  client.wake(frame, never);
  client.cancel_inside(frame, now);
  client.end(frame, passage.ending, now);
}

}  // namespace tripcurve::client
