// The breakers of one client: one for all calls, or one per endpoint, each guarded so that several
// engines can ask it, with its state published for anyone to read and its transitions kept in
// order.
//
// Thread-safe, all of it. Memory is bounded: the log keeps the first `log_limit` transitions and
// counts the rest.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "load/endpoint.hpp"

namespace tripcurve::load {

enum class BreakerScope : std::uint8_t { client, endpoint };

struct BreakerEvent {
  std::size_t breaker = 0;  // index into the bank
  breaker::Transition transition;
};

class BreakerBank {
 public:
  static constexpr std::size_t log_limit = 10'000;

  // A breaker for all endpoints together (named after none: "client"), or one each (named after its
  // endpoint).
  BreakerBank(const breaker::Choice& choice, BreakerScope scope,
              const std::vector<Endpoint>& endpoints, Random random);
  ~BreakerBank();

  [[nodiscard]] std::size_t size() const { return guards_.size(); }
  [[nodiscard]] const std::string& name(std::size_t breaker) const;

  // Which breaker protects an endpoint, and the endpoint of a request; npos for one to none of
  // them.
  [[nodiscard]] std::size_t of_endpoint(std::size_t endpoint) const {
    return guards_.size() == 1 ? 0 : endpoint;
  }
  [[nodiscard]] std::size_t endpoint_of(std::string_view method, std::string_view path) const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  // As breaker::Breaker's. A `now` that lags behind another thread's is lifted to it, so a breaker
  // never sees time run backwards. What it does not heed while closed (breaker::Heeds) is answered
  // without it and without its lock.
  [[nodiscard]] breaker::Admission try_acquire(std::size_t breaker, TimePoint now);
  [[nodiscard]] breaker::Admission resume(std::size_t breaker, const breaker::Permit& held,
                                          TimePoint now);
  void record(std::size_t breaker, const breaker::Permit& permit, breaker::Outcome outcome,
              CallEnd end, TimePoint now);
  [[nodiscard]] TimePoint next_tick() const {  // the first of all breakers'
    return next_tick_.load(std::memory_order_relaxed);
  }
  void tick(TimePoint now);  // all that are due

  // The state now, without taking a lock.
  [[nodiscard]] breaker::State state(std::size_t breaker) const;
  // The breaker that protects such requests claims to be open, so one that arrives has leaked.
  [[nodiscard]] bool claims_open(std::string_view method, std::string_view path) const;

  // The transitions from the `first`-th on, over all breakers in the order they happened.
  [[nodiscard]] std::vector<BreakerEvent> events_since(std::size_t first) const;
  [[nodiscard]] std::uint64_t transition_count() const;  // those not kept included

 private:
  struct Guard;
  void publish(Guard& guard, std::size_t breaker);

  breaker::Heeds heeds_while_closed_;  // the breakers
  std::vector<Endpoint> endpoints_;
  std::vector<std::unique_ptr<Guard>> guards_;
  std::mutex tick_mutex_;              // guards next_ticks_ and the writing of next_tick_
  std::vector<TimePoint> next_ticks_;  // by breaker
  std::atomic<TimePoint> next_tick_{never};
  mutable std::mutex log_mutex_;  // guards log_ and transition_count_
  std::vector<BreakerEvent> log_;
  std::uint64_t transition_count_ = 0;
};

}  // namespace tripcurve::load
