// envoy: Envoy's outlier detection over the hosts of one cluster, behind a round-robin balancer.
//
// Rules, read from source/common/upstream/outlier_detection_impl.cc at 00c7146d and the proto of
// envoy.config.cluster.v3.OutlierDetection; not executed.
//   hosts      each call goes to the next host that is not ejected; in panic (fewer than
//              healthy_panic_threshold percent are left) to the next of all hosts; with no host
//              left it fails with UH, "no healthy upstream"
//   errors     a host's consecutive 5xx and gateway errors (502, 503, 504) are counted; each
//   signals
//              at exactly N; anything below 500 clears both; a failed connect is a 503, a timeout a
//              504 and any other failure a 500, unless they are split off as local
//   signals    are ignored for a host that is out (and its counter stays), else they eject, if the
//              budget and the enforcing percentage let them, and reset their counter either way
//   budget     100 * (ejected + 1) / hosts <= max_ejection_percent
//   sweep      every `interval`: hosts return whose time is over, then success rate and failure
//              percentage of the interval just finished are judged, then multipliers decay
//   time out   min(base_ejection_time * m, max_ejection_time) + jitter; m grows with each ejection
// There is no half-open: a host that returns gets its full share at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct EnvoyConfig {
  std::uint64_t hosts;
  std::uint64_t consecutive_5xx;
  std::uint64_t consecutive_gateway_failure;
  std::uint64_t consecutive_local_origin_failure;
  Duration interval;
  Duration base_ejection_time;
  Duration max_ejection_time;
  Duration max_ejection_time_jitter;
  double max_ejection_percent;
  bool always_eject_one_host;
  double enforcing_consecutive_5xx;
  double enforcing_consecutive_gateway_failure;
  double enforcing_consecutive_local_origin_failure;
  double enforcing_success_rate;
  double enforcing_local_origin_success_rate;
  double enforcing_failure_percentage;
  double enforcing_failure_percentage_local_origin;
  std::uint64_t success_rate_minimum_hosts;
  std::uint64_t success_rate_request_volume;
  double success_rate_stdev_factor;  // in thousandths
  double failure_percentage_threshold;
  std::uint64_t failure_percentage_minimum_hosts;
  std::uint64_t failure_percentage_request_volume;
  bool split_external_local_origin_errors;
  double healthy_panic_threshold;
};

class Envoy final : public Breaker {
 public:
  Envoy(const EnvoyConfig& config, Random random);

  // The permit's note is the host.
  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override { return next_sweep_; }
  void tick(TimePoint now) override;

  [[nodiscard]] bool is_ejected(std::size_t host) const { return hosts_[host].ejected; }
  [[nodiscard]] std::uint32_t multiplier(std::size_t host) const { return hosts_[host].multiplier; }

  // A result of `host`, as record() has it.
  void result(std::size_t host, CallEnd end, TimePoint now);

 private:
  // The results of one interval.
  struct Volume {
    std::uint64_t calls = 0;
    std::uint64_t good = 0;
    void add(bool is_good) {
      ++calls;
      good += is_good ? 1U : 0U;
    }
  };
  struct Host {
    std::uint64_t errors = 0;          // consecutive 5xx
    std::uint64_t gateway_errors = 0;  // consecutive 502, 503, 504
    std::uint64_t local_errors = 0;    // consecutive, when they are split off
    Volume external;
    Volume local;
    bool ejected = false;
    std::uint32_t multiplier = 0;
    TimePoint ejected_at;
    Duration jitter{};
    TimePoint returned_at;
  };
  // One of the two judgements over all hosts at a sweep.
  struct Enforcing {
    double success_rate;
    double failure_percentage;
  };

  [[nodiscard]] bool panics() const;
  void external_result(Host& host, std::uint16_t status, TimePoint now);
  // Returns whether the counter is to start anew.
  bool signal(Host& host, double enforcing, const std::string& why, TimePoint now);
  void eject(Host& host, double enforcing, const std::string& why, TimePoint now);
  void return_if_due(Host& host, TimePoint now);
  void judge(Volume Host::* volume, Enforcing enforcing, std::string_view kind, TimePoint now);
  void report(const std::string& what, TimePoint now);
  [[nodiscard]] std::size_t number(const Host& host) const {
    return static_cast<std::size_t>(&host - hosts_.data());
  }

  EnvoyConfig config_;
  Random random_;
  std::vector<Host> hosts_;
  std::size_t ejected_ = 0;
  std::size_t turn_ = 0;  // of the round robin
  TimePoint next_sweep_;
};

[[nodiscard]] const Dialect& envoy_dialect();

}  // namespace tripcurve::breaker
