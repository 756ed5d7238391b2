#include "breaker/dialects/oxy_metrics.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace tripcurve::breaker {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t too_slow_us = std::int64_t{1} << 32U;  // such calls are in no histogram

// How many values, as a power of two, are one to the histogram: below 256 each is its own.
unsigned width_bits(std::int64_t value) {
  return static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(value | 255))) - 8;
}

std::int64_t least_equal(std::int64_t value) {
  return (value >> width_bits(value)) << width_bits(value);
}

std::int64_t most_equal(std::int64_t value) {
  return least_equal(value) + (std::int64_t{1} << width_bits(value)) - 1;
}

}  // namespace

void OxyMetrics::record(std::uint16_t status, Duration latency, TimePoint now) {
  constexpr std::size_t seconds = 10;
  statuses_.try_emplace(status, seconds, Duration(1s), TimePoint{})
      .first->second.add(now, one_call(false));
  if (!turned_ || now - *turned_ >= 10s) {
    histogram_ = (histogram_ + 1) % histograms_.size();
    histograms_[histogram_].clear();
    turned_ = now;
  }
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  if (us < too_slow_us) {
    ++histograms_[histogram_][least_equal(us)];
  }
}

void OxyMetrics::reset(TimePoint now) {
  statuses_.clear();
  histograms_ = {};
  turned_ = now;
}

void OxyMetrics::advance_to(TimePoint now) {
  for (auto& [status, window] : statuses_) {
    window.advance_to(now);
  }
}

std::uint64_t OxyMetrics::count(OxyCodes codes) const {
  std::uint64_t calls = 0;
  for (const auto& [status, window] : statuses_) {
    calls += status >= codes.first && status < codes.end ? window.totals().calls : 0;
  }
  return calls;
}

std::uint64_t OxyMetrics::total() const { return count({0, 1000}); }

double OxyMetrics::network_error_ratio() const {
  const auto all = total();
  return all == 0 ? 0
                  : static_cast<double>(count({502, 503}) + count({504, 505})) /
                        static_cast<double>(all);
}

double OxyMetrics::response_code_ratio(OxyCodes part, OxyCodes whole) const {
  const auto all = count(whole);
  return all == 0 ? 0 : static_cast<double>(count(part)) / static_cast<double>(all);
}

std::int64_t OxyMetrics::latency_at_quantile(double percent) const {
  Histogram merged;
  std::uint64_t all = 0;
  for (const auto& histogram : histograms_) {
    for (const auto& [value, calls] : histogram) {
      merged[value] += calls;
      all += calls;
    }
  }
  const auto wanted =
      static_cast<std::int64_t>(std::min(percent, 100.0) / 100 * static_cast<double>(all) + 0.5);
  std::int64_t at = 0;
  std::int64_t seen = 0;
  for (const auto& [value, calls] : merged) {
    if (seen >= wanted) {
      break;
    }
    seen += static_cast<std::int64_t>(calls);
    at = value;
  }
  constexpr std::int64_t us_per_ms = 1000;
  return (percent == 0 ? least_equal(at) : most_equal(at)) / us_per_ms;
}

}  // namespace tripcurve::breaker
