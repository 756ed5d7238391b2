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
#include "sim/pending_answers.hpp"
#include "topology/measured.hpp"

namespace tripcurve::sim {

class FakeUpstream {
 public:
  // Everything must outlive it.
  FakeUpstream(const load::LoadPlan& load, faults::Injector& injector,
               const load::BreakerBank& bank, const ServerModel& model)
      : load_(load), bank_(bank), upstream_(injector, model) {}

  // The request of `attempt` leaves its client at `now`, or as soon as its connection is open.
  // What would miss the client's deadline is never queued.
  void receive(const load::Attempt& attempt, TimePoint now) {
    const auto deadline = now + load_.timeout;
    const auto opening = upstream_.open(attempt.request(), now);
    auto& way = way_of(attempt.slot);
    way = {attempt, deadline, !opening.is_plain() && opening.connecting};
    if (opening.is_plain()) {
      arrive(attempt, now, deadline);
      return;
    }
    if (opening.end == faults::Opening::End::never || opening.delay >= load_.timeout) {
      return;
    }
    if (opening.end == faults::Opening::End::open) {
      pending_.push_connection(attempt.slot, now + opening.delay);
      return;
    }
    const auto failed = now + opening.delay + upstream_.model().round_trip;
    if (failed < deadline) {
      pending_.push(attempt.slot, failed, opening.call_end());
    }
  }

  // The client gives the attempt in `slot` up: its answer, if one is to come, goes nowhere.
  CallEnd give_up(std::uint32_t slot) {
    return {CallEnd::Kind::timeout, pending_.give_up(slot), way_of(slot).connecting};
  }

  // When something happens next, even if nobody waits for it any more.
  [[nodiscard]] TimePoint next_due() const { return pending_.next_due(); }

  // Does what is due first, by `now`: an answer, if somebody waits for it.
  std::optional<Received> step(TimePoint now) {
    const auto received = pending_.pop();
    if (!received || !received->is_connected) {
      return received;
    }
    auto& [attempt, deadline, connecting] = way_of(received->slot);
    const bool was_connecting = std::exchange(connecting, false);
    arrive(attempt, now, deadline);
    return was_connecting ? received : std::nullopt;
  }

  [[nodiscard]] bool is_open(const load::Attempt& attempt, TimePoint now) const {
    return upstream_.is_open(attempt.request(), now);
  }
  [[nodiscard]] const faults::Ledger& ledger() const { return upstream_.ledger(); }
  [[nodiscard]] static std::vector<topology::ServiceNow> services() { return {}; }

 private:
  // Of the attempt in a slot, to the upstream.
  struct Way {
    load::Attempt attempt{};
    TimePoint deadline{};
    bool connecting = false;
  };
  [[nodiscard]] Way& way_of(std::uint32_t slot) {
    if (slot >= ways_.size()) {
      ways_.resize(slot + std::size_t{1});
    }
    return ways_[slot];
  }

  void arrive(const load::Attempt& attempt, TimePoint now, TimePoint deadline) {
    auto [when, end, head, pace] = upstream_.to(
        attempt.request(), load_.endpoints[attempt.endpoint],
        [&] { return bank_.passage(attempt.leave); }, now);
    if (head < deadline) {
      if (const auto stalled = standstill(head, when, pace); stalled < when) {
        when = stalled;
        end = {CallEnd::Kind::timeout, end.status};
      }
      pending_.push(attempt.slot, head, when < deadline ? when : never, end, pace);
    } else if (when < deadline) {
      pending_.push(attempt.slot, when, end);
    }
  }

  // When the client gives up an answer that has begun, because nothing more of it has come for too
  // long; `never` if it does not.
  [[nodiscard]] TimePoint standstill(TimePoint head, TimePoint end,
                                     const load::Engine::Pace& pace) const {
    if (!load_.gap_timeout) {
      return never;
    }
    const auto patience = *load_.gap_timeout;
    if (pace.between >= patience) {
      return head + patience;
    }
    return pace.last != never && (end == never || end - pace.last >= patience)
               ? pace.last + patience
               : never;
  }

  const load::LoadPlan& load_;
  const load::BreakerBank& bank_;
  Answers upstream_;
  PendingAnswers pending_;
  std::vector<Way> ways_;  // by slot
};

}  // namespace tripcurve::sim
