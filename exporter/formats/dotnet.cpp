// Polly's breaker in a section that is bound to HttpStandardResilienceOptions.
#include <fmt/format.h>

#include <array>

#include "exporter/formats.hpp"
#include "exporter/values.hpp"

namespace tripcurve::exporter {
namespace {

constexpr std::array<Name, 4> in_options{{{"FailureRatio", "FailureRatio"},
                                          {"MinimumThroughput", "MinimumThroughput"},
                                          {"SamplingDuration", "SamplingDuration"},
                                          {"BreakDuration", "BreakDuration"}}};

std::string option(const Value& value) {
  const auto duration = value.duration();
  return duration ? fmt::format("\"{}\"", time_span(*duration)) : value.bare();
}

}  // namespace

Exported write_dotnet(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  const auto values = named_values(choice, in_options, option, exported.left_out);
  std::string members;
  for (const auto& [key, value] : values) {
    members += fmt::format("{}\n      \"{}\": {}", members.empty() ? "" : ",", key, value);
  }
  exported.text = left_out_comment("//", exported.left_out) +
                  fmt::format("{{\n  \"{}\": {{\n    \"CircuitBreaker\": {{{}\n    }}\n  }}\n}}\n",
                              instance, members);
  return exported;
}

}  // namespace tripcurve::exporter
