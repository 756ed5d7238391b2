#include "validate/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tripcurve::validate {

Row row_of(std::string what, double expected, const Estimate& found, double tolerance) {
  const double off = std::abs(found.mean - expected);
  return {.what = std::move(what),
          .expected = fmt::format("{:.5g}", expected),
          .found = found.error > 0 ? fmt::format("{:.5g} ± {:.2g}", found.mean, found.error)
                                   : fmt::format("{:.5g}", found.mean),
          .holds = off <= std::max(tolerance * std::abs(expected), 4 * found.error)};
}

Row row_of(std::string what, const std::string& expected, const std::string& found) {
  return {std::move(what), expected, found, expected == found};
}

std::vector<Section> all_sections(const Effort& effort) {
  return {queues(effort),
          rows_and_windows(effort),
          detection(effort),
          recovery(effort),
          long_run_cycle(effort),
          false_trip_forecasts(effort),
          amplification_by_retries(effort),
          brooker_retries(effort),
          jitter_study(effort),
          metastable(effort),
          cascade(effort),
          icsa_paper(effort),
          measured_resilience4j(effort)};
}

}  // namespace tripcurve::validate
