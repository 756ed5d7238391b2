// The load threads of one run as one: a net::Client for each of the plan's own shards.
//
// Driven by one thread.
#pragma once

#include <memory>
#include <vector>

#include "core/time.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/tally.hpp"
#include "net/client.hpp"
#include "net/clock.hpp"

namespace tripcurve::net {

class Clients {
 public:
  // Starts them. Everything must outlive the clients. `log`: see Client.
  Clients(const Target& target, const load::LoadPlan& plan, load::BreakerBank& bank,
          const SteadyClock& clock, through::Log* log = nullptr);

  [[nodiscard]] bool done() const;
  // One has lost its thread: the load is no longer the one that was asked for, and tally() throws.
  [[nodiscard]] bool failed() const;
  // Ends the load now; more than once does no harm.
  void stop();

  // What all have counted, each at `due` or later. Waits for the threads, which takes them moments;
  // without the tally where one of them is done already.
  [[nodiscard]] load::Snapshot snapshot(TimePoint due, bool with_tally = false);

  // Only when done(). Rethrows what ended a thread.
  [[nodiscard]] load::Tally tally() const;
  [[nodiscard]] TimePoint ended_at() const;

 private:
  std::vector<std::unique_ptr<Client>> all_;  // at least one
};

}  // namespace tripcurve::net
