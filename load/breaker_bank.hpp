// The breakers of the clients: each client has one for all its calls, or one per endpoint, or all
// clients share one. Each is guarded so that several engines can ask it, with its state published
// for anyone to read and its transitions kept in order.
//
// Thread-safe, all of it. Memory is bounded: the log keeps the first `log_limit` transitions; each
// breaker's Totals are of all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "breaker/registry.hpp"
#include "breaker/totals.hpp"
#include "core/passage.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "load/endpoint.hpp"
#include "load/guard.hpp"

namespace tripcurve::load {

// Who has a breaker of his own.
enum class BreakerScope : std::uint8_t {
  client,    // each instance
  endpoint,  // each instance, for each endpoint
  shared,    // nobody: one is there for all calls of all instances
};

struct BreakerEvent {
  std::size_t breaker = 0;  // index into the bank
  breaker::Transition transition;
  // Of a transition that leaves half_open: how many calls that stay let out, and the most under way
  // at once of all that were ever let out half-open.
  std::uint32_t probes = 0;
  std::uint32_t most_probes = 0;
  // When the call was sent whose end brought the transition about; none when a call that asked for
  // leave did, or the time. It tells the late answers of one fault from what the next one does.
  std::optional<TimePoint> sent{};
  // Of a breaker that is only observed: not before this, and at the transition's time at the
  // latest.
  std::optional<TimePoint> earliest{};
};

// With whose leave a call went out. Spells order what breakers did even where the clocks of two
// threads do not.
struct Leave {
  std::uint32_t breaker = 0;  // index into the bank
  std::uint64_t spell = 0;    // the breaker's stay in a state in which it was given
  bool by_open = false;       // a trial call, in a dialect that lets them out while open

  [[nodiscard]] static Leave of(std::size_t breaker, const breaker::Permit& permit) {
    return {static_cast<std::uint32_t>(breaker), permit.spell, breaker::claims_open(permit.state)};
  }
  friend bool operator==(const Leave&, const Leave&) = default;
};

class BreakerBank {
 public:
  static constexpr std::size_t log_limit = 10'000;

  // A breaker for all endpoints together (named after none: "client"), or one each (named after its
  // endpoint: "/pay"). Of several instances, each has its own, with its number in front: "client
  // 1", "client 2"; "client 1 /pay". One that all share is named "shared".
  BreakerBank(const breaker::Choice& choice, BreakerScope scope,
              const std::vector<Endpoint>& endpoints, Random random, std::uint32_t instances = 1);
  // Breakers that somebody else has: they let every call through, and note() tells what was
  // observed of them.
  [[nodiscard]] static BreakerBank observed(const std::vector<std::string>& names);
  ~BreakerBank();

  // From here on one thread alone asks and tells the breakers, as in virtual time: they need no
  // locks. What reads without a lock may still be called from others.
  void belongs_to_one_thread() { is_shared_ = false; }

  [[nodiscard]] std::size_t size() const { return guards_.size(); }
  [[nodiscard]] const BreakerIdentity& identity(std::size_t breaker) const;
  [[nodiscard]] const std::string& name(std::size_t breaker) const {
    return identity(breaker).name;
  }

  // Which breaker protects an instance's calls to an endpoint.
  [[nodiscard]] std::size_t breaker_of(std::size_t instance, std::size_t endpoint) const {
    return instance * instance_step_ + endpoint * endpoint_step_;
  }

  // As breaker::Breaker's. A `now` that lags behind another thread's is lifted to it, so a breaker
  // never sees time run backwards. What it does not heed while closed (breaker::Heeds) is answered
  // without it and without its lock.
  [[nodiscard]] breaker::Admission try_acquire(std::size_t breaker, TimePoint now);
  // Whether try_acquire() says yes without asking the breaker, and the leave that it gives then.
  [[nodiscard, gnu::always_inline]] bool admits_unasked(std::size_t breaker, TimePoint now,
                                                        breaker::Permit& permit) const {
    if (heeds_while_closed_ == breaker::Heeds::calls) {
      return false;
    }
    const auto stay = guards_[breaker]->stay.load(std::memory_order_acquire);
    if (stay.state() != breaker::State::closed) {
      return false;
    }
    permit.given_at = now;
    permit.spell = stay.spell();
    permit.note = 0;
    permit.state = breaker::State::closed;
    permit.told = breaker::Stage::sent;
    return true;
  }
  // Asks the breaker, whatever it heeds.
  [[nodiscard]] breaker::Admission ask(std::size_t breaker, TimePoint now);
  [[nodiscard]] breaker::Admission resume(std::size_t breaker, const breaker::Permit& held,
                                          TimePoint now);
  [[gnu::always_inline]] void record(std::size_t breaker, const breaker::Permit& permit,
                                     breaker::Outcome outcome, CallEnd end, TimePoint now) {
    if (heeds_while_closed_ == breaker::Heeds::failures && outcome == breaker::Outcome::success &&
        permit.state == breaker::State::closed) {
      return;
    }
    auto& guard = *guards_[breaker];
    const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
    if (permit.state == breaker::State::half_open) {
      --guard.probing;
    }
    guard.breaker->record(permit, outcome, end, guard.lifted(now));
    publish(guard, breaker, permit.given_at);
  }
  // The call is over, and the breaker will never hear of it.
  void forget(std::size_t breaker, const breaker::Permit& permit);
  // As breaker::Breaker's, for breakers that heed it; the permit notes that they were told.
  [[nodiscard]] bool heeds_progress() const { return heeds_progress_; }
  // Its answer may be `waiting`.
  [[nodiscard]] bool holds_callers() const { return holds_callers_; }
  void connected(std::size_t breaker, breaker::Permit& permit, TimePoint now);
  void answering(std::size_t breaker, breaker::Permit& permit, breaker::Outcome outcome,
                 std::uint16_t status, TimePoint now);
  [[nodiscard]] TimePoint next_tick() const {  // the first of all breakers'
    return next_tick_.load(std::memory_order_relaxed);
  }
  void tick(TimePoint now);  // all that are due

  // The state now, without taking a lock.
  [[nodiscard]] breaker::State state(std::size_t breaker) const {
    return guards_[breaker]->stay.load(std::memory_order_acquire).state();
  }

  // How a request that arrives now stands to the breaker with whose leave it was sent, without
  // taking a lock; a stranger if this bank has no such breaker. The same request sent a second
  // time, by a proxy for instance, has the same leave: it has not leaked either.
  [[nodiscard]] Passage passage(const Leave& leave) const {
    if (leave.breaker >= guards_.size()) {
      return Passage::stranger;
    }
    const auto stay = guards_[leave.breaker]->stay.load(std::memory_order_acquire);
    if (!breaker::claims_open(stay.state()) || leave.by_open) {
      return Passage::fair;
    }
    return leave.spell < stay.spell() ? Passage::overtaken : Passage::leaked;
  }

  [[nodiscard]] Probes probes(std::size_t breaker) const;

  // What an observed breaker did; in the order of time. Of one thread at a time.
  void note(const BreakerEvent& event);

  // The transitions from the `first`-th on, over all breakers in the order they happened.
  [[nodiscard]] std::vector<BreakerEvent> events_since(std::size_t first) const;
  [[nodiscard]] std::uint64_t transition_count() const;  // those not kept included
  // A breaker's life in numbers, the transitions that were not kept included.
  [[nodiscard]] breaker::Totals totals(std::size_t breaker) const;

 private:
  BreakerBank(const breaker::Choice& choice, const std::vector<std::string>& names);
  void note_answer(Guard& guard, std::size_t breaker, const breaker::Admission& admission);
  // `sent`: of the call that brought a transition about; `never` if none did.
  [[gnu::always_inline]] void publish(Guard& guard, std::size_t breaker, TimePoint sent = never) {
    if (guard.breaker->has_transitions() || guard.breaker->next_tick() != guard.next_tick) {
      publish_change(guard, breaker, sent);
    }
  }
  [[gnu::cold]] void publish_change(Guard& guard, std::size_t breaker, TimePoint sent);

  breaker::Heeds heeds_while_closed_;  // the breakers
  bool heeds_progress_;
  bool holds_callers_;
  bool is_shared_ = true;
  std::size_t instance_step_;  // from the breaker of one instance to that of the next
  std::size_t endpoint_step_;
  std::vector<std::unique_ptr<Guard>> guards_;
  std::mutex tick_mutex_;              // guards next_ticks_ and the writing of next_tick_
  std::vector<TimePoint> next_ticks_;  // by breaker
  std::atomic<TimePoint> next_tick_{never};
  mutable std::mutex log_mutex_;  // guards log_, totals_ and transition_count_
  std::vector<BreakerEvent> log_;
  std::vector<breaker::Totals> totals_;  // by breaker
  std::uint64_t transition_count_ = 0;
};

}  // namespace tripcurve::load
