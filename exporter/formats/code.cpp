// Libraries whose settings stand in code: Go and JavaScript.
#include <fmt/format.h>

#include <cctype>

#include "exporter/formats.hpp"
#include "exporter/values.hpp"

namespace tripcurve::exporter {
namespace {

// "TotalFailures / Requests >= 0.5" as Go says it of counts. What divides, or compares with a
// fraction, must not be done in integers.
std::string go_condition(std::string_view expression) {
  const bool in_fractions = expression.find_first_of("/.") != std::string_view::npos;
  std::string text;
  for (std::size_t i = 0; i < expression.size();) {
    auto end = i;
    while (end < expression.size() &&
           (std::isalnum(static_cast<unsigned char>(expression[end])) != 0)) {
      ++end;
    }
    const auto word = expression.substr(i, end - i);
    if (word.empty()) {
      text += expression[i++];
      continue;
    }
    const bool is_name = std::isalpha(static_cast<unsigned char>(word.front())) != 0;
    text += !is_name       ? std::string(word)
            : in_fractions ? fmt::format("float64(counts.{})", word)
                           : fmt::format("counts.{}", word);
    i = end;
  }
  return text;
}

std::string go_field(const Value& value) {
  if (value.name() == "ReadyToTrip") {
    return fmt::format(
        "\tReadyToTrip: func(counts gobreaker.Counts) bool {{\n\t\treturn {}\n\t}},\n",
        go_condition(value.text()));
  }
  const auto duration = value.duration();
  return fmt::format("\t{}: {},\n", value.name(), duration ? go_duration(*duration) : value.bare());
}

}  // namespace

Exported write_gobreaker(const breaker::Choice& choice, std::string_view instance) {
  Exported exported{.text = fmt::format("gobreaker.Settings{{\n\tName: \"{}\",\n", instance)};
  for (const auto& value : given_values(choice)) {
    exported.text += go_field(value);
  }
  exported.text += "}\n";
  return exported;
}

Exported write_opossum(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  std::string options = fmt::format("  name: '{}',\n", instance);
  for (const auto& value : given_values(choice)) {
    if (value.type() == breaker::ValueType::text) {
      exported.left_out.emplace_back(value.name());  // a function of the caller's
      continue;
    }
    options += fmt::format("  {}: {},\n", value.name(), value.bare());
  }
  exported.text = left_out_comment("//", exported.left_out) +
                  fmt::format("const breaker = new CircuitBreaker(action, {{\n{}}});\n", options);
  return exported;
}

}  // namespace tripcurve::exporter
