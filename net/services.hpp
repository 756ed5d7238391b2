// The services of a topology on the wire: each an HTTP/1.1 server on a port of its own of
// 127.0.0.1, which calls the others and the upstream over keep-alive connections. All of them share
// one thread of their own; what they decide is topology::Node's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/passage.hpp"
#include "faults/injector.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "net/clock.hpp"
#include "topology/measured.hpp"
#include "topology/topology.hpp"

namespace tripcurve::net {

class Services {
 public:
  // Binds a port for each; nobody is served yet. Everything must outlive it. Throws
  // std::system_error if it cannot bind.
  Services(const topology::Topology& topology, const load::LoadPlan& load,
           faults::Injector& injector, const SteadyClock& clock);
  ~Services();  // stops and joins; connections are closed
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  // Serves from now on, and calls the upstream at that port, which knows requests by `run`.
  void start(std::uint16_t upstream_port, std::uint64_t run);

  [[nodiscard]] std::uint16_t port(std::size_t service) const;

  // How a request at the upstream stands to the breaker with whose leave it came. Thread-safe.
  [[nodiscard]] Passage passage(const load::Leave& leave) const;

  // Thread-safe: how it was moments ago, by service.
  [[nodiscard]] std::vector<topology::ServiceNow> now() const;

  // Rethrows what has ended the thread, if something has. Thread-safe.
  void check() const;

  // Ends it, and says what was measured by `until`.
  [[nodiscard]] topology::Measured stop(TimePoint until);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::net
