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
  static constexpr auto foresight = load::Foresight::end;

  // Everything must outlive it.
  FakeUpstream(const load::LoadPlan& load, faults::Injector& injector,
               const load::BreakerBank& bank, const ServerModel& model)
      : load_(load), bank_(bank), upstream_(injector, model) {}

  // It sees to the timeouts of all attempts, which are of that length, if there are any.
  void gives_up_after(std::optional<Duration> after) { gives_up_after_ = after; }

  // The request of `attempt` leaves its client at `now`, or as soon as its connection is open.
  // What would miss the client's deadline is never queued.
  void receive(const load::Attempt& attempt, TimePoint now) {
    const auto deadline = now + load_.timeout;
    const auto last = gives_up_after_ ? now + *gives_up_after_ : never;
    const auto opening = upstream_.open(attempt.request(), now);
    auto& way = way_of(attempt.slot);
    way = {attempt, deadline, last, !opening.is_plain() && opening.connecting};
    if (opening.is_plain()) {
      arrive(way, now);
      return;
    }
    if (opening.end == faults::Opening::End::open && in_time(way, now + opening.delay)) {
      pending_.push_connection(attempt.slot, now + opening.delay);
      return;
    }
    const auto failed = now + opening.delay + upstream_.model().round_trip;
    if (opening.end != faults::Opening::End::open && opening.end != faults::Opening::End::never &&
        in_time(way, failed)) {
      pending_.push(attempt.slot, failed, opening.call_end());
    } else {
      time_out(way);
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
    auto received = pending_.pop();
    if (!received || !received->is_connected) {
      if (received && received->end.kind == CallEnd::Kind::timeout) {
        received->end.connecting = way_of(received->slot).connecting;
      }
      return received;
    }
    auto& way = way_of(received->slot);
    const bool was_connecting = std::exchange(way.connecting, false);
    arrive(way, now);
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
    TimePoint deadline{};    // an answer at that time is too late
    TimePoint last = never;  // and one after this, when it gives up by itself
    bool connecting = false;
  };
  [[nodiscard]] static bool in_time(const Way& way, TimePoint when) {
    return when < way.deadline && when <= way.last;
  }
  void time_out(const Way& way) {
    if (gives_up_after_) {
      pending_.time_out(way.attempt.slot, way.last);
    }
  }
  [[nodiscard]] Way& way_of(std::uint32_t slot) {
    if (slot >= ways_.size()) {
      ways_.resize(slot + std::size_t{1});
    }
    return ways_[slot];
  }

  void arrive(const Way& way, TimePoint now) {
    const auto& attempt = way.attempt;
    auto [when, end, head, pace] = upstream_.to(
        attempt.request(), load_.endpoints[attempt.endpoint],
        [&] { return bank_.passage(attempt.leave); }, now);
    if (in_time(way, head)) {
      if (const auto stalled = standstill(head, when, pace); stalled < when) {
        when = stalled;
        end = {CallEnd::Kind::timeout, end.status};
      }
      pending_.push(attempt.slot, head, in_time(way, when) ? when : never, end, pace);
    } else if (in_time(way, when)) {
      pending_.push(attempt.slot, when, end);
    }
    if (!in_time(way, when)) {
      time_out(way);
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
  std::optional<Duration> gives_up_after_{};
};

}  // namespace tripcurve::sim
