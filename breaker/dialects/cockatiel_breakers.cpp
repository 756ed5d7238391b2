#include "breaker/dialects/cockatiel_breakers.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "breaker/parts/bucket_ring.hpp"
#include "breaker/parts/cause.hpp"
#include "breaker/parts/millisecond_clock.hpp"
#include "breaker/parts/outcome_ring.hpp"

namespace tripcurve::breaker {
namespace {

class ConsecutiveBreaker final : public CockatielBreaker {
 public:
  explicit ConsecutiveBreaker(double threshold) : threshold_(threshold) {}

  void push(bool failure, TimePoint /*now*/) override { in_a_row_ = failure ? in_a_row_ + 1 : 0; }
  void reset() override { in_a_row_ = 0; }
  [[nodiscard]] bool trips() const override { return static_cast<double>(in_a_row_) >= threshold_; }
  [[nodiscard]] std::string cause(CallEnd last) const override {
    return failures_in_a_row(in_a_row_, last);
  }

 private:
  double threshold_;
  std::uint64_t in_a_row_ = 0;
};

// Of a window's counts: the rule that CountBreaker and SamplingBreaker share.
bool is_above(const WindowCounts& counts, double threshold, double volume) {
  const auto total = static_cast<double>(counts.calls);
  return total >= volume && static_cast<double>(counts.failures) > threshold * total;
}

class CountBreaker final : public CockatielBreaker {
 public:
  explicit CountBreaker(const CockatielBreakerConfig& config)
      : threshold_(config.threshold),
        minimum_(static_cast<double>(config.minimum_calls)),
        results_(config.size) {}

  void push(bool failure, TimePoint /*now*/) override { results_.add(failure); }
  void reset() override { results_.clear(); }
  [[nodiscard]] bool trips() const override {
    return is_above(results_.totals(), threshold_, minimum_);
  }
  [[nodiscard]] std::string cause(CallEnd last) const override {
    return share_failed(results_.totals().failures, results_.totals().calls, last);
  }

 private:
  double threshold_;
  double minimum_;
  OutcomeRing results_;
};

class SamplingBreaker final : public CockatielBreaker {
 public:
  explicit SamplingBreaker(const CockatielBreakerConfig& config)
      : threshold_(config.threshold),
        volume_(config.volume()),
        window_(std::chrono::milliseconds(config.window_ms())),
        windows_(config.windows()) {}

  void push(bool failure, TimePoint time) override {
    const auto now = millisecond_clock(time);
    if (!started_ || now - *started_ >= window_) {
      windows_.advance(1);
      started_ = now;
    }
    windows_.add(one_call(failure));
  }
  void reset() override {
    windows_.clear();
    started_.reset();
  }
  [[nodiscard]] bool trips() const override {
    return is_above(windows_.totals(), threshold_, volume_);
  }
  [[nodiscard]] std::string cause(CallEnd last) const override {
    return share_failed(windows_.totals().failures, windows_.totals().calls, last);
  }

 private:
  double threshold_;
  double volume_;
  Duration window_;
  BucketRing windows_;
  std::optional<TimePoint> started_;  // the current one
};

}  // namespace

std::uint64_t CockatielBreakerConfig::windows() const {
  return std::max<std::uint64_t>(
      5, static_cast<std::uint64_t>(std::ceil(to_milliseconds(duration) / 1000)));
}

std::int64_t CockatielBreakerConfig::window_ms() const {
  return static_cast<std::int64_t>(
      std::floor(to_milliseconds(duration) / static_cast<double>(windows()) + 0.5));
}

double CockatielBreakerConfig::volume() const {
  const auto all = static_cast<double>(window_ms() * static_cast<std::int64_t>(windows()));
  return all * (minimum_rps != 0 ? minimum_rps / 1000 : 5 / (threshold * 1000));
}

std::unique_ptr<CockatielBreaker> make_cockatiel_breaker(const CockatielBreakerConfig& config) {
  switch (config.type) {
    case CockatielBreakerConfig::Type::consecutive:
      return std::make_unique<ConsecutiveBreaker>(config.threshold);
    case CockatielBreakerConfig::Type::count:
      return std::make_unique<CountBreaker>(config);
    case CockatielBreakerConfig::Type::sampling:
      return std::make_unique<SamplingBreaker>(config);
  }
  return nullptr;
}

}  // namespace tripcurve::breaker
