// Read in dapr pkg/expr/expr.go: names are of type Any, so what does not fit them is found when a
// call has ended, and an error of the evaluation does not trip (pkg/resiliency/breaker). What does
// not fit without them is found when the policy is loaded. Operators: the CEL specification, and
// cel-go without CrossTypeNumericComparisons.
#include "importer/formats/dapr_trip.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> trip_counts{
    {{"requests", "Requests"},
     {"totalSuccesses", "TotalSuccesses"},
     {"totalFailures", "TotalFailures"},
     {"consecutiveSuccesses", "ConsecutiveSuccesses"},
     {"consecutiveFailures", "ConsecutiveFailures"}}};

constexpr std::string_view how = "write double(totalFailures) / double(requests) > 0.5";
constexpr std::string_view never = "0 > 1";

// What CEL knows of a part of the condition before it evaluates it.
enum class Kind : std::uint8_t {
  count,  // a name or what is made of one: Any to the checker, a whole number in truth
  whole,
  real,
  condition,
};

struct TripPart {
  std::string text;
  Kind kind = Kind::count;
  bool fails = false;
};

bool is_in_word(unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; }

class CelReader {
 public:
  CelReader(const Node& node, std::string_view text) : node_(node), rest_(text) {}

  // What it cannot read it leaves as it is: the dialect says what is wrong with it.
  Result<Trip> read() {
    auto all = either();
    if (error_) {
      return *error_;
    }
    return Trip{all.text + std::string(rest_), all.fails};
  }

 private:
  void refuse(std::string message, std::string_view hint = how) {
    if (!error_) {
      error_ = node_.at.error(std::move(message), std::string(hint));
    }
  }

  std::string take_space() {
    const auto end = std::min(rest_.find_first_not_of(white_space), rest_.size());
    const auto space = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return std::string(space);
  }

  // Takes one of the operators that stands next, with the blanks before it; longest first.
  std::optional<std::string> take(std::span<const std::string_view> operators) {
    const auto before = rest_;
    const auto space = take_space();
    for (const auto word : operators) {
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return space + std::string(word);
      }
    }
    rest_ = before;
    return std::nullopt;
  }

  TripPart either() { return joined({"||"}, &CelReader::both); }
  TripPart both() { return joined({"&&"}, &CelReader::comparison); }

  TripPart joined(std::initializer_list<std::string_view> operators,
                  TripPart (CelReader::*next)()) {
    auto left = (this->*next)();
    while (const auto op = take(std::span(operators.begin(), operators.size()))) {
      const auto right = (this->*next)();
      left.text += *op + right.text;
      left.kind = Kind::condition;
      left.fails = left.fails || right.fails;
    }
    return left;
  }

  TripPart comparison() {
    constexpr std::array<std::string_view, 6> operators{">=", "<=", "==", "!=", ">", "<"};
    auto left = sum();
    const auto op = take(operators);
    if (!op) {
      return left;
    }
    const auto right = sum();
    if (mixed(left, right)) {
      refuse("CEL cannot compare a double with a whole number, so Dapr does not load this policy",
             "write both sides in the same way: 0.0 instead of 0");
    }
    if (!left.fails && !right.fails) {
      return {left.text + *op + right.text, Kind::condition};
    }
    const auto indent = left.text.find_first_not_of(white_space);
    return {left.text.substr(0, indent) + std::string(never), Kind::condition, true};
  }

  // Both are known, and are not the same.
  static bool mixed(const TripPart& left, const TripPart& right) {
    return (left.kind == Kind::whole && right.kind == Kind::real) ||
           (left.kind == Kind::real && right.kind == Kind::whole);
  }

  TripPart combined(TripPart left, const std::string& op, const TripPart& right) {
    if (mixed(left, right)) {
      refuse("CEL cannot mix doubles and whole numbers, so Dapr does not load this policy");
    }
    const bool real = left.kind == Kind::real || right.kind == Kind::real;
    const bool of_count = left.kind == Kind::count || right.kind == Kind::count;
    const bool fails = left.fails || right.fails || (real && of_count);
    if (op.ends_with('/') && !real) {
      refuse("CEL divides whole numbers and drops the remainder, which tripcurve cannot do");
    }
    left.text += op + right.text;
    left.kind = real ? Kind::real : of_count ? Kind::count : Kind::whole;
    left.fails = fails;
    return left;
  }

  TripPart sum() {
    constexpr std::array<std::string_view, 2> operators{"+", "-"};
    auto left = product();
    while (const auto op = take(operators)) {
      left = combined(std::move(left), *op, product());
    }
    return left;
  }

  TripPart product() {
    constexpr std::array<std::string_view, 2> operators{"*", "/"};
    auto left = operand();
    while (const auto op = take(operators)) {
      left = combined(std::move(left), *op, operand());
    }
    return left;
  }

  TripPart operand() {
    constexpr int deepest = 64;
    auto space = take_space();
    if (rest_.empty() || depth_ > deepest) {
      return {space};
    }
    const char c = rest_.front();
    if (c == '(') {
      return in_parentheses(std::move(space), false);
    }
    if (c == '-' || c == '!') {
      rest_.remove_prefix(1);
      ++depth_;
      auto inner = operand();
      --depth_;
      if (c == '!' && inner.fails) {
        refuse("the part behind ! mixes doubles and whole numbers, which CEL cannot evaluate");
      }
      inner.text = space + c + inner.text;
      return inner;
    }
    const auto end = std::ranges::find_if_not(rest_, is_in_word);
    const std::string word(rest_.begin(), end);
    rest_.remove_prefix(word.size());
    if (word == "double" && trim(rest_).starts_with('(')) {
      (void)take_space();
      return in_parentheses(std::move(space), true);
    }
    if (!word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) != 0) {
      const bool real = word.find_first_of(".eE") != std::string::npos;
      return {space + word, real ? Kind::real : Kind::whole};
    }
    const auto known =
        std::ranges::find(trip_counts, word, &std::pair<std::string_view, std::string_view>::first);
    return {space + (known == trip_counts.end() ? word : std::string(known->second))};
  }

  // What stands in parentheses. double(name) is just name; around more than a name they stay.
  TripPart in_parentheses(std::string space, bool converts) {
    rest_.remove_prefix(1);
    ++depth_;
    auto inner = either();
    --depth_;
    inner.text += take_space();
    if (rest_.starts_with(')')) {
      rest_.remove_prefix(1);
      const auto name = trim(inner.text);
      const bool plain = converts && std::ranges::all_of(name, is_in_word);
      inner.text = space + (plain ? std::string(name) : "(" + inner.text + ")");
    } else {
      inner.text = space + "(" + inner.text;
    }
    inner.kind = converts ? Kind::real : inner.kind;
    return inner;
  }

  const Node& node_;
  std::string_view rest_;
  int depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Trip> read_trip(const Node& node) {
  const auto text = as_text(node);
  return text ? CelReader(node, *text).read() : Result<Trip>(text.error());
}

}  // namespace tripcurve::importer
