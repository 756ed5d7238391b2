// What a run is expected to show, as people write it:
//
//   time_to_open < 1s                      a metric, a comparison, a bound with its unit
//   upstream_requests < 5% of calls        a bound relative to another metric
//   transitions == [closed, open, half_open, closed]
//   p99 < 50ms and availability > 99%      several in one
//
// Comparisons: < <= > >= == !=. Metrics are listed in metrics.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/result.hpp"
#include "expect/metrics.hpp"
#include "report/judged.hpp"

namespace tripcurve::expect {

enum class Relation : std::uint8_t { less, at_most, greater, at_least, equal, different };

[[nodiscard]] std::string_view symbol(Relation comparison);  // "<"

// A number in the metric's unit, with the text it was written as.
struct FixedBound {
  double value = 0;
  friend bool operator==(const FixedBound&, const FixedBound&) = default;
};
// A share of another metric of the same unit, over the same scope.
struct RelativeBound {
  double share = 0;
  const Metric* of = nullptr;
  friend bool operator==(const RelativeBound&, const RelativeBound&) = default;
};
using Bound = std::variant<FixedBound, RelativeBound, std::vector<breaker::State>>;

// What an expectation is about: "time_in(open)" is a metric and a state.
struct NamedMetric {
  const Metric* metric = nullptr;
  std::optional<breaker::State> state{};
};

// Refuses an unknown metric (did you mean), a missing state, and one that the metric does not take.
[[nodiscard]] Result<NamedMetric> parse_metric(std::string_view text);

// One comparison.
struct Term {
  const Metric* metric = nullptr;
  std::optional<breaker::State> state{};  // of time_in(open)
  Relation comparison = Relation::less;
  Bound bound{};
  std::string text{};  // as written, with single spaces
  friend bool operator==(const Term&, const Term&) = default;
};

struct Expectation {
  std::vector<Term> terms{};  // all must hold; at least one
  report::Scope scope{};
  std::string place{};  // where it was written, for messages and reports

  [[nodiscard]] std::string text() const;
  friend bool operator==(const Expectation&, const Expectation&) = default;
};

// Refuses: an unknown metric (did you mean), a bound without its unit or of another unit, a
// comparison that no run could pass or fail (a share above 100 %, a count below 0, sent calls above
// 100 % of calls), a relative bound of another kind of metric, trailing text. `scope` and `place`
// are left empty.
[[nodiscard]] Result<Expectation> parse_expectation(std::string_view text);

// What a metric needs and a scope does not give, or a name that the run does not have: phases,
// endpoints and breakers by name, and the services and links of a topology.
struct Names {
  std::vector<std::string> phases{};
  std::vector<std::string> endpoints{};
  std::vector<std::string> breakers{};
  std::vector<std::string> services{};
  std::vector<std::string> links{};               // report::link_name()
  std::vector<std::string> links_with_breaker{};  // of these
  bool has_nesting = false;  // breakers one behind the other, see report::nestings()
};
// "order->payment", in the one form that a link is named by: "order -> payment".
[[nodiscard]] std::string link_scope(std::string_view text);

[[nodiscard]] std::optional<Error> mistake(const Expectation& expectation, const Names& names);

}  // namespace tripcurve::expect
