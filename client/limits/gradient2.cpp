#include "client/limits/gradient2.hpp"

#include <algorithm>

namespace tripcurve::client {
namespace {

constexpr std::uint32_t gradient2_warmup = 10;  // samples whose plain mean is the average
constexpr double much_faster = 2;               // samples that are, pull the average down
constexpr double pull = 0.95;
constexpr double least_gradient = 0.5;

}  // namespace

double Gradient2Limit::average_with(double rtt) {
  if (warmed_up_ < gradient2_warmup) {
    warmup_sum_ += rtt;
    long_rtt_ = warmup_sum_ / ++warmed_up_;
  } else {
    const auto part = 2.0 / (config_.long_window + 1.0);
    long_rtt_ = long_rtt_ * (1 - part) + rtt * part;
  }
  return long_rtt_;
}

void Gradient2Limit::sample(const LimitSample& sample) {
  const auto rtt = static_cast<double>(sample.rtt.count());
  const auto average = average_with(rtt);
  if (average / rtt > much_faster) {
    long_rtt_ *= pull;
  }
  if (sample.in_flight < estimate_ / 2) {
    return;
  }
  const auto gradient = std::max(least_gradient, std::min(1.0, config_.tolerance * average / rtt));
  const auto wanted = estimate_ * gradient + config_.queue;
  const auto smoothed = estimate_ * (1 - config_.smoothing) + wanted * config_.smoothing;
  estimate_ = std::max<double>(config_.least, std::min<double>(config_.most, smoothed));
}

}  // namespace tripcurve::client
