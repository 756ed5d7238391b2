// What services have to carry, by arithmetic: how many workers each needs, how many calls it can
// take, and when its pool is full, before anything is run.
//
// Little's law (workers held = calls per second times how long each is held) with mean times, from
// the last dependency to the first: a service holds a worker for its own work and for all that it
// waits for, attempts and waits between them included. Where one needs more workers than it has,
// its callers wait ever longer: to them it holds for ever, up to their timeout. Breakers are taken
// as closed: this is what they are there to prevent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "faults/behaviour.hpp"
#include "topology/topology.hpp"

namespace tripcurve::topology {

// The calls to one endpoint in one phase.
struct Stream {
  std::string path{};            // of the calls
  double rate = 0;               // calls per second of the load
  faults::Behaviour upstream{};  // how the upstream answers them
};

// What one stream brings to a link.
struct LinkLoad {
  double calls = 0;     // per second
  double requests = 0;  // sent for them per second, its client's retries included
  // How the service behind it answers them, before its client's policies; not of the upstream,
  // whose behaviour is the stream's.
  double fails = 0;                 // share of the requests
  std::optional<Duration> takes{};  // on average; none: without end
};

struct Demand {
  double rate = 0;                   // calls per second that arrive, retries of callers included
  std::optional<Duration> holds{};   // a worker, on average; none: without end
  std::optional<double> needs{};     // workers; none: without end
  std::optional<double> capacity{};  // calls per second that its workers can take; none: any
  std::optional<Duration> full_after{};  // from the begin of the phase; none: it has enough
  double worst = 1;  // requests that arrive for one call of the load, if all attempts are used up
  std::vector<std::vector<LinkLoad>> links{};  // by link and stream
  // How a call that comes to it is answered, by stream; `calls` and `requests` are those of all.
  std::vector<LinkLoad> answers{};

  [[nodiscard]] bool is_full() const { return full_after.has_value(); }
};

struct Capacity {
  std::vector<Demand> services{};  // by service
  double upstream_rate = 0;        // requests per second that arrive at the upstream
  double upstream_worst = 1;
  // The load at which the first pool is just full, as a multiple of the given one; none: any.
  std::optional<double> bearable{};
};

[[nodiscard]] Capacity capacity(const Topology& topology, const std::vector<Stream>& streams);

}  // namespace tripcurve::topology
