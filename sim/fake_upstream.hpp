// The upstream and the way to it in virtual time, where the load calls it itself: what the sockets
// and net::Upstream are on the wire.
#pragma once

#include <cstdint>
#include <memory>
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
      : load_(load), bank_(bank), upstream_(injector, model, load.own.step) {}

  // It sees to the timeouts of all attempts, which are of that length, if there are any.
  void gives_up_after(std::optional<Duration> after) { gives_up_after_ = after; }

  // The request of `attempt` leaves its client at `now`, or as soon as its connection is open.
  // What would miss the client's deadline is never queued.
  [[gnu::always_inline]] void receive(const load::Attempt& attempt, TimePoint now) {
    if (upstream_.are_plain()) {
      receive_plainly(attempt, now);
    } else {
      receive_by_way(attempt, now);
    }
  }

  // The client gives the attempt in `slot` up: its answer, if one is to come, goes nowhere.
  CallEnd give_up(std::uint32_t slot) {
    return {CallEnd::Kind::timeout, pending_.give_up(slot), way_of(slot).connecting};
  }

  // When something happens next, even if nobody waits for it any more.
  [[nodiscard]] TimePoint next_due() const { return pending_.next_due(); }

  // Does what is due first, by `now`: an answer, if somebody waits for it.
  [[gnu::always_inline]] Received step(TimePoint now) {
    const auto received = pending_.pop();
    return received.what == Received::What::end && received.end.kind() == CallEnd::Kind::answer
               ? received
               : stepped(received, now);
  }
  // How the rest of an answer will come whose head step() has just told of.
  [[nodiscard]] load::Engine::Pace pace_of(std::uint32_t slot) const {
    return pending_.pace_of(slot);
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
    TimePoint deadline{};    // what comes then or later, its client does not see
    TimePoint last = never;  // nor what comes later than this, when it is given up
    std::uint64_t order = 0;
    bool connecting = false;
    std::shared_ptr<const faults::Treatment> waiting{};  // of one that others may come before

    [[nodiscard]] bool is_in_time(TimePoint when) const { return when < deadline && when <= last; }
  };
  [[nodiscard]] Way& way_of(std::uint32_t slot) {
    if (slot >= ways_.size()) {
      ways_.resize(slot + std::size_t{1});
    }
    return ways_[slot];
  }

  [[gnu::always_inline]] void receive_plainly(const load::Attempt& attempt, TimePoint now) {
    const auto [when, end] =
        upstream_.plainly_to(attempt.request(), bank_.passage(attempt.leave), now);
    const auto last = gives_up_after_ ? now + *gives_up_after_ : never;
    const auto order = sent_++;
    if (attempt.slot < ways_.size()) {
      ways_[attempt.slot].connecting = false;
    }
    if (when < now + load_.timeout && when <= last) {
      pending_.push(attempt.slot, when, end);
    } else if (gives_up_after_) {
      pending_.time_out(attempt.slot, last, order);
    }
  }

  // All but answers that come as they should.
  Received stepped(Received received, TimePoint now) {
    switch (received.what) {
      case Received::What::turn: {
        auto& way = way_of(received.slot);
        take(way, upstream_.again(way.waiting, load_.endpoints[way.attempt.endpoint], now));
        return {};
      }
      case Received::What::connection: {
        auto& way = way_of(received.slot);
        const bool was_connecting = std::exchange(way.connecting, false);
        arrive(way, now);
        return was_connecting ? received : Received{};
      }
      case Received::What::end:
        if (received.end.kind() == CallEnd::Kind::timeout) {
          received.end = {CallEnd::Kind::timeout, received.end.status(),
                          way_of(received.slot).connecting};
        }
        return received;
      case Received::What::head:
      case Received::What::nothing:
        break;
    }
    return received;
  }

  void receive_by_way(const load::Attempt& attempt, TimePoint now) {
    const auto opening = upstream_.open(attempt.request(), now);
    auto& way = way_of(attempt.slot);
    way = {attempt,
           now + load_.timeout,
           gives_up_after_ ? now + *gives_up_after_ : never,
           sent_++,
           !opening.is_plain() && opening.connecting,
           nullptr};
    if (opening.is_plain()) {
      arrive(way, now);
      return;
    }
    const auto opened = now + opening.delay;
    const auto failed = opened + upstream_.model().round_trip;
    if (opening.end == faults::Opening::End::open && way.is_in_time(opened)) {
      pending_.push_connection(attempt.slot, opened);
    } else if (opening.end == faults::Opening::End::failed && way.is_in_time(failed)) {
      pending_.push(attempt.slot, failed, opening.call_end());
    } else {
      time_out(way);
    }
  }

  void arrive(Way& way, TimePoint now) {
    const auto& attempt = way.attempt;
    take(way, upstream_.to(
                  attempt.request(), load_.endpoints[attempt.endpoint],
                  [&] { return bank_.passage(attempt.leave); }, now,
                  bank_.identity(attempt.leave.breaker).instance));
  }

  void take(Way& way, Answers::Answer answer) {
    const auto& attempt = way.attempt;
    auto [when, end, head, pace, waiting, error_event] = std::move(answer);
    if (error_event && load_.stops_at_error_event) {
      end = {CallEnd::Kind::closed, end.status()};
    }
    if (waiting && way.is_in_time(when)) {
      way.waiting = std::move(waiting);
      pending_.push_turn(attempt.slot, when);
      return;
    }
    const bool has_head = way.is_in_time(head);
    if (has_head) {
      if (const auto stalled = standstill(head, when, pace); stalled < when) {
        when = stalled;
        end = {CallEnd::Kind::timeout, end.status()};
      }
    }
    const bool ends = !waiting && way.is_in_time(when);
    if (has_head) {
      pending_.push(attempt.slot, head, ends ? when : never, end, pace);
    } else if (ends) {
      pending_.push(attempt.slot, when, end);
    }
    if (!ends) {
      time_out(way);
    }
  }

  // If that is its business.
  void time_out(const Way& way) {
    if (gives_up_after_) {
      pending_.time_out(way.attempt.slot, way.last, way.order);
    }
  }

  // When the client gives up an answer that has begun, because nothing more of it has come for too
  // long; `never` if it does not.
  [[nodiscard]] TimePoint standstill(TimePoint head, TimePoint end,
                                     const load::Engine::Pace& pace) const {
    if (!load_.gap_timeout) {
      return never;
    }
    static_assert(at(faults::Seen::forever) == never);
    return at(faults::standstill({.head = head.time_since_epoch(), .end = end.time_since_epoch()},
                                 {.between = pace.between, .last = pace.last.time_since_epoch()},
                                 *load_.gap_timeout));
  }

  const load::LoadPlan& load_;
  const load::BreakerBank& bank_;
  Answers upstream_;
  PendingAnswers pending_;
  std::vector<Way> ways_;  // by slot
  std::uint64_t sent_ = 0;
  std::optional<Duration> gives_up_after_{};
};

}  // namespace tripcurve::sim
