#include "client/policies/fallback_cache.hpp"

#include <utility>

#include "client/call_facts.hpp"
#include "client/client.hpp"

namespace tripcurve::client {

CachedFallback::CachedFallback(FallbackConfig config, const CallFacts& facts)
    : config_(std::move(config)),
      answer_(std::get<CachedAnswer>(config_.answer)),
      key_([key = facts.key, keys = answer_.keys](std::uint32_t call) { return key(call, keys); }),
      caches_(facts.instances, [this](std::uint32_t) { return StaleCache(answer_.entries); }) {}

void CachedFallback::enter(Client& client, FrameId frame, TimePoint now) {
  client.let_in(frame, now);
}

void CachedFallback::ended(Client& client, FrameId frame, std::uint32_t /*number*/,
                           const Ending& ending, TimePoint now) {
  const auto call = client.frame(frame).call;
  auto& cache = caches_.of(call);
  if (is_good(config_, ending)) {
    cache.put(key_(call), ending.end.status(), now);
  }
  if (!config_.rules.fails(ending)) {
    client.end(frame, ending, now);
    return;
  }
  const auto kept = cache.get(key_(call), answer_.max_age, now);
  client.fell_back(frame, kept ? FallbackEvent{FallbackEvent::Kind::stale, kept->age}
                               : FallbackEvent{FallbackEvent::Kind::missed});
  client.end(frame,
             kept ? Ending{.kind = Ending::Kind::fallback,
                           .end = {CallEnd::Kind::answer, kept->status},
                           .substitute = Substitute::cached,
                           .of_open = ending.kind == Ending::Kind::open}
                  : ending,
             now);
}

}  // namespace tripcurve::client
