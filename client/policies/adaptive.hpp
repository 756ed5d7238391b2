// Lets as many calls in at once as a limit says that learns from how long calls take and how they
// end: a bulkhead that finds its places by itself. See client/limits for the algorithms.
//
// Rules of AbstractLimiter.java and SimpleLimiter.java (Netflix concurrency-limits 0.5.4): a call
// is timed from when it has its place, and knows how many were inside then; what ends first changes
// the limit, and then gives its place back. Where the limit has become smaller than what is inside,
// nobody goes in until enough have come out. The queue is what BlockingLimiter.java adds.
//
// Each instance finds a limit of its own; what the client is told is their sum.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "client/client.hpp"
#include "client/limits/aimd.hpp"
#include "client/limits/envoy_gradient.hpp"
#include "client/limits/gradient2.hpp"
#include "client/limits/vegas.hpp"
#include "client/limits/windowed.hpp"
#include "client/per_instance.hpp"
#include "client/places.hpp"

namespace tripcurve::client {

using LimitConfig = std::variant<AimdConfig, Gradient2Config, VegasConfig, EnvoyGradientConfig>;

// What is a sample where nobody says otherwise; a failure is one that was dropped, and what is
// ignored is none.
//
// Envoy takes every request that was answered for a sample, its own 503s among them, and none that
// its caller gave up (encodeComplete() and onDestroy() of adaptive_concurrency_filter.cc). To the
// others, an answer of an error is none, since it may have come too fast (Limiter.java), but for
// what was turned away or timed out: what gRPC calls UNAVAILABLE, which the library's own
// ConcurrencyLimitClientInterceptor.java drops, is 429, 502, 503, 504 and a lost connection in
// HTTP.
[[nodiscard]] EndingRules usual_samples(const LimitConfig& limit);

struct AdaptiveConfig {
  LimitConfig limit = VegasConfig{};
  std::optional<WindowConfig> window{};  // between the samples and the limit; not of Envoy's
  PlaceQueue queue{};
  EndingRules samples = usual_samples(VegasConfig{});

  friend bool operator==(const AdaptiveConfig&, const AdaptiveConfig&) = default;
};

[[nodiscard]] std::unique_ptr<Limit> make_limit(const AdaptiveConfig& config, Limit::Draw draw);

class Adaptive final : public Policy {
 public:
  // `draw(i)` gives the i-th instance its numbers.
  Adaptive(const AdaptiveConfig& config, const Instances& instances,
           const std::function<Limit::Draw(std::uint32_t instance)>& draw)
      : samples_(config.samples), insides_(instances, [&](std::uint32_t instance) {
          return Inside{make_limit(config, draw(instance)), Places(0, config.queue)};
        }) {}

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override {
    inside_of(client, frame).places.woken(client, frame, now);
  }
  void given_up(Client& client, FrameId frame, TimePoint now) override {
    inside_of(client, frame).places.given_up(client, frame, now);
  }

 private:
  // Of one instance.
  struct Inside {
    std::unique_ptr<Limit> limit;
    Places places;
    std::uint32_t size = 0;  // that `places` have
  };
  [[nodiscard]] Inside& inside_of(Client& client, FrameId frame) {
    return insides_.of(client.frame(frame).call);
  }
  void follow(Inside& inside, TimePoint now);
  void tell(Client& client, TimePoint now);

  EndingRules samples_;
  PerInstance<Inside> insides_;
  std::uint32_t sum_ = 0;   // of all sizes
  std::uint32_t told_ = 0;  // of these, what the client knows
};

}  // namespace tripcurve::client
