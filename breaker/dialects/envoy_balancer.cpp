#include "breaker/dialects/envoy_balancer.hpp"

#include <chrono>
#include <numeric>

namespace tripcurve::breaker {

bool EnvoyPanicRule::panics(std::uint64_t healthy, std::uint64_t hosts) const {
  // Cut to a whole number as Envoy does it: by way of the part of one, so that 29 becomes 28.
  const auto threshold = static_cast<std::uint64_t>(100 * (healthy_panic_threshold / 100.0));
  const double healthy_percent = 100.0 * static_cast<double>(healthy) / static_cast<double>(hosts);
  return overprovisioning_factor * healthy / hosts < 100 &&
         healthy_percent < static_cast<double>(threshold);
}

EnvoyBalancer::EnvoyBalancer(std::size_t hosts, EnvoyPanicRule panic, Duration merge_window,
                             std::size_t first_turn)
    : panic_(panic),
      merge_window_(merge_window),
      out_(hosts, false),
      healthy_(hosts),
      next_healthy_(first_turn),
      next_of_all_(first_turn) {
  std::iota(healthy_.begin(), healthy_.end(), std::size_t{0});
}

std::optional<std::size_t> EnvoyBalancer::next_host() {
  if (panics_) {
    return next_of_all_++ % out_.size();
  }
  if (healthy_.empty()) {
    return std::nullopt;
  }
  return healthy_[next_healthy_++ % healthy_.size()];
}

void EnvoyBalancer::set(std::size_t host, bool out, TimePoint now) {
  out_[host] = out;
  const auto since_last = last_delivery_
                              ? std::optional(std::chrono::duration_cast<std::chrono::milliseconds>(
                                    now - *last_delivery_))
                              : std::nullopt;
  if (merge_window_ == Duration::zero() || !since_last || *since_last > merge_window_) {
    deliver(now);
  } else if (next_delivery_ == never) {
    next_delivery_ = now + merge_window_;
  }
}

void EnvoyBalancer::deliver(TimePoint now) {
  last_delivery_ = now;
  next_delivery_ = never;
  healthy_.clear();
  for (std::size_t host = 0; host < out_.size(); ++host) {
    if (!out_[host]) {
      healthy_.push_back(host);
    }
  }
  panics_ = panic_.panics(healthy_.size(), out_.size());
}

}  // namespace tripcurve::breaker
