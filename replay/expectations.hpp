// What a replay is expected to find, of each setting or of one:
//
//   false_trips == 0       of each
//   B: recall >= 80%       of the second
//
// The metrics are those of recorded traffic: what a breaker would have done with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "expect/expectation.hpp"

namespace tripcurve::replay {

struct Findings;
struct Outcomes;

struct Metric {
  std::string_view name;
  expect::Unit unit = expect::Unit::count;
  std::string_view summary;  // one line
  bool needs_incidents = false;

  struct Value {
    std::optional<double> value{};
    bool may_be_more = false;  // not every transition was kept
    bool never = false;        // what is waited for did not come
    // Of what one trace tells only by chance: what the true one lies between, 19 times in 20.
    std::optional<std::pair<double, double>> between{};
    std::string why{};  // why there is no value
  };
  Value (*of)(const Findings& findings, const Outcomes& outcomes) = nullptr;
};

// In the order they are listed.
[[nodiscard]] std::span<const Metric> metrics();

struct Expectation {
  const Metric* metric = nullptr;
  expect::Relation relation = expect::Relation::less;
  double bound = 0;                      // in the metric's unit
  std::optional<std::size_t> setting{};  // none: each
  std::string text{};                    // as written, with single spaces
};

// Refuses an unknown metric (did you mean), a bound without its unit, a setting that there is not
// among so many, and what only incidents can tell where none is marked.
[[nodiscard]] Result<Expectation> parse_expectation(std::string_view text, std::size_t settings,
                                                    bool has_incidents);

enum class Judgement : std::uint8_t { pass, fail, inconclusive };

// "pass", "fail", "inconclusive".
[[nodiscard]] std::string_view name(Judgement judgement);

// One expectation of one setting.
struct Judged {
  std::size_t setting = 0;
  const Expectation* expectation = nullptr;
  Judgement judgement = Judgement::pass;
  std::string observed{};  // "3", "52.3%", or why nobody can tell
};

// All of the plan's, in their order. The findings must outlive them.
[[nodiscard]] std::vector<Judged> judge(const Findings& findings);

// Of all together: fail if one fails, else inconclusive if one is.
[[nodiscard]] Judgement verdict(const std::vector<Judged>& all);

}  // namespace tripcurve::replay
