// A fallback that answers with the last good answer to the same question: stale-if-error of RFC
// 5861, kept by the client itself, as an in-process cache does (Caffeine, a dict).
#pragma once

#include <functional>

#include "client/per_instance.hpp"
#include "client/policies/fallback.hpp"
#include "client/stale_cache.hpp"

namespace tripcurve::client {

class CachedFallback final : public Policy {
 public:
  CachedFallback(FallbackConfig config, const CallFacts& facts);

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;

 private:
  FallbackConfig config_;
  CachedAnswer answer_;
  std::function<std::uint64_t(std::uint32_t call)> key_;
  PerInstance<StaleCache> caches_;
};

}  // namespace tripcurve::client
