// The upstream and the way to it in virtual time, where the load calls it itself: what the sockets
// and net::Upstream are on the wire.
#pragma once

#include <cstdint>
#include <optional>
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

  // The request of `attempt` leaves its client at `now`. An answer that would miss the client's
  // deadline is never queued.
  void receive(const load::Attempt& attempt, TimePoint now) {
    auto [when, end, head, pace] = upstream_.to(
        attempt.request(), load_.endpoints[attempt.endpoint],
        [&] { return bank_.passage(attempt.leave); }, now);
    const auto deadline = now + load_.timeout;
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

  // The client gives the attempt in `slot` up: its answer, if one is to come, goes nowhere.
  CallEnd give_up(std::uint32_t slot) { return {CallEnd::Kind::timeout, pending_.give_up(slot)}; }

  // When something happens next, even if nobody waits for it any more.
  [[nodiscard]] TimePoint next_due() const { return pending_.next_due(); }

  // Does what is due first, by `now`: an answer, if somebody waits for it.
  std::optional<Received> step(TimePoint /*now*/) { return pending_.pop(); }

  [[nodiscard]] bool is_open(const load::Attempt& /*attempt*/, TimePoint now) const {
    return upstream_.is_open(now);
  }
  [[nodiscard]] const faults::Ledger& ledger() const { return upstream_.ledger(); }
  [[nodiscard]] static std::vector<topology::ServiceNow> services() { return {}; }

 private:
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
};

}  // namespace tripcurve::sim
