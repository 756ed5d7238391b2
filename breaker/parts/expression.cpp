#include "breaker/parts/expression.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {
namespace {

constexpr std::size_t max_depth = 32;  // of nested parentheses and of the evaluation's stack

}  // namespace

class ExpressionParser {
 public:
  using Op = Expression::Op;

  ExpressionParser(std::string_view text, std::span<const std::string_view> names)
      : text_(text), rest_(text), names_(names) {}

  Result<Expression> parse() {
    either();
    skip_space();
    if (!error_ && !rest_.empty()) {
      fail("cannot read " + quoted(rest_));
    }
    if (!error_ && !is_condition_) {
      fail("is a number, not a condition");
    }
    if (error_) {
      return *error_;
    }
    if (!only_bounds_) {
      expression_.bounds_.clear();
    }
    return expression_;
  }

 private:
  struct Binary {
    std::string_view word;
    Op op;
  };

  void fail(const std::string& what) {
    if (!error_) {
      error_ = Error{quoted(text_) + ": " + what, "write it like ConsecutiveFailures > 5"};
    }
  }

  void skip_space() { rest_.remove_prefix(rest_.size() - left_trimmed(rest_).size()); }
  static std::string_view left_trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
  }

  // Takes the first of the operators that stands next; those that start alike: longest first.
  std::optional<Binary> take(std::span<const Binary> operators) {
    skip_space();
    for (const auto& candidate : operators) {
      if (rest_.starts_with(candidate.word)) {
        rest_.remove_prefix(candidate.word.size());
        return candidate;
      }
    }
    return std::nullopt;
  }

  void push(Op op, double constant = 0, std::size_t name = 0) {
    expression_.steps_.push_back({op, constant, name});
    if (op == Op::constant || op == Op::name) {
      expression_.depth_ = std::max(expression_.depth_, ++height_);
      if (height_ > max_depth) {
        fail("is nested too deeply");
      }
    } else if (op != Op::negate && op != Op::invert) {
      --height_;
    }
  }

  void either() {
    static constexpr std::array operators{Binary{"||", Op::either}};
    both();
    while (const auto found = error_ ? std::nullopt : take(operators)) {
      only_bounds_ = false;
      need_condition();
      both();
      need_condition();
      push(found->op);
    }
  }

  void both() {
    static constexpr std::array operators{Binary{"&&", Op::both}};
    comparison();
    while (const auto found = error_ ? std::nullopt : take(operators)) {
      need_condition();
      comparison();
      need_condition();
      push(found->op);
    }
  }

  void comparison() {
    static constexpr std::array operators{Binary{">=", Op::at_least}, Binary{"<=", Op::at_most},
                                          Binary{"==", Op::equal},    Binary{"!=", Op::unequal},
                                          Binary{">", Op::greater},   Binary{"<", Op::less}};
    skip_space();
    const auto from = rest_;
    sum();
    const auto left = from.substr(0, from.size() - rest_.size());
    const auto found = error_ ? std::nullopt : take(operators);
    if (!found) {
      only_bounds_ = false;
      return;
    }
    if (is_condition_) {
      fail(quoted(left) + " is a condition, not a number");
    }
    const auto first_of_right = expression_.steps_.size();
    sum();
    if (error_) {
      return;
    }
    if (expression_.steps_.size() == first_of_right + 1 &&
        expression_.steps_.back().op == Op::constant) {
      std::string squeezed;
      std::ranges::copy_if(left, std::back_inserter(squeezed),
                           [](char c) { return white_space.find(c) == std::string_view::npos; });
      expression_.bounds_.push_back(
          {squeezed, std::string(found->word), expression_.steps_.back().constant});
    } else {
      only_bounds_ = false;
    }
    push(found->op);
    is_condition_ = true;
  }

  void sum() {
    static constexpr std::array operators{Binary{"+", Op::add}, Binary{"-", Op::subtract}};
    product();
    while (const auto found = error_ ? std::nullopt : take(operators)) {
      product();
      push(found->op);
    }
  }

  void product() {
    static constexpr std::array operators{Binary{"*", Op::multiply}, Binary{"/", Op::divide}};
    operand();
    while (const auto found = error_ ? std::nullopt : take(operators)) {
      operand();
      push(found->op);
    }
  }

  void operand() {
    is_condition_ = false;
    skip_space();
    if (error_) {
      return;
    }
    if (rest_.starts_with('(') || rest_.starts_with("double(")) {
      rest_.remove_prefix(rest_.find('(') + 1);
      if (++nesting_ > max_depth) {
        return fail("is nested too deeply");
      }
      either();
      --nesting_;
      skip_space();
      if (!error_ && !rest_.starts_with(')')) {
        return fail("a ) is missing");
      }
      if (!error_) {
        rest_.remove_prefix(1);
      }
      if (is_condition_) {
        only_bounds_ = false;
      }
      return;
    }
    if ((rest_.starts_with('-') || rest_.starts_with('!')) && ++nesting_ <= max_depth) {
      const auto op = rest_.front() == '-' ? Op::negate : Op::invert;
      rest_.remove_prefix(1);
      operand();
      --nesting_;
      if (op == Op::invert) {
        only_bounds_ = false;
        need_condition();
      }
      return push(op);
    }
    double constant = 0;
    const auto [end, mistake] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), constant);
    if (mistake == std::errc{} && rest_.find_first_of("0123456789.") == 0) {  // no nan, no inf
      constexpr double most = 1e15;  // counts are exact up to it
      if (constant > most) {
        return fail("holds a number above 1e15");
      }
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      return push(Op::constant, constant);
    }
    const auto length = std::min(
        rest_.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"),
        rest_.size());
    const auto word = rest_.substr(0, length);
    const auto name =
        std::ranges::find_if(names_, [&](auto known) { return same_word(known, word); });
    if (name == names_.end()) {
      fail(word.empty() ? "a number or a name is missing" : "unknown name " + quoted(word));
      error_->hint = did_you_mean(word, names_);
      return;
    }
    rest_.remove_prefix(length);
    push(Op::name, 0, static_cast<std::size_t>(name - names_.begin()));
  }

  void need_condition() {
    if (!error_ && !is_condition_) {
      fail("&& and || and ! join conditions, not numbers");
    }
  }

  std::string_view text_;
  std::string_view rest_;
  std::span<const std::string_view> names_;
  std::size_t height_ = 0;
  std::size_t nesting_ = 0;
  bool is_condition_ = false;
  bool only_bounds_ = true;
  std::optional<Error> error_;
  Expression expression_;
};

Result<Expression> Expression::parse(std::string_view text,
                                     std::span<const std::string_view> names) {
  return ExpressionParser(text, names).parse();
}

bool Expression::holds(std::span<const double> values) const {
  std::array<double, max_depth> stack;  // NOLINT: written before it is read
  std::size_t top = 0;
  for (const auto& step : steps_) {
    if (step.op == Op::constant) {
      stack[top++] = step.constant;
      continue;
    }
    if (step.op == Op::name) {
      stack[top++] = values[step.name];
      continue;
    }
    const double right = stack[top - 1];
    if (step.op == Op::negate || step.op == Op::invert) {
      stack[top - 1] = step.op == Op::negate ? -right : (right == 0 ? 1 : 0);
      continue;
    }
    --top;
    double& left = stack[top - 1];
    switch (step.op) {
      case Op::add:
        left += right;
        break;
      case Op::subtract:
        left -= right;
        break;
      case Op::multiply:
        left *= right;
        break;
      case Op::divide:
        left /= right;
        break;
      case Op::greater:
        left = left > right ? 1 : 0;
        break;
      case Op::at_least:
        left = left >= right ? 1 : 0;
        break;
      case Op::less:
        left = left < right ? 1 : 0;
        break;
      case Op::at_most:
        left = left <= right ? 1 : 0;
        break;
      case Op::equal:
        left = left == right ? 1 : 0;
        break;
      case Op::unequal:
        left = left != right ? 1 : 0;
        break;
      case Op::both:
        left = left != 0 && right != 0 ? 1 : 0;
        break;
      case Op::either:
        left = left != 0 || right != 0 ? 1 : 0;
        break;
      case Op::constant:
      case Op::name:
      case Op::negate:
      case Op::invert:
        ENSURE(false);
    }
  }
  return stack[0] != 0;
}

}  // namespace tripcurve::breaker
