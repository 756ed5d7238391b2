#include "client/limits/windowed.hpp"

#include <algorithm>
#include <utility>

namespace tripcurve::client {

void WindowedLimit::sample(const LimitSample& sample) {
  if (sample.rtt < config_.least_rtt) {
    return;
  }
  window_.shortest = std::min(window_.shortest, sample.rtt);
  window_.sum += sample.rtt;
  window_.in_flight = std::max(window_.in_flight, sample.in_flight);
  window_.dropped = window_.dropped || sample.dropped;
  ++window_.count;
  const auto end = sample.began + sample.rtt;
  if (end <= until_) {
    return;
  }
  const auto over = std::exchange(window_, {});
  until_ = end + std::min(std::max(over.shortest * 2, config_.least), config_.most);
  if (over.count >= config_.samples) {
    limit_->sample({.began = sample.began,
                    .rtt = over.sum / over.count,
                    .in_flight = over.in_flight,
                    .dropped = over.dropped});
  }
}

}  // namespace tripcurve::client
