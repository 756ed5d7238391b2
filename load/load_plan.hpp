// What load to make: when calls are due, how long one may take, and how many may be under way.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "core/units.hpp"
#include "load/endpoint.hpp"

namespace tripcurve::load {

enum class Arrival : std::uint8_t {
  constant,  // one call every 1/rate
  poisson,   // independent arrivals: gaps are exponential with mean 1/rate
};

// Calls come when they come, however slow the answers are: the real world's load.
struct OpenLoop {
  Rate rate{200};
  Arrival arrival = Arrival::constant;
};

// N workers, each of which waits for its answer, thinks, and calls again.
struct ClosedLoop {
  std::uint32_t workers = 10;
  Duration think{};
  // How long a worker pauses after a fail-fast, so that an open breaker does not turn the loop into
  // a spin.
  Duration fail_fast_pause = std::chrono::milliseconds(10);
};

struct LoadPlan {
  Timetable timetable;  // calls are due from zero to its end
  std::variant<OpenLoop, ClosedLoop> loop;
  Duration timeout = std::chrono::seconds(1);  // from sending to the complete answer
  std::uint32_t max_in_flight =
      1000;  // open loop: calls admitted beyond it are dropped, and counted
  std::vector<Endpoint> endpoints{Endpoint{}};  // called in turn
  std::uint32_t shards = 1;                     // engines that share this load between them
  Random random{0};                             // the experiment's root
};

}  // namespace tripcurve::load
