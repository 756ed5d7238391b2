// The service under test of run --through, started as a child of tripcurve.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "child/child.hpp"
#include "cli/signals.hpp"
#include "core/result.hpp"
#include "experiment/through.hpp"
#include "net/client.hpp"
#include "net/tls/server_tls.hpp"

namespace tripcurve::cli {

// What the service calls while it starts.
struct StandIns {
  std::vector<std::uint16_t> ports{};           // of its dependencies, of which the first is
  std::shared_ptr<const net::Target> behind{};  // before that real one, or canned: null
  std::shared_ptr<const net::ServerTls> tls{};  // and speaks TLS as that, or does not: null
};

class Service {
 public:
  // `signals` must outlive it.
  explicit Service(const Signals& signals);
  ~Service();

  // Starts it and waits until it is ready: as it says, or else when `target` accepts connections.
  // Meanwhile and until let_go_of_ports() its dependencies answer well, as it may look at them. The
  // Error says why it is not, with the last lines that it printed. A signal ends the waiting.
  // Throws std::system_error where a dependency cannot listen.
  [[nodiscard]] std::optional<Error> start(const experiment::Through& through,
                                           const net::Target& target, const StandIns& stand_ins);

  // The run plays its dependencies from now on.
  void let_go_of_ports();

  // The signal that ended the waiting, or 0.
  [[nodiscard]] int signal() const { return signal_; }

  // That it has ended by itself, and what it printed last; nothing while it runs, or where it was
  // not started.
  [[nodiscard]] std::optional<std::string> gone();

  // Ends it with all that it has started, and says so if it had to be killed. Nothing where it was
  // not started.
  std::optional<std::string> stop();

 private:
  class WellDependencies;

  const Signals& signals_;
  std::unique_ptr<const WellDependencies> dependencies_;  // as long as they stand in
  std::optional<child::Child> child_{};
  int signal_ = 0;
};

}  // namespace tripcurve::cli
