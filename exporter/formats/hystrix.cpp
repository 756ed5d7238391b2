// Hystrix as properties, and hystrix-go as JSON for its commands.
#include <fmt/format.h>

#include <array>

#include "exporter/formats.hpp"
#include "exporter/values.hpp"

namespace tripcurve::exporter {
namespace {

// What belongs to a command; the rest is of its thread pool.
constexpr std::array<std::string_view, 4> of_command{"circuitBreaker.", "metrics.", "execution.",
                                                     "fallback."};

std::string property(std::string_view name, std::string_view instance) {
  for (const auto group : of_command) {
    if (name.starts_with(group)) {
      return fmt::format("hystrix.command.{}.{}", instance, name);
    }
  }
  return fmt::format("hystrix.threadpool.{}.{}", instance, name);
}

}  // namespace

Exported write_hystrix(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  // A command that says nothing of it runs in a thread, which is not what the dialect says.
  constexpr std::string_view strategy = "execution.isolation.strategy";
  for (const auto& setting : choice.settings()) {
    if (setting.given || setting.key == strategy) {
      const Value value(choice, setting);
      exported.text += fmt::format("{}={}\n", property(value.name(), instance), value.bare());
    }
  }
  return exported;
}

Exported write_hystrix_go(const breaker::Choice& choice, std::string_view instance) {
  Exported exported;
  std::string members;
  for (const auto& value : given_values(choice)) {
    members +=
        fmt::format("{}\n    \"{}\": {}", members.empty() ? "" : ",", value.name(), value.bare());
  }
  exported.text = fmt::format("{{\n  \"{}\": {{{}\n  }}\n}}\n", instance, members);
  return exported;
}

}  // namespace tripcurve::exporter
