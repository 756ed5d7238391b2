// linkerd: the failure accrual of Linkerd's outbound proxy for one endpoint, mode "consecutive".
//
// Rules, read from linkerd/app/outbound/src/http/breaker/consecutive_failures.rs,
// linkerd/http/classify/src/channel.rs and linkerd/exp-backoff/src/lib.rs of linkerd2-proxy at
// 29637b64; defaults from linkerd2's policy-controller; it was not run:
//   closed     a failure counts, a success resets the count; the max-failures-th in a row opens
//   open       for min-penalty * 2^n, at most max-penalty, plus jitter; n is how often a trial
//              failed since it was closed; a timer ends it; results are dropped
//   jitter     one draw in [0, 1) times jitter-ratio, of the whole seconds and of the nanoseconds
//              of the penalty each for itself, both cut off; no more than is left to max-penalty
//   half-open  one call goes out; the first result of any call, late ones too, closes or opens; a
//              trial without a result leaves it half-open
//   no result  a call that its caller gave up, which Outcome::ignored stands for
// A closed endpoint takes no calls: the balancer picks another one, and when there is none, it lets
// callers wait for up to 3 s. Here they are rejected at once.
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct LinkerdConfig {
  std::uint64_t max_failures;
  Duration min_penalty;
  Duration max_penalty;
  double jitter_ratio;
};

class Linkerd final : public Breaker {
 public:
  Linkerd(const LinkerdConfig& config, Random random) : config_(config), random_(random) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override;
  void tick(TimePoint now) override;

 private:
  void record_closed(Outcome outcome, CallEnd end, TimePoint now);
  void record_half_open(Outcome outcome, CallEnd end, TimePoint now);
  void open(TimePoint now, std::string cause);
  [[nodiscard]] Duration next_penalty();

  LinkerdConfig config_;
  Random random_;
  std::uint64_t in_a_row_ = 0;
  std::uint64_t penalties_ = 0;  // since it was closed
  Duration penalty_{};
  TimePoint until_{};
  bool on_trial_ = false;  // half-open, and the one call is out
};

[[nodiscard]] const Dialect& linkerd_dialect();

}  // namespace tripcurve::breaker
