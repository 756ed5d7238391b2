#include "cli/page_flags.hpp"

#include "cli/command.hpp"
#include "cli/version.hpp"

namespace tripcurve::cli {
namespace {

Result<std::optional<serve::Address>> address_of(const char* flag,
                                                 const std::optional<std::string>& text) {
  if (!text) {
    return std::optional<serve::Address>();
  }
  if (text->empty()) {
    return std::optional(serve::Address{});
  }
  const auto address = serve::parse_address(*text);
  if (!address) {
    return address.error().in(flag);
  }
  return std::optional(*address);
}

}  // namespace

void add_page_flags(CLI::App& command, PageFlags& flags) {
  const FlagGroup add(command, "Output");
  add.with_optional_text("--dashboard", flags.dashboard, "[ADDR]",
                         "watch in a browser, at 127.0.0.1 or ADDR");
  add("--metrics", flags.metrics, "ADDR", "serve Prometheus metrics at ADDR/metrics");
  add_control_flags(command, flags.control);
}

Result<trial::Pages::Options> pages_of(const PageFlags& flags, bool can_inject) {
  const auto dashboard = address_of("--dashboard", flags.dashboard);
  if (!dashboard) {
    return dashboard.error();
  }
  const auto metrics = address_of("--metrics", flags.metrics);
  if (!metrics) {
    return metrics.error();
  }
  const auto control = control_of(flags.control);
  if (!control) {
    return control.error();
  }
  if (*control && !can_inject) {
    return Error{"--control changes the faults of an upstream of tripcurve, and there is none",
                 "leave it out, or --target"};
  }
  return trial::Pages::Options{.dashboard = *dashboard,
                               .metrics = *metrics,
                               .control = *control,
                               .control_token = flags.control.token.value_or(""),
                               .can_inject = can_inject,
                               .tool_version = version};
}

}  // namespace tripcurve::cli
