// Both ends of a service that is not tripcurve's: its callers, who call its URL, and the dependency
// that it calls, on a port of this machine, or on several where the dependency has instances.
//
// Lives on one thread, and nothing happens but within step().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "faults/plan.hpp"
#include "load/endpoint.hpp"
#include "net/client.hpp"
#include "net/clock.hpp"

namespace tripcurve::net {

class BothEnds {
 public:
  enum class Listens : std::uint8_t { on_loopback, everywhere };

  // Binds the ports, at least one; 0: the system chooses. `clock` must outlive it. Throws
  // std::system_error if it cannot bind. The service is called at one of the endpoints.
  BothEnds(const Target& service, const std::vector<load::Endpoint>& endpoints,
           const std::vector<std::uint16_t>& ports, Listens listens, const SteadyClock& clock);
  ~BothEnds();
  BothEnds(const BothEnds&) = delete;
  BothEnds& operator=(const BothEnds&) = delete;

  [[nodiscard]] std::uint16_t port() const;  // of the first instance

  // What is done to what arrives from now on: that, or it is held.
  void treat(const std::optional<faults::Treatment>& treatment);
  // What is done to what arrives at another instance than the first, until treat() is next called.
  void treat_others(const faults::Treatment& treatment);
  // Does that to all that is held.
  void release(const faults::Treatment& treatment);

  // Calls the service. A slot has one call at a time.
  void call(std::uint32_t slot, std::size_t endpoint = 0);
  // How the call in the slot has ended, once it has.
  [[nodiscard]] std::optional<CallEnd> ended(std::uint32_t slot) const;
  // Closes the connection of a call that has not.
  void give_up(std::uint32_t slot);

  // Waits for something to happen, until then; false: nothing did.
  bool step(TimePoint until);

  // When requests arrived at the dependency.
  [[nodiscard]] const std::vector<TimePoint>& arrivals() const;
  // How many of these at its first instance.
  [[nodiscard]] std::size_t arrived_at_first() const;

 private:
  class Door;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::net
