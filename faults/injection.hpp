// What a person injects by hand while the experiment runs: a phase that begins when it is set and
// ends when it is cleared. So long it stands in for the phase that the timetable has for then: it
// changes what it names, and everything else is as it is normally.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/result.hpp"
#include "core/time.hpp"
#include "faults/limiter.hpp"
#include "faults/phase.hpp"
#include "faults/plan.hpp"

namespace tripcurve::faults {

// Thread-safe.
class Injection {
 public:
  // `plan` is the one that it stands in for, and must outlive it.
  explicit Injection(const Plan& plan) : planned_(plan) {}

  // From `now` on, what `change` names; its name and its length do not matter. Refuses what cannot
  // be a phase of such an upstream, and errors that change while one lasts.
  [[nodiscard]] std::optional<Error> set(PhaseSpec change, TimePoint now);
  void clear();

  struct Current {
    explicit Current(Plan what) : plan(std::move(what)), limiters{Limiter(plan), Limiter(plan)} {}

    Plan plan;                        // its last phase is what was set
    std::array<Limiter, 2> limiters;  // of the two streams of requests that an Injector knows

    [[nodiscard]] const PhaseSpec& phase() const { return plan.phases().back(); }
    [[nodiscard]] TimePoint begin() const { return plan.timetable().phases().back().begin; }
    // It is worse than normal.
    [[nodiscard]] bool is_fault() const { return plan.timetable().phases().back().fault; }
  };

  // Whether something is set: one load. A change made on another thread is seen soon.
  [[nodiscard]] bool is_set() const { return is_set_.load(std::memory_order_relaxed); }
  // What is set, or nullptr.
  [[nodiscard]] std::shared_ptr<Current> current() const;

 private:
  const Plan& planned_;
  std::atomic<bool> is_set_{false};  // whether current_ is, for a look without the lock
  mutable std::mutex mutex_;         // guards current_
  std::shared_ptr<Current> current_;
};

}  // namespace tripcurve::faults
