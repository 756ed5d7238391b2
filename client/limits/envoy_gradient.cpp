#include "client/limits/envoy_gradient.hpp"

#include <algorithm>
#include <cmath>

#include "core/ensure.hpp"

namespace tripcurve::client {
namespace {

constexpr int updates_at_least = 5;  // then the measurement is not to be trusted any more
constexpr double steepest_fall = 0.5;
constexpr double steepest_rise = 2;
constexpr std::uint64_t one_digit = 10;

}  // namespace

void LogLinearBins::add(std::uint64_t us) {
  ++count_;
  if (us == 0) {
    ++bins_[0];
    return;
  }
  std::size_t decade = 0;
  auto digits = us * one_digit;
  for (; digits >= one_digit * one_digit; digits /= one_digit) {
    ++decade;
  }
  decade = std::min(decade, decades - 1);
  ++bins_[1 + decade * per_decade + static_cast<std::size_t>(digits - one_digit)];
}

void LogLinearBins::clear() {
  bins_.fill(0);
  count_ = 0;
}

std::uint64_t LogLinearBins::quantile(double q) const {
  const auto wanted = static_cast<double>(count_) * q;
  double upto = 0;
  for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
    const double inside = bins_[bin];
    upto += inside;
    if (inside > 0 && upto >= wanted) {
      return place_in(bin, (wanted - (upto - inside)) / inside);
    }
  }
  ENSURE(false);
}

// The place in a bin that so much of it lies below; `bin` counted from that for zero.
std::uint64_t LogLinearBins::place_in(std::size_t bin, double part) {
  if (bin == 0) {
    return 0;
  }
  constexpr double ten = 10;
  const auto scale = std::pow(ten, static_cast<double>((bin - 1) / per_decade));
  const auto width = scale / ten;
  const auto left = static_cast<double>((bin - 1) % per_decade + one_digit) / ten * scale;
  return static_cast<std::uint64_t>(left + part * width);
}

EnvoyGradientLimit::EnvoyGradientLimit(const EnvoyGradientConfig& config, Draw draw)
    : config_(config), draw_(std::move(draw)), limit_(config.least) {
  begin_measuring(TimePoint{});
}

std::uint32_t EnvoyGradientLimit::at(TimePoint now) {
  for (auto due = std::min(next_update_, next_measuring_); due <= now;
       due = std::min(next_update_, next_measuring_)) {
    if (next_update_ <= next_measuring_) {
      update(due);
    } else {
      begin_measuring(due);
    }
  }
  return limit_;
}

void EnvoyGradientLimit::sample(const LimitSample& sample) {
  const auto now = sample.began + sample.rtt;
  (void)at(now);
  if (sample.began < measuring_since_) {
    return;
  }
  bins_.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(sample.rtt).count()));
  if (measuring_ && bins_.count() >= config_.request_count) {
    end_measuring(now);
  }
}

void EnvoyGradientLimit::begin_measuring(TimePoint now) {
  measuring_ = true;
  limit_before_ = limit_;
  set(config_.least, now);
  bins_.clear();
  measuring_since_ = now;
  next_update_ = never;
  next_measuring_ = never;
}

void EnvoyGradientLimit::end_measuring(TimePoint now) {
  min_rtt_us_ = take_quantile();
  set(limit_before_, now);
  measuring_ = false;
  next_update_ = now + config_.update_interval;
  next_measuring_ = now + config_.min_rtt_interval + some_jitter();
}

// In whole milliseconds.
Duration EnvoyGradientLimit::some_jitter() {
  if (config_.jitter == 0) {
    return {};
  }
  const auto range = std::ceil(to_milliseconds(config_.min_rtt_interval) * (config_.jitter / 100));
  return std::chrono::milliseconds(static_cast<std::int64_t>(draw_() * range));
}

void EnvoyGradientLimit::update(TimePoint now) {
  next_update_ = now + config_.update_interval;
  if (bins_.count() > 0) {
    set(next_limit(take_quantile()), now);
  }
}

void EnvoyGradientLimit::set(std::uint32_t limit, TimePoint now) {
  at_least_ = !measuring_ && limit_ == config_.least && limit == config_.least ? at_least_ + 1 : 0;
  limit_ = limit;
  if (at_least_ >= updates_at_least) {
    next_measuring_ = now;
  }
}

std::uint32_t EnvoyGradientLimit::next_limit(std::uint64_t sample_us) const {
  const auto min_rtt = static_cast<double>(min_rtt_us_);
  const auto steep = (min_rtt + min_rtt * (config_.buffer / 100)) / static_cast<double>(sample_us);
  const auto gradient = std::max(steepest_fall, std::min(steepest_rise, steep));
  const auto limit = limit_ * gradient;
  const auto with_room = static_cast<std::uint32_t>(limit + std::sqrt(limit));
  return std::max(config_.least, std::min(config_.most, with_room));
}

std::uint64_t EnvoyGradientLimit::take_quantile() {
  const auto us = bins_.quantile(config_.percentile / 100);
  bins_.clear();
  return us;
}

}  // namespace tripcurve::client
