// What serves faults by HTTP until it is stopped: an upstream, or a proxy in front of a service.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/control_flags.hpp"
#include "cli/experiment_flags.hpp"
#include "core/exit_code.hpp"
#include "net/client.hpp"

namespace tripcurve::cli {

struct ServingFlags {
  ExperimentFlags experiment;
  ControlFlags control;
  std::optional<std::string> body_limit;
  bool loop = false;
  bool print_plan = false;
};

// Those that all of them have, beside add_upstream_flags() and add_seed_flag().
void add_serving_flags(CLI::App& command, ServingFlags& flags);

// `service` is resolved, or null: then tripcurve answers by itself.
[[nodiscard]] ExitCode serve_faults(const ServingFlags& flags,
                                    std::shared_ptr<const net::Target> service);

}  // namespace tripcurve::cli
