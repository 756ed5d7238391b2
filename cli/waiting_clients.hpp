// Tells once each time that it begins, that clients wait because there is no connection to accept.
#pragma once

#include <cstdint>
#include <system_error>

#include "cli/command.hpp"

namespace tripcurve::cli {

class WaitingClients {
 public:
  // `waits` is how often the system gave no connection until now, and `cause` why it did not last.
  void tell(std::uint64_t waits, const std::error_code& cause) {
    const bool wait = waits > told_;
    if (wait && !waiting_) {
      say("clients wait for a connection: " + cause.message() + " (raise `ulimit -n`)");
    }
    waiting_ = wait;
    told_ = waits;
  }

 private:
  std::uint64_t told_ = 0;
  bool waiting_ = false;
};

}  // namespace tripcurve::cli
