// A condition over a breaker's counts, as people write it in code: gobreaker's ReadyToTrip, Dapr's
// trip. "Requests >= 3 && TotalFailures/Requests >= 0.6"
//
// Numbers, names, + - * /, comparisons, && || !, parentheses; Go's precedence. All arithmetic is in
// double; a division by zero makes the comparison that it stands in false, or true for x/0 > y, as
// IEEE 754 says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::breaker {

class Expression {
 public:
  // `names` are what it may speak of; evaluate() takes their values in the same order.
  [[nodiscard]] static Result<Expression> parse(std::string_view text,
                                                std::span<const std::string_view> names);

  [[nodiscard]] bool holds(std::span<const double> values) const;

  // One part of a condition that is nothing but such parts joined by &&: left op constant.
  struct Bound {
    std::string left;  // without white space: "TotalFailures/Requests"
    std::string op;    // ">", ">=", "<", "<=", "==", "!="
    double right = 0;
  };
  // The parts; empty when it has another form.
  [[nodiscard]] const std::vector<Bound>& bounds() const { return bounds_; }

 private:
  friend class ExpressionParser;
  enum class Op : std::uint8_t {
    constant,
    name,
    negate,
    invert,
    add,
    subtract,
    multiply,
    divide,
    greater,
    at_least,
    less,
    at_most,
    equal,
    unequal,
    both,
    either,
  };
  struct Step {
    Op op;
    double constant = 0;
    std::size_t name = 0;
  };
  std::vector<Step> steps_;  // postfix
  std::vector<Bound> bounds_;
  std::size_t depth_ = 0;  // of the stack that evaluation needs
};

}  // namespace tripcurve::breaker
