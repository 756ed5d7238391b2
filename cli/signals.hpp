// Ctrl-C and friends, received where they are waited for instead of in a handler: nothing happens
// at a moment nobody chose.
#pragma once

#include <csignal>
#include <optional>

#include "core/time.hpp"

namespace tripcurve::cli {

// Blocks SIGINT, SIGTERM and SIGWINCH for this thread and the threads it starts from now on, so
// make it before any of them.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal, or empty when none came within `patience`.
  [[nodiscard]] std::optional<int> wait(Duration patience) const;

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace tripcurve::cli
