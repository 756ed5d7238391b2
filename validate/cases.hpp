// What tripcurve comes to, beside what theory, publications and measurements say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "validate/stand.hpp"

namespace tripcurve::validate {

struct Row {
  std::string what;
  std::string expected;
  std::string found;
  bool holds = false;
};

struct Section {
  std::string title;
  std::string about;  // sources, and how it was measured
  std::vector<Row> rows;
};

// How much of it: 1 for a test, some tens for a document.
struct Effort {
  std::uint32_t times = 1;
};

// Holds within the tolerance, a share of what is expected, or within four standard errors.
[[nodiscard]] Row row_of(std::string what, double expected, const Estimate& found,
                         double tolerance = 0);
[[nodiscard]] Row row_of(std::string what, const std::string& expected, const std::string& found);

[[nodiscard]] Section queues(const Effort& effort);
[[nodiscard]] Section rows_and_windows(const Effort& effort);
[[nodiscard]] Section detection(const Effort& effort);
[[nodiscard]] Section recovery(const Effort& effort);
[[nodiscard]] Section long_run_cycle(const Effort& effort);
[[nodiscard]] Section amplification_by_retries(const Effort& effort);
[[nodiscard]] Section brooker_retries(const Effort& effort);
[[nodiscard]] Section jitter_study(const Effort& effort);
[[nodiscard]] Section metastable(const Effort& effort);
[[nodiscard]] Section cascade(const Effort& effort);
[[nodiscard]] Section false_trip_forecasts(const Effort& effort);
[[nodiscard]] Section icsa_paper(const Effort& effort);
[[nodiscard]] Section measured_resilience4j(const Effort& effort);

[[nodiscard]] std::vector<Section> all_sections(const Effort& effort);

}  // namespace tripcurve::validate
