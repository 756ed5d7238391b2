// What `probe` probes: a service on the wire, whose callers and whose dependency tripcurve plays;
// or a breaker of tripcurve's own in such a service.
#pragma once

#include <cstdint>
#include <memory>

#include "breaker/registry.hpp"
#include "cli/signals.hpp"
#include "net/both_ends.hpp"
#include "net/client.hpp"
#include "net/clock.hpp"
#include "net/services.hpp"
#include "probe/subject.hpp"
#include "topology/topology.hpp"

namespace tripcurve::cli {

// Somebody's service. A signal ends it.
class ProbedService final : public probe::Subject {
 public:
  // The ways to it are the endpoints that `ends` calls.
  ProbedService(net::BothEnds& ends, const net::SteadyClock& clock, const Signals& signals,
                Duration pace)
      : ends_(ends), clock_(clock), signals_(signals), pace_(pace) {}

  [[nodiscard]] TimePoint now() const override { return clock_.now(); }
  [[nodiscard]] probe::Seen call(const probe::Reply& reply) override;
  [[nodiscard]] probe::Crowd together(std::uint32_t calls, const probe::Reply& reply) override;
  [[nodiscard]] bool hold() override;
  void let_go(const probe::Reply& reply) override;
  void wait(Duration length) override { pass(clock_.now() + length); }
  void turn_to(std::size_t way) override { way_ = way; }
  [[nodiscard]] Duration slack() const override { return std::chrono::milliseconds(10); }
  // Looks for a signal.
  [[nodiscard]] bool over() const override;

  // The signal that ended it, or 0.
  [[nodiscard]] int signal() const { return signal_; }

 private:
  void pass(TimePoint until);
  void take_turn();
  // What arrives from now on gets that; what gets no answer is held until its callers have gone.
  void treat_with(const probe::Reply& reply);
  void let_go_after(const probe::Reply& reply);
  void await(std::uint32_t calls, const probe::Reply& reply);
  [[nodiscard]] std::uint32_t under_way(std::uint32_t calls) const;
  // Goes on until that is so; false: it was not within `patience`.
  template <typename Condition>
  bool pass_until(Condition holds, Duration patience);

  net::BothEnds& ends_;
  const net::SteadyClock& clock_;
  const Signals& signals_;
  Duration pace_;
  TimePoint next_call_{};
  Duration slowest_{};  // what calls took of late that arrived and were answered at once
  std::size_t way_ = 0;
  mutable int signal_ = 0;
};

// A service with a breaker of tripcurve's, on a port of its own.
class OwnService {
 public:
  OwnService(const breaker::Choice& choice, const net::SteadyClock& clock);

  [[nodiscard]] std::uint16_t port() const { return services_.port(0); }
  // It calls the dependency there from now on.
  void start(std::uint16_t dependency) { services_.start(dependency, 0); }

 private:
  topology::Topology topology_;
  faults::Plan plan_;
  faults::Injector injector_;
  load::LoadPlan load_;
  net::Services services_;
};

}  // namespace tripcurve::cli
