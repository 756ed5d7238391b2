// The upstream and the way to it in virtual time, where the load calls it itself: what the sockets
// and net::Upstream are on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "load/breaker_bank.hpp"
#include "load/engine.hpp"
#include "load/load_plan.hpp"
#include "sim/answers.hpp"
#include "sim/event_queue.hpp"
#include "topology/measured.hpp"

namespace tripcurve::sim {

class FakeUpstream {
 public:
  // Everything must outlive it.
  FakeUpstream(const load::LoadPlan& load, faults::Injector& injector,
               const load::BreakerBank& bank, const ServerModel& model)
      : load_(load), bank_(bank), upstream_(injector, model) {}

  // The request of `attempt` leaves its client at `now`. An answer that would miss the client's
  // deadline is never queued.
  void receive(const load::Attempt& attempt, TimePoint now) {
    const auto [when, end] = upstream_.to(
        attempt.request(), load_.endpoints[attempt.endpoint],
        [&] { return bank_.passage(attempt.leave); }, now);
    if (when >= now + load_.timeout) {
      return;
    }
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(answers_.size()));
      answers_.emplace_back();
    }
    const auto ticket = free_.back();
    free_.pop_back();
    answers_[ticket] = {attempt.slot, end};
    if (attempt.slot >= tickets_.size()) {
      tickets_.resize(attempt.slot + 1, none);
    }
    tickets_[attempt.slot] = ticket;
    queue_.push(when, ticket);
  }

  // The client gives the attempt in `slot` up: its answer, if one is to come, goes nowhere.
  CallEnd give_up(std::uint32_t slot) {
    if (slot < tickets_.size() && tickets_[slot] != none) {
      answers_[tickets_[slot]].slot = none;
      tickets_[slot] = none;
    }
    return load::given_up_while_waiting(slot);
  }

  // When something happens next, even if nobody waits for it any more.
  [[nodiscard]] TimePoint next_due() const { return queue_.next_at(); }

  // Does what is due first, by `now`: an answer, if somebody waits for it.
  std::optional<std::pair<std::uint32_t, CallEnd>> step(TimePoint /*now*/) {
    const auto ticket = queue_.pop();
    free_.push_back(ticket);
    const auto [slot, end] = answers_[ticket];
    if (slot == none) {
      return std::nullopt;
    }
    tickets_[slot] = none;
    return std::pair(slot, end);
  }

  [[nodiscard]] bool is_open(TimePoint now) const { return upstream_.is_open(now); }
  [[nodiscard]] const faults::Ledger& ledger() const { return upstream_.ledger(); }
  [[nodiscard]] static std::vector<topology::ServiceNow> services() { return {}; }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct Waiting {
    std::uint32_t slot = none;  // of the attempt that waits for it
    CallEnd end{};
  };

  const load::LoadPlan& load_;
  const load::BreakerBank& bank_;
  Answers upstream_;
  EventQueue queue_;                    // of tickets
  std::vector<Waiting> answers_;        // by ticket
  std::vector<std::uint32_t> free_;     // tickets
  std::vector<std::uint32_t> tickets_;  // by slot
};

}  // namespace tripcurve::sim
