#include "client/limits/vegas.hpp"

#include <algorithm>
#include <cmath>

namespace tripcurve::client {
namespace {

// The whole part of log10, and 1 at least.
std::uint32_t log10_of(double limit) {
  const auto whole = static_cast<std::uint32_t>(limit);
  return whole < 100 ? 1U : static_cast<std::uint32_t>(std::log10(whole));
}

}  // namespace

VegasLimit::VegasLimit(const VegasConfig& config, Draw draw)
    : config_(config), draw_(std::move(draw)), estimate_(config.initial) {
  draw_jitter();
}

void VegasLimit::draw_jitter() { jitter_ = 0.5 + 0.5 * draw_(); }

bool VegasLimit::is_time_to_probe() {
  return jitter_ * config_.probe_multiplier * estimate_ <= ++since_probe_;
}

void VegasLimit::sample(const LimitSample& sample) {
  if (is_time_to_probe()) {
    draw_jitter();
    since_probe_ = 0;
    shortest_ = sample.rtt;
    return;
  }
  if (shortest_ == Duration::zero() || sample.rtt < shortest_) {
    shortest_ = sample.rtt;
    return;
  }
  if (const auto next = wanted(sample)) {
    const auto bounded = std::max(1.0, std::min<double>(config_.most, *next));
    estimate_ = (1 - config_.smoothing) * estimate_ + config_.smoothing * bounded;
  }
}

// What the limit is to become, before it is smoothed; nothing if it is to stay.
std::optional<double> VegasLimit::wanted(const LimitSample& sample) const {
  const auto step = log10_of(estimate_);
  if (sample.dropped) {
    return estimate_ - step;
  }
  if (static_cast<double>(sample.in_flight) * 2 < estimate_) {
    return std::nullopt;
  }
  const auto share =
      static_cast<double>(shortest_.count()) / static_cast<double>(sample.rtt.count());
  const auto queued = std::ceil(estimate_ * (1 - share));
  const auto alpha = config_.alpha.value_or(3 * step);
  const auto beta = config_.beta.value_or(6 * step);
  if (queued <= step) {
    return estimate_ + beta;
  }
  if (queued < alpha) {
    return estimate_ + step;
  }
  return queued > beta ? std::optional(estimate_ - step) : std::nullopt;
}

}  // namespace tripcurve::client
