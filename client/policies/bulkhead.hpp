// Lets only so many calls of an instance in at once; so many more may wait for a place. See
// client/places.hpp and, where there are more places for those who find the queue full,
// client/pool.hpp.
#pragma once

#include <optional>

#include "client/client.hpp"
#include "client/per_instance.hpp"
#include "client/pool.hpp"

namespace tripcurve::client {

struct BulkheadConfig {
  std::uint64_t places = 1000;
  std::uint64_t queue = 0;             // may wait
  std::optional<Duration> max_wait{};  // and no longer
  // When the queue is full, there are up to so many places, at least `places`.
  std::optional<std::uint64_t> max_places{};
  Duration keep_alive = PoolSize().keep_alive;  // of those above `places`

  friend bool operator==(const BulkheadConfig&, const BulkheadConfig&) = default;
};

class Bulkhead final : public Policy {
 public:
  Bulkhead(const BulkheadConfig& config, const Instances& instances)
      : places_(instances, [&](std::uint32_t) {
          return Pool({.core = config.places,
                       .most = config.max_places.value_or(config.places),
                       .keep_alive = config.keep_alive},
                      {config.queue, config.max_wait});
        }) {}

  void enter(Client& client, FrameId frame, TimePoint now) override {
    places_of(client, frame).enter(client, frame, now);
  }
  void ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
             TimePoint now) override {
    places_of(client, frame).give_back(client, frame, ending, now);
  }
  void woken(Client& client, FrameId frame, TimePoint now) override {
    places_of(client, frame).woken(client, frame, now);
  }
  void given_up(Client& client, FrameId frame, TimePoint now) override {
    places_of(client, frame).given_up(client, frame, now);
  }

 private:
  [[nodiscard]] Pool& places_of(Client& client, FrameId frame) {
    return places_.of(client.frame(frame).call);
  }

  PerInstance<Pool> places_;
};

}  // namespace tripcurve::client
