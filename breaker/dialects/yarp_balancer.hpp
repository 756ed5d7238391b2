// Which destination of a YARP cluster gets the next call.
//
// Rules (YARP 2.3.0; read from HealthyAndUnknownDestinationsPolicy.cs,
// HealthyOrPanicDestinationsPolicy.cs, LoadBalancingMiddleware.cs and the LoadBalancing policies;
// which are available was executed with one destination):
//   available  those that are not unhealthy; with HealthyOrPanic all of them when none is left
//   one        is taken without asking the policy
//   policy     PowerOfTwoChoices draws two different ones and takes the one with fewer calls under
//              way, the first drawn at a tie; LeastRequests takes the first with the fewest;
//              RoundRobin the available ones in turn, by one counter; FirstAlphabetical the first
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/random.hpp"

namespace tripcurve::breaker {

enum class YarpAvailability : std::uint8_t { healthy_or_panic, healthy_and_unknown };

enum class YarpLoadBalancing : std::uint8_t {
  power_of_two_choices,
  round_robin,
  least_requests,
  random,
  first_alphabetical,
};

class YarpBalancer {
 public:
  YarpBalancer(std::size_t destinations, YarpAvailability availability,
               YarpLoadBalancing load_balancing, Random random);

  [[nodiscard]] bool is_unhealthy(std::size_t destination) const { return unhealthy_[destination]; }
  void set_unhealthy(std::size_t destination, bool unhealthy);

  [[nodiscard]] bool is_any_healthy() const { return is_any_healthy_; }
  // None is healthy, and calls go to all of them.
  [[nodiscard]] bool panics() const { return !is_any_healthy_ && !available_.empty(); }

  // The destination for a call, which is under way there until it has ended; nothing when none is
  // available.
  [[nodiscard]] std::optional<std::size_t> begin_call();
  void end_call(std::size_t destination) { --under_way_[destination]; }

 private:
  [[nodiscard]] std::size_t pick();
  [[nodiscard]] std::size_t pick_less_busy_of_two();
  [[nodiscard]] std::size_t draw();

  YarpAvailability availability_;
  YarpLoadBalancing load_balancing_;
  Random random_;
  std::vector<bool> unhealthy_;           // by destination
  std::vector<std::uint64_t> under_way_;  // by destination
  std::vector<std::size_t> available_;
  bool is_any_healthy_ = true;
  std::size_t turn_ = 0;
};

}  // namespace tripcurve::breaker
