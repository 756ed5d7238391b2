#include "faults/rate_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::array<std::string_view, 2> keys{"burst", "status"};
constexpr double longest_refill_s = 10'000.0 * 3600;
constexpr std::uint64_t biggest_burst = 10'000'000;

Duration interval_of(const RateLimit& limit) {
  return Duration(std::llround(1e9 / limit.rate.per_second));
}

std::uint32_t second_of(Rate rate) {
  return std::max(1U, static_cast<std::uint32_t>(rate.per_second));
}

}  // namespace

std::string RateLimit::text() const {
  if (!limits()) {
    return "none";
  }
  auto text = format_rate(rate);
  if (burst != second_of(rate)) {
    text += fmt::format(",burst={}", burst);
  }
  if (status != RateLimit{}.status) {
    text += fmt::format(",status={}", status);
  }
  return text;
}

Result<RateLimit> parse_rate_limit(std::string_view text) {
  text = trim(text);
  if (text == "none") {
    return RateLimit{};
  }
  auto rest = text;
  const auto rate = parse_rate(take_until(rest, ","));
  if (!rate) {
    return rate.error();
  }
  RateLimit limit{.rate = *rate, .burst = second_of(*rate)};
  std::array<bool, keys.size()> given{};
  if (text.ends_with(',')) {
    return Error{quoted(text) + " ends in a comma", "write 100/s or 100/s,burst=20,status=503"};
  }
  while (!rest.empty()) {
    const auto word = trim(take_until(rest, ","));
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    const auto found = std::ranges::find(keys, key);
    if (found == keys.end()) {
      return Error{"unknown key " + quoted(key) + " in " + quoted(text), did_you_mean(key, keys)};
    }
    if (equals == std::string_view::npos) {
      return Error{quoted(word) + " has no value", "write 100/s,burst=20,status=503"};
    }
    auto& seen = given[static_cast<std::size_t>(found - keys.begin())];
    if (seen) {
      return Error{quoted(text) + " gives " + std::string(key) + " a second time",
                   "keep one of them"};
    }
    seen = true;
    const bool is_burst = key == "burst";
    const auto number = is_burst ? parse_count(word.substr(equals + 1), 1, biggest_burst)
                                 : parse_count(word.substr(equals + 1), 400, 599);
    if (!number) {
      return number.error().in(std::string(key));
    }
    if (is_burst) {
      limit.burst = static_cast<std::uint32_t>(*number);
    } else {
      limit.status = static_cast<std::uint16_t>(*number);
    }
  }
  if (limit.burst / limit.rate.per_second > longest_refill_s) {
    return Error{fmt::format("burst={} takes more than 10000h to come back at {}", limit.burst,
                             format_rate(limit.rate)),
                 "write a smaller burst"};
  }
  return limit;
}

bool Bucket::take(const RateLimit& limit, TimePoint now) {
  const auto interval = interval_of(limit);
  const auto tolerance = interval * (limit.burst - 1);
  auto full_at = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    if (full_at - tolerance > now) {
      return false;
    }
    if (full_at_.compare_exchange_weak(full_at, std::max(full_at, now) + interval,
                                       std::memory_order_relaxed)) {
      return true;
    }
  }
}

}  // namespace tripcurve::faults
