// tripcurve upstream: the fault-injecting server alone.

#include <memory>

#include "cli/command.hpp"
#include "cli/serving.hpp"

namespace tripcurve::cli {

Command add_upstream(CLI::App& app) {
  auto flags = std::make_shared<ServingFlags>();
  auto& command =
      add_command(app, "upstream", "Start only the fault-injecting server",
                  "Prints its address on standard output. After the last --phase, the\nupstream "
                  "returns to normal. Examples:\n"
                  "  tripcurve upstream --port 8080 --latency p50=20ms,p99=400ms --errors 5%\n"
                  "  tripcurve upstream --errors 500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%\n"
                  "  tripcurve upstream --phase 'up 30s' --phase 'down 10s errors=refuse' --loop");
  add_upstream_flags(command, flags->experiment);
  add_serving_flags(command, *flags);
  FlagGroup(command, "Server")("--body-limit", flags->body_limit, "SIZE",
                               "a longer request body gets a 413 (8MiB)");
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return serve_faults(*flags, nullptr); }};
}

}  // namespace tripcurve::cli
