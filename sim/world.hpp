// An experiment in virtual time: the same engine, breakers and fault plan as on the wire, with a
// queue of answers to come instead of sockets. No threads, no clock.
//
// A healthy request takes the plan's latency plus a fixed round trip; a hang never answers; a
// closed port refuses at once. Requests bring the headers of their endpoint and no others: those
// that a connection needs (Host, Content-Length) are on the wire only. The same inputs give the
// same tally, ledger and transitions.
#pragma once

#include <functional>

#include "core/time.hpp"
#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "load/breaker_bank.hpp"
#include "load/engine.hpp"
#include "load/load_plan.hpp"
#include "sim/answers.hpp"
#include "topology/measured.hpp"
#include "topology/topology.hpp"

namespace tripcurve::sim {

struct Counted {
  load::Tally tally;
  faults::Ledger ledger;
  TimePoint ended_at;
  topology::Measured services{};  // empty without a topology
};

// What there is to see of a world.
struct View {
  const load::Engine& engine;
  const faults::Ledger& ledger;
  std::function<std::vector<topology::ServiceNow>()> services;  // none without a topology
};

// Looks at the world while it runs, and ends it by returning false.
struct Observer {
  // When it wants to look next; `never` for never. Asked at the beginning and after each look,
  // which must move it on.
  std::function<TimePoint()> next_look;
  std::function<bool(const View& view, TimePoint now)> look;
  // Asked now and then, however far the next look is; true ends the world. May be empty.
  std::function<bool()> enough{};
  // Hears of every call that goes out; may be empty.
  std::function<void(const load::Attempt& attempt, TimePoint now)> sent{};
};

// `load.shards` must be `load.own.step`: virtual time has one engine. `injector` must be new, for
// its limits remember what they let through.
[[nodiscard]] Counted run_world(const load::LoadPlan& load, faults::Injector& injector,
                                load::BreakerBank& bank, const ServerModel& model,
                                const Observer& observer);

// The same with services between the load and the upstream.
[[nodiscard]] Counted run_world(const topology::Topology& topology, const load::LoadPlan& load,
                                faults::Injector& injector, load::BreakerBank& bank,
                                const ServerModel& model, const Observer& observer);

}  // namespace tripcurve::sim
