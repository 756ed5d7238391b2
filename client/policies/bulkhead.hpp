// Lets only so many calls in at once; so many more may wait for a place. See client/places.hpp.
#pragma once

#include <optional>

#include "client/places.hpp"

namespace tripcurve::client {

struct BulkheadConfig {
  std::uint64_t places = 1000;
  std::uint64_t queue = 0;             // may wait
  std::optional<Duration> max_wait{};  // and no longer

  friend bool operator==(const BulkheadConfig&, const BulkheadConfig&) = default;
};

class Bulkhead final : public Policy {
 public:
  explicit Bulkhead(const BulkheadConfig& config)
      : places_(config.places, {config.queue, config.max_wait}) {}

  void enter(Client& client, FrameId frame, TimePoint now) override {
    places_.enter(client, frame, now);
  }
  void ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
             TimePoint now) override {
    places_.give_back(client, frame, ending, now);
  }
  void woken(Client& client, FrameId frame, TimePoint now) override {
    places_.woken(client, frame, now);
  }
  void given_up(Client& client, FrameId frame, TimePoint now) override {
    places_.given_up(client, frame, now);
  }

 private:
  Places places_;
};

}  // namespace tripcurve::client
