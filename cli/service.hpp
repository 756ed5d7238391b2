// The service under test of run --through, started as a child of tripcurve.
#pragma once

#include <optional>
#include <string>

#include "child/child.hpp"
#include "cli/signals.hpp"
#include "core/result.hpp"
#include "experiment/through.hpp"
#include "net/client.hpp"

namespace tripcurve::cli {

class Service {
 public:
  // `signals` must outlive it.
  explicit Service(const Signals& signals) : signals_(signals) {}

  // Starts it and waits until it is ready: as it says, or else when `target` accepts connections.
  // The Error says why it is not, with the last lines that it printed. A signal ends the waiting.
  [[nodiscard]] std::optional<Error> start(const experiment::Through& through,
                                           const net::Target& target);

  // The signal that ended the waiting, or 0.
  [[nodiscard]] int signal() const { return signal_; }

  // That it has ended by itself, and what it printed last; nothing while it runs, or where it was
  // not started.
  [[nodiscard]] std::optional<std::string> gone();

  // Ends it with all that it has started, and says so if it had to be killed. Nothing where it was
  // not started.
  std::optional<std::string> stop();

 private:
  const Signals& signals_;
  std::optional<child::Child> child_{};
  int signal_ = 0;
};

}  // namespace tripcurve::cli
