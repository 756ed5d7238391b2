// How an upstream behaves towards a request: how long it takes, and what may go wrong instead.
#pragma once

#include <optional>

#include "faults/errors.hpp"
#include "faults/latency.hpp"

namespace tripcurve::faults {

struct Behaviour {
  Latency latency;
  Errors errors;

  // The same but for what is given.
  [[nodiscard]] Behaviour with(const std::optional<Latency>& other_latency,
                               const std::optional<Errors>& other_errors) const {
    return {other_latency.value_or(latency), other_errors.value_or(errors)};
  }

  // More requests fail, or they take longer on average, or the port is closed that was open.
  [[nodiscard]] bool is_worse_than(const Behaviour& normal) const {
    return errors.total() > normal.errors.total() || latency.mean() > normal.latency.mean() ||
           (errors.refuse() && !normal.errors.refuse());
  }

  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

}  // namespace tripcurve::faults
