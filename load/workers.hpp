// The workers of a closed loop: who calls next, and when.
//
// Each worker calls, waits for its answer, thinks, and calls again. One that has gone when it would
// call (WorkerCurve) does so when it comes back, if it does. So a worker that is taken away during
// a call finishes the call; how long that takes, the client's timeouts bound, and there is no
// second bound such as k6's gracefulRampDown.
//
// Pure: told the time, no clock, no thread. Not thread-safe. Several engines share the workers by
// `shard`: engine i of n has the workers w with w mod n = i.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"
#include "load/load_plan.hpp"
#include "load/worker_curve.hpp"

namespace tripcurve::load {

class Workers {
 public:
  // Of the plan's closed loop, which must outlive this.
  Workers(const LoadPlan& plan, std::uint32_t shard);
  Workers(LoadPlan&& plan, std::uint32_t shard) = delete;

  // When the next call is due; `never` while all workers wait for answers or have gone.
  [[nodiscard]] TimePoint next_due() const;

  // The worker that is due first makes its call. Of two that are due at the same instant, it is
  // the one that has waited longer. One must be due.
  struct Turn {
    std::uint32_t worker = 0;
    std::uint32_t instance = 0;
    std::uint64_t ordinal = 0;   // of the call
    std::uint64_t endpoint = 0;  // counts up: whose turn it is
  };
  [[nodiscard]] Turn take();

  // A call of that worker is over: it calls again when it has thought. The think time is a function
  // of the seed, the worker and which of its calls it was.
  void back(std::uint32_t worker, TimePoint now, bool rejected);

  // How many of the shard's workers come before `limit`.
  [[nodiscard]] std::uint32_t there_before(TimePoint limit) const;

 private:
  struct Waiting {
    TimePoint due;
    std::uint64_t since = 0;  // counts up
    std::uint32_t worker = 0;

    [[nodiscard]] bool is_before(const Waiting& other) const {
      return due != other.due ? due < other.due : since < other.since;
    }
  };
  // Those that came in the order in which they are due: all of them, as long as nobody goes away
  // and all think equally long.
  using Lane = std::deque<Waiting>;

  void wait(Lane& lane, std::uint32_t worker, TimePoint due);
  [[nodiscard]] Waiting take_first();
  [[nodiscard]] Duration thought(std::uint32_t worker, TimePoint now);

  const ClosedLoop& loop_;
  WorkerCurve curve_;
  std::uint32_t shard_;
  std::uint32_t shards_;
  std::uint32_t instances_;
  Random thoughts_;

  Lane thinking_;
  Lane pausing_;                    // after a rejected call
  std::vector<Waiting> unordered_;  // the rest: a heap, the first on top
  std::uint64_t waits_ = 0;
  std::uint64_t calls_ = 0;
  std::vector<std::uint64_t> calls_of_instance_;
  std::vector<std::uint64_t> calls_of_worker_;  // by worker / shards
};

}  // namespace tripcurve::load
