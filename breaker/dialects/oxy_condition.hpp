// The condition on which oxy's breaker trips, as Traefik's users write it:
//
//   LatencyAtQuantileMS(50.0) > 100 || ResponseCodeRatio(500, 600, 0, 600) > 0.25
//
// Comparisons of one function (left) with one constant (right), && and ||, parentheses; Go's
// precedence. As in cbreaker/predicates*.go at v2.2.0 a ratio is compared with a number that has a
// point, and the others with a whole one; what oxy refuses is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/dialects/oxy_metrics.hpp"
#include "core/result.hpp"

namespace tripcurve::breaker {

struct OxyComparison {
  enum class Function : std::uint8_t {
    network_error_ratio,
    response_code_ratio,
    latency_at_quantile_ms,
    request_threshold,
  };
  enum class Op : std::uint8_t { more, at_least, less, at_most, equal, unequal };

  Function function = Function::network_error_ratio;
  std::vector<double> arguments{};
  Op op = Op::more;
  double constant = 0;
  std::string left{};  // as it was written

  [[nodiscard]] double value(const OxyMetrics& metrics) const;
  [[nodiscard]] bool holds(const OxyMetrics& metrics) const;
};

class OxyCondition {
 public:
  [[nodiscard]] static Result<OxyCondition> parse(std::string_view text);

  [[nodiscard]] bool holds(const OxyMetrics& metrics) const;
  // The comparisons that hold, with their values: "NetworkErrorRatio() is 0.667".
  [[nodiscard]] std::string words(const OxyMetrics& metrics) const;

  [[nodiscard]] const std::vector<OxyComparison>& comparisons() const { return comparisons_; }
  // The groups of comparisons, each of which is enough when all of it holds, where the condition is
  // nothing but these; else empty.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const { return groups_; }

 private:
  friend class OxyParser;
  enum class Join : std::uint8_t { comparison, both, either };
  struct Step {
    Join join;
    std::size_t comparison = 0;
  };
  std::vector<OxyComparison> comparisons_;
  std::vector<Step> steps_;  // postfix
  std::vector<std::vector<std::size_t>> groups_;
};

}  // namespace tripcurve::breaker
