// Virtual time, one instant after the other: an engine and what answers it. Whatever the server is,
// the order of an instant is the same.
#pragma once

#include <algorithm>

#include "load/breaker_bank.hpp"
#include "load/engine.hpp"
#include "load/load_plan.hpp"
#include "sim/pending_answers.hpp"

namespace tripcurve::sim {

// `Server` is what FakeUpstream, Mesh and Recording are. Everything must outlive this.
template <typename Server>
class Instants {
 public:
  Instants(const load::LoadPlan& load, load::BreakerBank& bank, Server& server)
      : server_(server),
        engine_(
            load, load.own.first, alone(bank),
            [&server](std::uint32_t slot) { return server.give_up(slot); }, Server::foresight) {
    if (const auto& plain = engine_.plain()) {
      server.gives_up_after(plain->gives_up_after);
    }
  }
  Instants(const Instants&) = delete;
  Instants& operator=(const Instants&) = delete;

  [[nodiscard]] load::Engine& engine() { return engine_; }

  // When the next instant is.
  [[nodiscard]] TimePoint next() {
    engine_due_ = engine_.next_due();
    return std::min(server_.next_due(), engine_due_);
  }

  // Does what happens at the instant that next() has told: answers, then calls; the engine sees to
  // the timers. `sent` hears of every attempt that goes out.
  template <typename Sent>
  [[gnu::always_inline]] void play(TimePoint now, const Sent& sent) {
    while (server_.next_due() <= now) {
      take(server_.step(now), now);
    }
    if (engine_due_ > now) {
      return;  // and if an answer has led to another attempt, that is due at once
    }
    while (const auto attempt = engine_.next(now)) {
      if (engine_.heeds_progress() && server_.is_open(*attempt, now)) {
        engine_.connected(attempt->slot, now);
      }
      server_.receive(*attempt, now);
      sent(*attempt, now);
      if (engine_.has_no_other(now)) {
        return;
      }
    }
  }

 private:
  [[gnu::always_inline]] void take(const Received& received, TimePoint now) {
    switch (received.what) {
      case Received::What::end:
        engine_.finished(received.slot, received.end, now);
        break;
      case Received::What::head:
        engine_.answering(received.slot, received.end.status(), now,
                          server_.pace_of(received.slot));
        break;
      case Received::What::connection:
        if (engine_.heeds_progress()) {
          engine_.connected(received.slot, now);
        }
        break;
      case Received::What::turn:  // is the server's own business
      case Received::What::nothing:
        break;
    }
  }

  static load::BreakerBank& alone(load::BreakerBank& bank) {
    bank.belongs_to_one_thread();
    return bank;
  }

  Server& server_;
  load::Engine engine_;
  TimePoint engine_due_{};
};

}  // namespace tripcurve::sim
