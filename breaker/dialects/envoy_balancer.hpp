// What Envoy's workers know of a cluster's hosts, and which of them gets the next call.
//
// Rules (Envoy 1.40.0, executed):
//   delivery   the detector's ejections and returns reach the workers' balancers late: one at t is
//              delivered at once if t - last > update_merge_window, in whole milliseconds, and then
//              last = t; else a timer, if none runs, delivers all there are at t + window, and then
//              last is that. Before the first delivery none was; a window of 0 delivers all at once
//   round      hosts[i++ % hosts.size()] of the healthy ones; in panic the same, with an i of its
//              own, of all. Both start at the same number, by chance in Envoy and at 0 here
//   panic      iff floor(healthy_panic_threshold) > 100 * healthy / hosts, and the healthy hosts
//              could not take all the load: floor(overprovisioning_factor * healthy / hosts) < 100
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::breaker {

// Whether a cluster with so many healthy hosts is in panic.
struct EnvoyPanicRule {
  double healthy_panic_threshold = 50;
  std::uint64_t overprovisioning_factor = 140;

  [[nodiscard]] bool panics(std::uint64_t healthy, std::uint64_t hosts) const;
};

class EnvoyBalancer {
 public:
  EnvoyBalancer(std::size_t hosts, EnvoyPanicRule panic, Duration merge_window,
                std::size_t first_turn = 0);

  // The detector's view.
  [[nodiscard]] bool is_out(std::size_t host) const { return out_[host]; }
  void eject(std::size_t host, TimePoint now) { set(host, true, now); }
  void readmit(std::size_t host, TimePoint now) { set(host, false, now); }

  // The workers' view: the host for the next call, or nothing when none is left.
  [[nodiscard]] std::optional<std::size_t> next_host();
  [[nodiscard]] bool has_host() const { return !healthy_.empty() || panics_; }
  [[nodiscard]] std::size_t hosts_out() const { return out_.size() - healthy_.size(); }

  // When deliver() is due: what the detector has decided last is not known to the workers before.
  // `never` when no timer runs.
  [[nodiscard]] TimePoint next_delivery() const { return next_delivery_; }
  void deliver(TimePoint now);

 private:
  void set(std::size_t host, bool out, TimePoint now);

  EnvoyPanicRule panic_;
  Duration merge_window_;
  std::vector<bool> out_;             // by host, as the detector has it
  std::vector<std::size_t> healthy_;  // as the workers have it
  bool panics_ = false;               // likewise
  std::optional<TimePoint> last_delivery_;
  TimePoint next_delivery_ = never;
  std::size_t next_healthy_;  // the i of the round
  std::size_t next_of_all_;   // and in panic
};

}  // namespace tripcurve::breaker
