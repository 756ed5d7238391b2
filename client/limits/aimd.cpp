#include "client/limits/aimd.hpp"

#include <algorithm>

namespace tripcurve::client {

void AimdLimit::sample(const LimitSample& sample) {
  auto limit = limit_;
  if (sample.dropped || sample.rtt > config_.timeout) {
    limit = static_cast<std::uint32_t>(limit * config_.backoff_ratio);
  } else if (std::uint64_t{sample.in_flight} * 2 >= limit) {
    ++limit;
  }
  limit_ = std::min(config_.most, std::max(config_.least, limit));
}

}  // namespace tripcurve::client
