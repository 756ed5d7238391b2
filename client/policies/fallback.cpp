#include "client/policies/fallback.hpp"

#include "client/client.hpp"

namespace tripcurve::client {

void Fallback::enter(Client& client, FrameId frame, TimePoint now) { client.let_in(frame, now); }

void Fallback::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                     TimePoint now) {
  client.end(frame,
             config_.rules.fails(ending) ? Ending{.kind = Ending::Kind::fallback,
                                                  .end = {CallEnd::Kind::answer, config_.status}}
                                         : ending,
             now);
}

}  // namespace tripcurve::client
