// What the upstream does to every request, in both worlds: what the plan says, or what a person
// injects instead, and what the limits turn away. And what would have become of a request that its
// breaker kept back.
//
// The latter takes a second memory of what has arrived, for the world in which every call is sent:
// a request that arrives goes into both, one that was kept back into the second only. So of the
// calls that a breaker rejects before an upstream of 5/s, about 5 a second would have been served;
// not all of them, as if each had been alone, and not none.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "core/outcome_rules.hpp"
#include "core/time.hpp"
#include "faults/in_flight.hpp"
#include "faults/injection.hpp"
#include "faults/limiter.hpp"
#include "faults/match.hpp"
#include "faults/plan.hpp"
#include "faults/worker_pool.hpp"

namespace tripcurve::faults {

// Thread-safe. One for each upstream, for as long as one run: it remembers what arrived, if that
// matters to what follows.
class Injector {
 public:
  // `plan` must outlive the injector.
  explicit Injector(const Plan& plan)
      : plan_(plan), by_hand_(plan), arrived_(plan, 0), if_all_were_sent_(plan, 1) {}

  [[nodiscard]] const Plan& plan() const { return plan_; }

  // The fault that a person switches on and off while the run goes on.
  [[nodiscard]] Injection& by_hand() { return by_hand_; }

  // Whoever has the upstream alone may go to another time of its plan: what is now at `from` goes
  // on from `to`. Requests that are under way stay as they are.
  void go_to(TimePoint to, TimePoint from) {
    skipped_.store((to - from).count(), std::memory_order_relaxed);
  }
  [[nodiscard]] TimePoint plan_time(TimePoint now) const {
    return now + Duration(skipped_.load(std::memory_order_relaxed));
  }

  // The port is closed at `now`: no request arrives, and treat() is not to be asked.
  [[nodiscard]] bool refuses(TimePoint now) const {
    const auto rule = in_force(now);
    return rule.plan.refuses(rule.time);
  }
  // Plan::next_edge(), in the time of `now`.
  [[nodiscard]] TimePoint next_edge(TimePoint now) const;

  // How the connection with that number opens, which begins at `now`. The same whenever it is
  // asked.
  [[nodiscard]] Opening open(std::uint64_t number, TimePoint now) const;
  // Plan::renews_connections() and fills_backlog(), of what is injected by hand as well.
  [[nodiscard]] bool renews_connections(TimePoint now) const {
    const auto rule = in_force(now);
    return rule.plan.renews_connections(rule.time);
  }
  [[nodiscard]] bool fills_backlog(TimePoint now) const {
    const auto rule = in_force(now);
    return rule.plan.fills_backlog(rule.time);
  }
  // Plan::needs_headers(), likewise.
  [[nodiscard]] bool needs_headers() const {
    const auto injected = by_hand_.is_set() ? by_hand_.current() : nullptr;
    return plan_.needs_headers() || (injected && injected->plan.needs_headers());
  }

  // What to do to a request that arrives at `now`. Once for each.
  [[nodiscard]] Treatment treat(const Request& request, TimePoint now);

  // Nothing but the plan decides, and it is plain.
  [[nodiscard]] bool is_plain() const { return plan_.is_plain() && !by_hand_.is_set(); }
  // What treat() does of one that is_plain(), at once.
  [[nodiscard, gnu::always_inline]] Decision treat_plainly(std::uint64_t ordinal,
                                                           TimePoint now) const {
    return plan_.decide_plainly(ordinal, plan_time(now));
  }

  // How much longer than until `now` the delay of such a treatment is at least; zero when it is
  // over. To be asked when the delay is over as it was said before, again and again.
  [[nodiscard]] Duration postponed(const Treatment& action, TimePoint now) {
    return action.ticket == WorkerPool::no_ticket ? Duration{}
                                                  : arrived_.workers.postponed(action.ticket, now);
  }

  // Whether a request that its breaker has kept back at `now` would have ended well, had it and all
  // others been sent: as `rules` count a success, for a client with that patience. Once for each.
  // Where the newest request is the next one, those that come later are left out of it.
  [[nodiscard]] bool would_succeed(const Request& request, TimePoint now, Patience patience,
                                   const OutcomeRules& rules);

 private:
  // Of one stream of requests.
  struct Memory {
    Memory(const Plan& plan, std::size_t index) : stream(index), limiter(plan) {}
    std::size_t stream;  // index into Injection::Current::limiters
    Limiter limiter;
    WorkerPool workers{};
    InFlight in_flight{};
  };

  // What decides at a time: the plan, or `injected` in its place; and the time by which it does.
  struct InForce {
    std::shared_ptr<Injection::Current> injected;
    const Plan& plan;
    TimePoint time;
  };
  [[nodiscard]] InForce in_force(TimePoint now) const {
    auto injected = by_hand_.is_set() ? by_hand_.current() : nullptr;
    if (injected && now >= injected->begin()) {
      const auto& plan = injected->plan;
      return {std::move(injected), plan, now};
    }
    return {nullptr, plan_, plan_time(now)};
  }

  // What a person injects is not known before, so that everything is counted from then on.
  [[nodiscard]] bool counts_in_flight() const {
    return plan_.counts_in_flight() || by_hand_.is_set();
  }
  [[nodiscard]] bool has_memory() const {
    return plan_.limits() || plan_.has_capacity() || counts_in_flight();
  }
  [[nodiscard]] Treatment carried_out(Memory& memory, const InForce& rule, const Request& request,
                                      TimePoint now) const;
  [[nodiscard]] static Treatment limited(Memory& memory, const InForce& rule,
                                         const Treatment& action, TimePoint now);
  [[nodiscard]] static Treatment worked_on(Memory& memory, const InForce& rule,
                                           const Treatment& action, const Request& request,
                                           TimePoint now);
  [[nodiscard]] Treatment counted(const InForce& rule, Treatment action, const Request& request,
                                  TimePoint now) const;

  const Plan& plan_;
  Injection by_hand_;
  std::atomic<Duration::rep> skipped_ = 0;  // from `now` to the time of the plan
  Memory arrived_;
  Memory if_all_were_sent_;
};

}  // namespace tripcurve::faults
