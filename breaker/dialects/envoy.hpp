// envoy: Envoy's outlier detection over the hosts of one cluster, behind a round-robin balancer.
//
// Rules of Envoy 1.40.0, executed (tests/recorders/envoy); what no recording shows was read in
// source/common/upstream/outlier_detection_impl.cc.
//   hosts      each call goes to the host that the balancer gives it (envoy_balancer.hpp); with
//   none
//              left it fails with UH, "no healthy upstream"
//   results    the status counts when the head of the answer is there; whatever breaks the call off
//              afterwards, or instead, is one more 503: a failed connect, a reset, a close,
//              garbage; the timeout of a call that has its connection and no head is a 504. A
//              timeout after the head, or before the connection, is nothing
//   errors     a host's consecutive 5xx and gateway errors (502, 503, 504) are counted; each
//   signals
//              at exactly N, so that 0 turns it off; anything below 500 clears both
//   split      split_external_local_origin_errors: the 503s and 504s above count apart, as local
//              failures in a row, which a call that gets its connection ends; so only failed
//              connects ever add up
//   signals    are ignored for a host that is out (and its counter stays), else they eject, if the
//              budget and the enforcing percentage let them, and reset their counter either way
//   budget     100 * (ejections + 1) / hosts <= max_ejection_percent, ejections being those that no
//              return has made up for
//   sweep      every `interval`: hosts return whose time is over, then success rate and failure
//              percentage of the interval just finished are judged, then multipliers decay. Both
//              judgements look at the hosts as they were before: if both eject one host, that is
//              two ejections and one return, and the budget is one less for good
//   time out   min(base_ejection_time * m, max_ejection_time) + jitter; m grows with each ejection
// There is no half-open: a host that returns gets its full share at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "breaker/dialect.hpp"
#include "breaker/dialects/envoy_balancer.hpp"

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
  std::uint64_t max_ejection_percent;
  bool always_eject_one_host;
  std::uint64_t enforcing_consecutive_5xx;
  std::uint64_t enforcing_consecutive_gateway_failure;
  std::uint64_t enforcing_consecutive_local_origin_failure;
  std::uint64_t enforcing_success_rate;
  std::uint64_t enforcing_local_origin_success_rate;
  std::uint64_t enforcing_failure_percentage;
  std::uint64_t enforcing_failure_percentage_local_origin;
  std::uint64_t success_rate_minimum_hosts;
  std::uint64_t success_rate_request_volume;
  double success_rate_stdev_factor;  // in thousandths
  std::uint64_t failure_percentage_threshold;
  std::uint64_t failure_percentage_minimum_hosts;
  std::uint64_t failure_percentage_request_volume;
  bool split_external_local_origin_errors;
  EnvoyPanicRule panic;
  Duration update_merge_window;
  std::size_t first_turn = 0;  // of the round robin: no key, and by chance in Envoy
};

[[nodiscard]] Result<EnvoyConfig> read_envoy_config(const Settings& settings);

class Envoy final : public Breaker {
 public:
  Envoy(const EnvoyConfig& config, Random random);

  // The permit's note is the host.
  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  void connected(const Permit& permit, TimePoint now) override;
  void answering(const Permit& permit, Outcome outcome, std::uint16_t status,
                 TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override {
    return std::min(next_sweep_, balancer_.next_delivery());
  }
  void tick(TimePoint now) override;

  [[nodiscard]] bool is_ejected(std::size_t host) const { return balancer_.is_out(host); }
  [[nodiscard]] std::uint32_t multiplier(std::size_t host) const { return hosts_[host].multiplier; }
  // Signals that the budget refused.
  [[nodiscard]] std::uint64_t overflow() const { return overflow_; }

  // How a call to `host` ended of which nothing was told before, as record() has it.
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
    std::uint32_t multiplier = 0;
    TimePoint ejected_at;
    Duration jitter{};
    TimePoint returned_at;
  };
  // The two judgements over all hosts at a sweep, as chances in percent that they eject.
  struct Enforcing {
    std::uint64_t success_rate;
    std::uint64_t failure_percentage;
  };

  void note_end(std::size_t host, CallEnd end, Stage told, TimePoint now);
  void note_connection(std::size_t host);
  void note_status(std::size_t host, std::uint16_t status, TimePoint now);
  void note_break(std::size_t host, std::uint16_t status, TimePoint now);
  // Returns whether the counter is to start anew.
  bool signal(std::size_t host, std::uint64_t enforcing, const std::string& why, TimePoint now);
  void eject(std::size_t host, std::uint64_t enforcing, const std::string& why, TimePoint now);
  void return_if_due(std::size_t host, TimePoint now);
  void sweep(TimePoint now);
  void judge(Volume Host::* volume, Enforcing enforcing, std::string_view kind, TimePoint now);
  void report(std::size_t host, const std::string& what, TimePoint now);
  void enter_state(TimePoint now, const std::string& why);

  EnvoyConfig config_;
  Random random_;
  std::vector<Host> hosts_;
  EnvoyBalancer balancer_;
  std::uint64_t ejections_ = 0;  // that no return has made up for
  std::uint64_t overflow_ = 0;
  TimePoint next_sweep_;
};

[[nodiscard]] const Dialect& envoy_dialect();

}  // namespace tripcurve::breaker
