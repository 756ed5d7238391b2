// The records of a service's further dependencies. Not for other folders.
#pragma once

#include <array>

#include "report/record.hpp"
#include "report/summary.hpp"
#include "report/through_records.hpp"
#include "report/versus_record.hpp"

namespace tripcurve::report {

template <>
struct Record<DependencyPhase> {
  static constexpr auto name = "dependency_phase";
  static constexpr std::array fields{
      field<&DependencyPhase::name>("name", "its name"),
      field<&DependencyPhase::fault>("fault", "true if it is worse than normal"),
      field<&DependencyPhase::seen>("through",
                                    "[what was seen on both sides](#what-was-seen-in-a-phase)"),
  };
};

template <>
struct Record<DependencySummary> {
  static constexpr auto name = "dependency";
  static constexpr std::array fields{
      field<&DependencySummary::name>("name", "its name, and that of the service's breaker for it"),
      field<&DependencySummary::address>("address", "where the service called it"),
      field<&DependencySummary::observed>(
          "through", "[what was observed](#through-a-service) between the two"),
      field<&DependencySummary::phases>("phases", "[its own phases](#a-phase-of-a-dependency)"),
      field_if_any<&DependencySummary::versus>("versus",
                                               "[the simulation](#the-other-run) with the breaker "
                                               "that the service should have for it; absent "
                                               "without `like`"),
  };
};

}  // namespace tripcurve::report
