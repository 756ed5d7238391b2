// The services of a topology in virtual time, with the upstream behind them.
//
// A request takes no time to arrive, and its answer the round trip, wherever it comes from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "load/engine.hpp"
#include "load/load_plan.hpp"
#include "sim/answers.hpp"
#include "sim/event_queue.hpp"
#include "sim/pending_answers.hpp"
#include "topology/agenda.hpp"
#include "topology/measured.hpp"
#include "topology/node.hpp"
#include "topology/topology.hpp"

namespace tripcurve::sim {

class Mesh {
 public:
  // Everything must outlive it.
  Mesh(const topology::Topology& topology, const load::LoadPlan& load, faults::Injector& injector,
       const ServerModel& model);
  ~Mesh();
  Mesh(const Mesh&) = delete;
  Mesh& operator=(const Mesh&) = delete;

  // As FakeUpstream's: of the load's requests, which all go to the first service.
  void receive(const load::Attempt& attempt, TimePoint now);
  CallEnd give_up(std::uint32_t slot);
  [[nodiscard]] TimePoint next_due() const { return std::min(queue_.next_at(), due_.next()); }
  Received step(TimePoint now);
  // The load's answers come whole.
  [[nodiscard]] static load::Engine::Pace pace_of(std::uint32_t /*slot*/) { return {}; }
  // An answer depends on what else arrives until then.
  static constexpr auto foresight = load::Foresight::none;
  static void gives_up_after(std::optional<Duration> /*after*/) {}

  [[nodiscard]] bool is_open(const load::Attempt& /*attempt*/, TimePoint /*now*/) const {
    return true;
  }
  [[nodiscard]] const faults::Ledger& ledger() const { return upstream_.ledger(); }

  [[nodiscard]] topology::Measured measured(TimePoint now);
  [[nodiscard]] std::vector<topology::ServiceNow> services() const;

 private:
  using Ticket = std::uint32_t;
  static constexpr Ticket none = ~Ticket{0};
  static constexpr std::uint32_t load_itself = ~std::uint32_t{0};

  // A request under way, and who waits for its answer.
  struct Request {
    std::uint32_t from = load_itself;  // or a service
    std::uint32_t link = 0;            // of that service
    std::uint32_t attempt = 0;         // of that link's client; of the load: the slot
    std::uint32_t to = 0;              // the service it goes to; or the upstream
    std::uint32_t endpoint = 0;
    std::uint64_t number = 0;
    load::Leave leave{};
    bool arrived = false;   // at `to`
    bool answered = false;  // the answer, or its head, is on its way
    bool awaited = true;    // nobody has given it up
    CallEnd end{};
    bool after_head = false;  // what is on its way is the head; the end comes then, at `when`
    TimePoint when = never;
    std::uint16_t status = 0;  // of the head that has come
    // Others may come before it at the upstream: at `when` it may be its turn.
    std::shared_ptr<const faults::Treatment> waiting{};
  };
  class Service;  // a node and what is outside of it

  Ticket take(const Request& request);
  void drop(Ticket ticket);
  Ticket& place_of(const Request& request);
  void send(const Request& request, TimePoint now);
  // The status of its head, if that has come.
  std::uint16_t let_go(Ticket ticket);
  void arrive(Ticket ticket, TimePoint now);
  void take_turn(Ticket ticket, TimePoint now);
  void expect(Ticket ticket, const Answers::Answer& answer);
  // Has the node of a service do something.
  template <typename Act>
  void with_node(std::uint32_t service, Act act);
  void tell_connected(const Request& request, TimePoint now);
  void answer(Ticket ticket, TimePoint when, CallEnd end);
  void take_head(Ticket ticket, TimePoint now);

  const topology::Topology& topology_;
  const load::LoadPlan& load_;
  Answers upstream_;
  EventQueue<Ticket> queue_;  // a request that arrives, or an answer that does
  std::vector<Request> requests_;
  std::vector<Ticket> free_;
  std::vector<Ticket> of_load_;  // by slot
  std::vector<std::unique_ptr<Service>> services_;
  topology::Agenda due_;  // of these
};

}  // namespace tripcurve::sim
