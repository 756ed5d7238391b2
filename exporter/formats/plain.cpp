// tripcurve's own form, for every dialect.
#include <fmt/format.h>

#include "exporter/formats.hpp"
#include "exporter/values.hpp"

namespace tripcurve::exporter {
namespace {

// In quotes, so that YAML takes nothing in it for its own.
std::string quoted_scalar(std::string_view text) {
  std::string scalar = "'";
  for (const char c : text) {
    scalar += c == '\'' ? std::string("''") : std::string(1, c);
  }
  return scalar + "'";
}

}  // namespace

Exported write_plain(const breaker::Choice& choice, std::string_view /*instance*/) {
  Exported exported{.text = fmt::format("breaker:\n  dialect: {}\n", choice.dialect().name)};
  for (const auto& value : given_values(choice)) {
    exported.text += fmt::format("  {}: {}\n", value.name(), quoted_scalar(value.text()));
  }
  return exported;
}

}  // namespace tripcurve::exporter
