// How an upstream behaves towards a request: how long it takes, and what may go wrong instead.
#pragma once

#include <chrono>
#include <optional>

#include "core/time.hpp"
#include "faults/errors.hpp"
#include "faults/latency.hpp"

namespace tripcurve::faults {

// No breaker opens because its calls take less longer than this, so that it excuses no trip.
inline constexpr Duration noticeable = std::chrono::milliseconds(1);

struct Behaviour {
  Latency latency;
  Errors errors;

  // The same but for what is given.
  [[nodiscard]] Behaviour with(const std::optional<Latency>& other_latency,
                               const std::optional<Errors>& other_errors) const {
    return {other_latency.value_or(latency), other_errors.value_or(errors)};
  }

  // More requests fail, or they take noticeably longer on average, or the port is closed that was
  // open.
  [[nodiscard]] bool is_worse_than(const Behaviour& normal) const {
    return errors.total() > normal.errors.total() ||
           latency.mean() >= normal.latency.mean() + noticeable ||
           (errors.refuse() && !normal.errors.refuse());
  }

  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

}  // namespace tripcurve::faults
