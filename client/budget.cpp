#include "client/budget.hpp"

#include <algorithm>
#include <numeric>

#include "core/ensure.hpp"

namespace tripcurve::client {
namespace {

constexpr double aws_capacity = 500;
constexpr double aws_gain = 1;

}  // namespace

RetryBudget::RetryBudget(const Budget& config)
    : config_(config), tokens_(config.kind == Budget::Kind::aws ? aws_capacity : config.tokens) {}

void RetryBudget::begun(TimePoint now) {
  ++active_;
  switch (config_.kind) {
    case Budget::Kind::bucket:
      tokens_ = std::min(config_.tokens, tokens_ + config_.ratio);
      break;
    case Budget::Kind::ratio:
      move_on(now);
      window_[static_cast<std::size_t>(slot_) % slots] += config_.ratio;
      break;
    default:
      break;
  }
}

void RetryBudget::over(bool succeeded, std::uint32_t retries) {
  --active_;
  if (config_.kind == Budget::Kind::grpc && succeeded) {
    tokens_ = std::min(config_.tokens, tokens_ + config_.ratio);
  }
  if (config_.kind == Budget::Kind::aws && succeeded && retries == 0) {
    tokens_ = std::min(aws_capacity, tokens_ + aws_gain);
  }
}

bool RetryBudget::allows_retry(RetryCause cause, TimePoint now) {
  switch (config_.kind) {
    case Budget::Kind::none:
      break;
    case Budget::Kind::bucket:
      if (tokens_ < 1) {
        return false;
      }
      --tokens_;
      break;
    case Budget::Kind::ratio:
      move_on(now);
      if (left_of_window() < 1) {
        return false;
      }
      --window_[static_cast<std::size_t>(slot_) % slots];
      break;
    case Budget::Kind::active: {
      const auto most = std::max(static_cast<double>(config_.least_active),
                                 config_.ratio * static_cast<double>(active_));
      if (static_cast<double>(active_retries_) >= most) {
        return false;
      }
      break;
    }
    case Budget::Kind::grpc:
      tokens_ = std::max(0.0, tokens_ - 1);
      if (tokens_ <= config_.tokens / 2) {
        return false;
      }
      break;
    case Budget::Kind::aws:
      if (tokens_ < cost_of(cause)) {
        return false;
      }
      tokens_ -= cost_of(cause);
      break;
  }
  ++active_retries_;
  return true;
}

void RetryBudget::retry_over(bool succeeded, RetryCause cause) {
  --active_retries_;
  if (config_.kind == Budget::Kind::aws && succeeded) {
    tokens_ = std::min(aws_capacity, tokens_ + cost_of(cause));
  }
}

double RetryBudget::cost_of(RetryCause cause) const {
  switch (cause) {
    case RetryCause::failure:
      return config_.cost;
    case RetryCause::timeout:
      return config_.timeout_cost;
    case RetryCause::throttling:
      return config_.throttling_cost;
  }
  ENSURE(false);
}

// Forgets the slots that have left the window.
void RetryBudget::move_on(TimePoint now) {
  const auto slot = now.time_since_epoch() / (config_.window / static_cast<std::int64_t>(slots));
  for (; slot_ < slot; ++slot_) {
    if (slot - slot_ > static_cast<std::int64_t>(slots)) {
      slot_ = slot - static_cast<std::int64_t>(slots);
    }
    window_[static_cast<std::size_t>(slot_ + 1) % slots] = 0;
  }
}

double RetryBudget::left_of_window() const {
  const auto reserve =
      config_.least_per_second * std::chrono::duration<double>(config_.window).count();
  return std::accumulate(window_.begin(), window_.end(), reserve);
}

}  // namespace tripcurve::client
