// The text format of Prometheus (version 0.0.4) and OpenMetrics 1.0, as far as one sample goes.
// Not for other folders.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::claims {

struct Sample {
  std::vector<std::pair<std::string, std::string>> labels{};
  double value = 0;

  // "" where it has no such label, which is the same to Prometheus.
  [[nodiscard]] std::string_view label(std::string_view name) const;
};

// Those of that name, in order. Lines of other metrics are not read. The Error quotes a line that
// cannot be read.
[[nodiscard]] Result<std::vector<Sample>> samples_of(std::string_view text, std::string_view name);

}  // namespace tripcurve::claims
