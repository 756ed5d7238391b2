// Answers in place of what failed: with a static answer, with the last good answer to the same
// question (fallback_cache.hpp), or with the promise to make the call later (fallback_queue.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "client/policy.hpp"

namespace tripcurve::client {

// In the order of Substitute.
struct StaticAnswer {
  friend bool operator==(const StaticAnswer&, const StaticAnswer&) = default;
};
struct CachedAnswer {
  std::uint64_t keys = 1;                  // different things that calls to one endpoint ask for
  std::optional<Duration> max_age{};       // an older answer is a miss
  std::optional<std::uint64_t> entries{};  // the least recently used goes when there are more
  friend bool operator==(const CachedAnswer&, const CachedAnswer&) = default;
};
struct QueuedAnswer {
  enum class Full : std::uint8_t { reject, drop_oldest };

  std::uint64_t places = 1000;
  Full full = Full::reject;
  Duration retry_every = std::chrono::seconds(1);  // above 0
  std::uint64_t drain = 1;                         // calls at once, at least 1
  std::optional<double> drain_rate{};              // and no more per second than that
  friend bool operator==(const QueuedAnswer&, const QueuedAnswer&) = default;
};

struct FallbackConfig {
  std::uint16_t status = 200;  // of its answer; a cached one has that of the answer it keeps
  EndingRules rules{};         // what is a failure to it, it answers
  // An ending that came from the wire and that is no failure to these is good: worth to be kept in
  // the cache, and what the queue waits for.
  EndingRules good{};
  std::variant<StaticAnswer, CachedAnswer, QueuedAnswer> answer{};

  friend bool operator==(const FallbackConfig&, const FallbackConfig&) = default;
};

[[nodiscard]] bool is_good(const FallbackConfig& config, const Ending& ending);

// What policies ask of the calls that go through them.
struct CallFacts;

[[nodiscard]] std::unique_ptr<Policy> make_fallback(const FallbackConfig& config,
                                                    const CallFacts& facts);

}  // namespace tripcurve::client
