// What people wait for, on the last line of their terminal: "reading result.json, 3 s". It appears
// when they have waited for a moment, and is gone when it is over.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/time.hpp"
#include "live/display.hpp"

namespace tripcurve::cli {

// On standard error. Nothing where that is no terminal, or one that cannot move its cursor.
class Waiting {
 public:
  explicit Waiting(std::string for_what);
  ~Waiting() { done(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  // It is something else now. For any thread.
  void now(std::string for_what);

  // Takes the line away. Nobody else may write to the terminal before.
  void done();

 private:
  void show();  // a thread of its own, because whoever works does not look at the clock

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string for_what_;
  bool is_over_ = false;
  std::thread thread_;
};

// How far a simulation of that length is, as a display: "simulating 42 % of run 2 of 3". It
// stays from one run to the next.
[[nodiscard]] std::unique_ptr<live::Display> make_simulation_progress(Duration length);

}  // namespace tripcurve::cli
