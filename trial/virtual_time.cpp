#include "trial/virtual_time.hpp"

#include <utility>

#include "sim/world.hpp"
#include "trial/conductor.hpp"

namespace tripcurve::trial {
namespace {

class SimulatedCounters : public Counters {
 public:
  SimulatedCounters(const sim::View& view, TimePoint now) : view_(view), now_(now) {}

  load::Snapshot snapshot(TimePoint /*due*/, bool with_tally) override {
    return view_.engine.snapshot(now_, with_tally);
  }
  std::optional<faults::Ledger> ledger() override { return view_.ledger; }
  std::vector<topology::ServiceNow> services() override { return view_.services(); }

 private:
  const sim::View& view_;
  TimePoint now_;
};

}  // namespace

Counted VirtualTime::play(Parts& parts, Conductor& conductor) {
  parts.load.shards = parts.load.own.step;  // virtual time has one engine
  conductor.begin({});
  const auto ended = [&] {
    conductor.wait(Duration{});
    return conductor.is_ended();
  };
  const sim::Observer observer{.next_look = [&] { return conductor.next_look(); },
                               .look =
                                   [&](const sim::View& view, TimePoint now) {
                                     SimulatedCounters counters(view, now);
                                     return !ended() && conductor.look(now, counters);
                                   },
                               .enough = ended};
  auto outcome = parts.topology.empty() ? sim::run_world(parts.load, parts.injector, parts.bank,
                                                         sim::ServerModel{}, observer)
                                        : sim::run_world(parts.topology, parts.load, parts.injector,
                                                         parts.bank, sim::ServerModel{}, observer);
  return {std::move(outcome.tally), std::move(outcome.ledger), outcome.ended_at,
          std::move(outcome.services)};
}

}  // namespace tripcurve::trial
