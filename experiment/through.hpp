// A service that the load goes through on its way to the upstream, which plays its dependency: the
// breaker under test is the one that the service has.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "breaker/registry.hpp"
#include "claims/source.hpp"
#include "core/time.hpp"
#include "faults/plan.hpp"

namespace tripcurve::experiment {

// How to start the service, and when it is ready (child/ready.hpp).
struct Start {
  std::string command{};  // as a shell takes it
  std::vector<std::pair<std::string, std::string>> environment{};
  std::string folder{};                       // that it works in
  std::string output = "through-output.log";  // the file that gets what it prints
  std::string ready_url{};
  std::string ready_line{};
  std::uint16_t ready_port = 0;
  Duration ready_within = std::chrono::seconds(30);
  Duration grace = std::chrono::seconds(5);  // between SIGTERM and SIGKILL
  friend bool operator==(const Start&, const Start&) = default;
};

// A further dependency of the service.
struct Dependency {
  std::string name{};
  std::uint16_t listen = 0;
  std::optional<faults::Upstream> upstream{};  // none: as the experiment's
  std::vector<faults::PhaseSpec> phases{};     // none: the experiment's
  std::optional<breaker::Choice> like{};       // the breaker that the service should have for it
  friend bool operator==(const Dependency&, const Dependency&) = default;
};

struct Through {
  std::string url{};         // that is called
  std::uint16_t listen = 0;  // where the service expects its dependency, on 127.0.0.1
  std::string name{};        // of that dependency, where there are several; it is the experiment's
  std::vector<Dependency> others{};
  // What tells the instances of the service apart by their requests to a dependency: a field of
  // theirs, or "address" for where they come from. "": nothing.
  std::string instances{};
  std::string id_header{};  // that it passes on, beside traceparent and X-Request-Id
  std::optional<Start> start{};
  std::vector<claims::Source> states{};  // where it says itself what state its breaker is in
  friend bool operator==(const Through&, const Through&) = default;
};

}  // namespace tripcurve::experiment
