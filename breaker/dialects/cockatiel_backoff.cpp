#include "breaker/dialects/cockatiel_backoff.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tripcurve::breaker {
namespace {

using Generator = CockatielBackoffConfig::Generator;

class ListBackoff final : public CockatielBackoff {
 public:
  explicit ListBackoff(std::vector<double> delays_ms) : delays_ms_(std::move(delays_ms)) {}

  double first_ms() override { return delays_ms_[index_ = 0]; }
  double next_ms() override {
    index_ = std::min(index_ + 1, delays_ms_.size() - 1);
    return delays_ms_[index_];
  }

 private:
  std::vector<double> delays_ms_;
  std::size_t index_ = 0;
};

class ExponentialBackoff final : public CockatielBackoff {
 public:
  ExponentialBackoff(const CockatielBackoffConfig& config, Random random)
      : config_(config), random_(random) {}

  double first_ms() override {
    attempt_ = 0;
    previous_ = 0;
    return next_ms();
  }
  double next_ms() override {
    const double attempt = attempt_++;
    const double doubled =
        std::min(config_.max_delay_ms, config_.initial_delay_ms * std::pow(2, attempt));
    switch (config_.generator) {
      case Generator::no_jitter:
        return doubled;
      case Generator::full_jitter:
        return std::floor(random_.unit() * doubled);
      case Generator::half_jitter:
        return std::floor((doubled + random_.unit() * doubled) / 2);
      case Generator::decorrelated_jitter:
        return decorrelated(attempt + random_.unit());
    }
    return doubled;
  }

 private:
  double decorrelated(double t) {
    const double value = std::pow(config_.exponent, t) * std::tanh(std::sqrt(4.0 * t));
    const double step = std::isfinite(value) ? std::max(0.0, value - previous_)
                                             : std::numeric_limits<double>::infinity();
    previous_ = value;
    return std::min(step * (1 / 1.4) * config_.initial_delay_ms, config_.max_delay_ms);
  }

  CockatielBackoffConfig config_;
  Random random_;
  double attempt_ = 0;
  double previous_ = 0;
};

}  // namespace

std::unique_ptr<CockatielBackoff> make_cockatiel_backoff(const CockatielBackoffConfig& config,
                                                         Random random) {
  if (config.delays_ms.empty()) {
    return std::make_unique<ExponentialBackoff>(config, random);
  }
  return std::make_unique<ListBackoff>(config.delays_ms);
}

}  // namespace tripcurve::breaker
