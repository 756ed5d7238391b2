#include "cli/control_flags.hpp"

namespace tripcurve::cli {

void add_control_flags(CLI::App& command, ControlFlags& flags) {
  const FlagGroup add(command, "Control");
  add("--control", flags.address, "ADDR", "let 'tripcurve faults' and HTTP change faults");
  add("--control-token", flags.token, "TOKEN", "only for those who send this token");
}

Result<std::optional<serve::Address>> control_of(const ControlFlags& flags) {
  if (!flags.address) {
    if (flags.token) {
      return Error{"--control-token says who may change faults, but nobody can",
                   "add --control 127.0.0.1:9000"};
    }
    return std::optional<serve::Address>();
  }
  if (flags.token && flags.token->empty()) {
    return Error{"--control-token: an empty token protects nothing",
                 "give one that nobody can guess, or leave out the flag"};
  }
  const auto address = serve::parse_address(*flags.address);
  return address ? Result<std::optional<serve::Address>>(std::optional(*address))
                 : address.error().in("--control");
}

}  // namespace tripcurve::cli
