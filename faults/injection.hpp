// A fault that a person switches on and off by hand, while the experiment runs: as long as it is
// set, it stands in for what every phase and rule says. A limit stays in force, and a closed port
// stays closed until its phase is over.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "core/result.hpp"
#include "faults/behaviour.hpp"

namespace tripcurve::faults {

// Thread-safe.
class Injection {
 public:
  // Refuses `refuse` and `full-backlog`, which only a phase can be, and errors that change while
  // one lasts.
  [[nodiscard]] std::optional<Error> set(Behaviour behaviour);
  void clear();

  // Whether something is set: one load. A change made on another thread is seen soon.
  [[nodiscard]] bool is_set() const { return is_set_.load(std::memory_order_relaxed); }
  // What is set, or nullptr.
  [[nodiscard]] std::shared_ptr<const Behaviour> current() const;

 private:
  std::atomic<bool> is_set_{false};  // whether behaviour_ is, for a look without the lock
  mutable std::mutex mutex_;         // guards behaviour_
  std::shared_ptr<const Behaviour> behaviour_;
};

}  // namespace tripcurve::faults
