// yarp: YARP's passive health check `TransportFailureRate` over the destinations of one cluster.
//
// Rules of YARP 2.3.0, executed with one destination (tests/recorders/yarp); several destinations
// were read in the same source (src/ReverseProxy/Health, DestinationHealthUpdater.cs and
// EntityActionScheduler.cs):
//   calls      each goes to the destination that the balancer gives it (yarp_balancer.hpp); with
//              none left it fails with a 503, NoAvailableDestinations
//   results    every end of a call counts for its destination, whatever its health is by then
//              (yarp_history.hpp). No status is a failure. What the client cancels is a success,
//              and so is YARP's own timeout once the head of the answer is there
//   health     at each result: healthy if failures / calls < limit, in double, else unhealthy; the
//              share is 0 below MinimalTotalCountThreshold
//   timer      becoming unhealthy sets a timer of ReactivationPeriod, at least the window, unless
//              one runs. At its end the destination is no longer unhealthy, whoever set it; nothing
//              else ends it, and the history stays
// There is no half-open: a destination that is let in again gets its full share at once. The state
// is open while no destination is healthy, also where HealthyOrPanic sends calls all the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "breaker/dialect.hpp"
#include "breaker/dialects/yarp_balancer.hpp"
#include "breaker/dialects/yarp_history.hpp"

namespace tripcurve::breaker {

struct YarpConfig {
  std::uint64_t destinations;
  YarpLoadBalancing load_balancing;
  YarpAvailability availability;
  Duration reactivation_period;  // as given, and maybe shorter than the window
  double rate_limit;             // of the cluster, or the default for all
  Duration window;
  std::uint64_t minimum_calls;

  [[nodiscard]] Duration shut_off_for() const { return std::max(reactivation_period, window); }
};

class Yarp final : public Breaker {
 public:
  Yarp(const YarpConfig& config, Random random);

  // The permit's note is the destination.
  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  void forget(const Permit& permit) override { balancer_.end_call(permit.note); }
  [[nodiscard]] TimePoint next_tick() const override {
    return timers_.empty() ? never : timers_.front().due;
  }
  void tick(TimePoint now) override;

 private:
  struct Destination {
    YarpHistory history;
    bool has_timer = false;
  };
  struct Timer {
    TimePoint due;
    std::size_t destination;
  };

  void set_unhealthy(std::size_t destination, bool unhealthy, const std::string& what,
                     TimePoint now);

  YarpConfig config_;
  std::vector<Destination> destinations_;
  YarpBalancer balancer_;
  std::deque<Timer> timers_;  // of one length, so that the first set is the first due
};

[[nodiscard]] const Dialect& yarp_dialect();

}  // namespace tripcurve::breaker
