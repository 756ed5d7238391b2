// Ctrl-C and friends, received where they are waited for instead of in a handler: nothing happens
// at a moment nobody chose.
#pragma once

#include <csignal>
#include <optional>

#include "core/exit_code.hpp"
#include "core/time.hpp"

namespace tripcurve::cli {

// Blocks the signals that are waited for, in this thread and the threads it starts from now on, so
// make it before any of them: SIGINT, SIGTERM and SIGHUP, which end what goes on; SIGWINCH; and
// those that would leave a terminal as the panel has made it, SIGQUIT and SIGTSTP.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal, or empty when none came within `patience`. SIGHUP is told as SIGTERM. SIGQUIT
  // and SIGTSTP do what they always do, with the terminal put back before.
  [[nodiscard]] std::optional<int> wait(Duration patience) const;

  // Nobody waits for signals any more: what is left to do is to write results. One that ends leaves
  // that a second; a second one ends at once.
  void release() const;

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// Of a command that this signal has ended.
[[nodiscard]] ExitCode exit_code_of(int signal);

// Ends the process at once, whatever it is doing, as that signal does: with 128 + its number.
[[noreturn]] void die(int signal);

}  // namespace tripcurve::cli
