// One breaker of a bank: its lock, and what is published of it for those who read without the lock.
// Nobody but the bank (load/breaker_bank.hpp) has to do with it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "breaker/breaker.hpp"
#include "core/time.hpp"

namespace tripcurve::load {

// Which breaker it is. The name is for people; nothing is read out of it.
struct BreakerIdentity {
  std::uint32_t instance = 1;  // the client whose calls it guards, counted from 1
  std::string endpoint{};      // the one it guards; empty: all of them
  std::string name{};          // no other breaker of the bank has it
  friend bool operator==(const BreakerIdentity&, const BreakerIdentity&) = default;
};

// What the event that ends a breaker's present stay would say now.
struct Probes {
  std::uint32_t sent = 0;
  std::uint32_t most = 0;
  friend bool operator==(const Probes&, const Probes&) = default;
};

// A state and the spell of the stay in it, in one word, so that they can be read together.
class Stay {
 public:
  constexpr Stay() = default;
  explicit Stay(const breaker::Breaker& breaker) : Stay(breaker.state(), breaker.spell()) {}
  Stay(breaker::State state, std::uint64_t spell)
      : bits_(spell << state_bits | static_cast<std::uint64_t>(state)) {}

  [[nodiscard]] breaker::State state() const {
    return static_cast<breaker::State>(bits_ & ((1U << state_bits) - 1));
  }
  [[nodiscard]] std::uint64_t spell() const { return bits_ >> state_bits; }

 private:
  static constexpr unsigned state_bits = 3;
  std::uint64_t bits_ = 0;
};

// One breaker, its lock and what is published of it. On a cache line of its own, so that two
// endpoints' breakers do not slow each other.
struct alignas(64) Guard {
  // Held for tens of nanoseconds, so whoever finds it taken spins, and gives the processor away
  // only when the holder seems to have lost it. A mutex costs twice as much when it is free, which
  // is nearly always. Between two looks, about a microsecond, it leaves the cache line to the
  // holder, who can then do several calls at full speed: that is half the cost of taking turns.
  class Lock {
   public:
    // Of nothing: holds nothing.
    [[gnu::always_inline]] explicit Lock(std::atomic_flag* taken) : taken_(taken) {
      if (taken_ != nullptr && taken_->test_and_set(std::memory_order_acquire)) {
        wait();
      }
    }
    ~Lock() {
      if (taken_ != nullptr) {
        taken_->clear(std::memory_order_release);
      }
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    [[gnu::cold]] void wait() {
      int tries = 0;
      do {
        if (++tries > 10) {
          std::this_thread::yield();
        }
        for (int i = 0; i < 3000; ++i) {
          std::atomic_signal_fence(std::memory_order_relaxed);  // keeps the loop
        }
      } while (taken_->test_and_set(std::memory_order_acquire));
    }

    std::atomic_flag* taken_;
  };

  // A thread that read its clock just before another may get the lock just after it.
  TimePoint lifted(TimePoint now) { return latest = std::max(latest, now); }

  std::atomic_flag taken;  // guards the next six
  std::unique_ptr<breaker::Breaker> breaker;
  TimePoint latest{};           // the latest time the breaker was told
  TimePoint next_tick = never;  // as last published
  Probes probes;                // of the present stay in half_open
  std::uint32_t probing = 0;    // calls under way that were let out half-open
  std::atomic<Stay> stay{};
  BreakerIdentity identity;
};

}  // namespace tripcurve::load
