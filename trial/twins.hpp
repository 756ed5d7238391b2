// What a run is set beside in its report.
#pragma once

#include <optional>
#include <vector>

#include "report/summary.hpp"

namespace tripcurve::trial {

// The other runs of the same load and faults, if there are any.
struct Twins {
  std::optional<report::Versus> versus{};
  std::vector<std::optional<report::Versus>> of_dependencies{};  // of a service; but of the first
};

}  // namespace tripcurve::trial
