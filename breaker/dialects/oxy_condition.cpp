#include "breaker/dialects/oxy_condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::breaker {

using Function = OxyComparison::Function;
using Op = OxyComparison::Op;

double OxyComparison::value(const OxyMetrics& metrics) const {
  switch (function) {
    case Function::network_error_ratio:
      return metrics.network_error_ratio();
    case Function::response_code_ratio:
      return metrics.response_code_ratio({arguments[0], arguments[1]},
                                         {arguments[2], arguments[3]});
    case Function::latency_at_quantile_ms:
      return static_cast<double>(metrics.latency_at_quantile(arguments[0]));
    case Function::request_threshold:
      return static_cast<double>(metrics.total());
  }
  return 0;
}

bool OxyComparison::holds(const OxyMetrics& metrics) const {
  const double found = value(metrics);
  switch (op) {
    case Op::more:
      return found > constant;
    case Op::at_least:
      return found >= constant;
    case Op::less:
      return found < constant;
    case Op::at_most:
      return found <= constant;
    case Op::equal:
      return found == constant;
    case Op::unequal:
      return found != constant;
  }
  return false;
}

bool OxyCondition::holds(const OxyMetrics& metrics) const {
  std::vector<bool> stack;
  for (const auto& [join, comparison] : steps_) {
    if (join == Join::comparison) {
      stack.push_back(comparisons_[comparison].holds(metrics));
      continue;
    }
    const bool right = stack.back();
    stack.pop_back();
    stack.back() = join == Join::both ? stack.back() && right : stack.back() || right;
  }
  return stack.back();
}

std::string OxyCondition::words(const OxyMetrics& metrics) const {
  std::string words;
  for (const auto& comparison : comparisons_) {
    if (comparison.holds(metrics)) {
      words += fmt::format("{}{} is {:.3g}", words.empty() ? "" : ", ", comparison.left,
                           comparison.value(metrics));
    }
  }
  return words;
}

namespace {

// What a function takes and gives; a number with a point is no whole one to Go.
struct OxyFunction {
  std::string_view name;
  std::size_t arguments;
  bool fractional_arguments;
  bool fractional;
  std::string_view example;
};
constexpr std::array oxy_functions{
    OxyFunction{"NetworkErrorRatio", 0, false, true, "NetworkErrorRatio() > 0.5"},
    OxyFunction{"ResponseCodeRatio", 4, false, true, "ResponseCodeRatio(500, 600, 0, 600) > 0.5"},
    OxyFunction{"LatencyAtQuantileMS", 1, true, false, "LatencyAtQuantileMS(50.0) > 100"},
    OxyFunction{"RequestThreshold", 0, false, false, "RequestThreshold() > 10"},
};
constexpr std::array<std::pair<std::string_view, Op>, 6> oxy_operators{{{">=", Op::at_least},
                                                                        {"<=", Op::at_most},
                                                                        {"==", Op::equal},
                                                                        {"!=", Op::unequal},
                                                                        {">", Op::more},
                                                                        {"<", Op::less}}};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

// Recursive descent; the first mistake is kept, and ends the reading.
class OxyParser {
 public:
  explicit OxyParser(std::string_view text) : rest_(text) {}

  Result<OxyCondition> read() {
    auto groups = either(0);
    if (!error_ && !trim(rest_).empty()) {
      fail(quoted(trim(rest_)) + " is not supported", "join comparisons by && or ||");
    }
    if (error_) {
      return *error_;
    }
    if (groups) {
      condition_.groups_ = *std::move(groups);
    }
    return std::move(condition_);
  }

 private:
  using Join = OxyCondition::Join;
  // What is enough, where it is so simple: alternatives of comparisons that must hold together.
  using Groups = std::optional<std::vector<std::vector<std::size_t>>>;

  void fail(std::string message, std::string_view hint) {
    if (!error_) {
      error_ = Error{std::move(message), std::string(hint)};
    }
  }

  bool take(std::string_view token) {
    rest_ = rest_.substr(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
    if (error_ || !rest_.starts_with(token)) {
      return false;
    }
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view word() {
    (void)take("");
    const auto end = std::ranges::find_if_not(rest_, [](char c) { return is_word(c) || c == '.'; });
    const auto found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }

  Groups either(int depth) {
    auto groups = both(depth);
    while (take("||")) {
      auto more = both(depth);
      condition_.steps_.push_back({Join::either});
      if (groups && more) {
        groups->insert(groups->end(), more->begin(), more->end());
      } else {
        groups.reset();
      }
    }
    return groups;
  }

  Groups both(int depth) {
    auto groups = one(depth);
    while (take("&&")) {
      auto more = one(depth);
      condition_.steps_.push_back({Join::both});
      if (groups && more && groups->size() == 1 && more->size() == 1) {
        groups->front().insert(groups->front().end(), more->front().begin(), more->front().end());
      } else {
        groups.reset();
      }
    }
    return groups;
  }

  Groups one(int depth) {
    constexpr int deepest = 50;
    if (!take("(")) {
      return comparison();
    }
    if (depth == deepest) {
      fail("nested too deeply", "leave out parentheses that && and || do not need");
    }
    auto groups = error_ ? Groups{} : either(depth + 1);
    if (!error_ && !take(")")) {
      fail("a parenthesis is not closed", "write ) where it ends");
    }
    return groups;
  }

  Groups comparison() {
    OxyComparison read;
    (void)take("");
    const auto start = rest_;
    const auto name = word();
    const auto* function = std::ranges::find(oxy_functions, name, &OxyFunction::name);
    if (function == oxy_functions.end()) {
      fail(name.empty() ? "a comparison is missing" : quoted(name) + " is not one of its functions",
           "write for example NetworkErrorRatio() > 0.5, ResponseCodeRatio(500, 600, 0, 600) > "
           "0.5, LatencyAtQuantileMS(50.0) > 100 or RequestThreshold() > 10");
      return {};
    }
    read.function = static_cast<Function>(function - oxy_functions.begin());
    arguments(*function, read);
    read.left = trim(start.substr(0, start.size() - rest_.size()));
    const auto* op =
        std::ranges::find_if(oxy_operators, [&](const auto& known) { return take(known.first); });
    if (op == oxy_operators.end()) {
      fail(read.left + " is not compared with anything", write_such_as(*function));
      return {};
    }
    read.op = op->second;
    read.constant = number(*function, function->fractional);
    condition_.steps_.push_back({Join::comparison, condition_.comparisons_.size()});
    condition_.comparisons_.push_back(std::move(read));
    const std::vector<std::size_t> alone{condition_.comparisons_.size() - 1};
    return Groups(std::in_place, 1, alone);
  }

  void arguments(const OxyFunction& function, OxyComparison& read) {
    bool well = take("(");
    for (std::size_t i = 0; i < function.arguments; ++i) {
      well = well && (i == 0 || take(","));
      read.arguments.push_back(well ? number(function, function.fractional_arguments) : 0);
    }
    if (!well || !take(")")) {
      fail(fmt::format("{} takes {} arguments", function.name, function.arguments),
           write_such_as(function));
    }
  }

  double number(const OxyFunction& function, bool fractional) {
    auto text = word();
    const bool in_exponent = text.ends_with('e') || text.ends_with('E');
    if (in_exponent && (rest_.starts_with('-') || rest_.starts_with('+'))) {
      const auto* start = text.data();
      rest_.remove_prefix(1);
      (void)word();
      text = {start, static_cast<std::size_t>(rest_.data() - start)};
    }
    const bool has_point = text.find_first_of(".eE") != std::string_view::npos;
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) {
      fail(fmt::format("{} is not a number", quoted(text.empty() ? rest_ : text)),
           write_such_as(function));
    } else if (has_point != fractional) {
      fail(fmt::format("{} {}, and {} needs one {}", text,
                       has_point ? "is not a whole number" : "has no point", function.name,
                       fractional ? "with a point" : "without"),
           write_such_as(function));
    }
    return value;
  }

  static std::string write_such_as(const OxyFunction& function) {
    return "write for example " + std::string(function.example);
  }

  std::string_view rest_;
  OxyCondition condition_;
  std::optional<Error> error_;
};

Result<OxyCondition> OxyCondition::parse(std::string_view text) { return OxyParser(text).read(); }

}  // namespace tripcurve::breaker
