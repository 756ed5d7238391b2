// The world of real sockets and the wall clock: the built-in upstream on loopback, or somebody
// else's, and load threads that call it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/tls/server_tls.hpp"
#include "topology/topology.hpp"
#include "trial/pages.hpp"
#include "trial/trial.hpp"

namespace tripcurve::trial {

class Wire : public World {
 public:
  // Each run calls the built-in upstream at this port of 127.0.0.1; 0: the system chooses one.
  explicit Wire(std::uint16_t port) : port_(port) {}
  // Each run calls that upstream, which somebody else runs.
  explicit Wire(net::Target target) : target_(std::move(target)), own_upstream_(false) {}

  // Each run calls that service, which calls the built-in upstream at the first of these ports, and
  // its further dependencies at the others.
  Wire(net::Target service, const std::vector<std::uint16_t>& ports, std::string id_header)
      : target_(std::move(service)),
        port_(ports.front()),
        other_ports_(ports.begin() + 1, ports.end()),
        id_header_(std::move(id_header)) {}

  // The built-in upstream passes on to that service, resolved, whatever no fault is drawn for.
  // Calls that are rejected are then said to have been good if no fault would have hit them.
  void pass_on_to(net::Target service) {
    service_ = std::make_shared<const net::Target>(std::move(service));
  }

  // Shows each run in these pages while it goes. `stop` is what their button does. Both must
  // outlive the world.
  void show_in(const Pages& pages, std::function<void()> stop) {
    pages_ = &pages;
    stop_ = std::move(stop);
  }

  // What the built-in upstream of an experiment with TLS shows its clients; null: what is made for
  // the run.
  void speak_tls_as(std::shared_ptr<const net::ServerTls> tls) { tls_ = std::move(tls); }

  // Called before the built-in upstream listens: whoever holds its ports lets go of them.
  void take_ports_by(std::function<void()> let_go) { let_go_ = std::move(let_go); }

  // Each run's time zero is then, by the clock of this machine, so that runs on several machines
  // begin together as well as their clocks agree.
  void start_at(std::chrono::system_clock::time_point when) { start_at_ = when; }

  [[nodiscard]] const char* command() const override { return "run"; }
  [[nodiscard]] bool can_be_simulated() const override { return own_upstream_ && !service_; }
  [[nodiscard]] Counted play(Parts& parts, Conductor& conductor) override;

 private:
  net::Target target_{.host = "127.0.0.1", .loopback = true};
  std::uint16_t port_ = 0;
  std::vector<std::uint16_t> other_ports_;
  bool own_upstream_ = true;
  std::string id_header_;  // of a service
  std::shared_ptr<const net::Target> service_;
  std::shared_ptr<const net::ServerTls> tls_{};
  std::optional<std::chrono::system_clock::time_point> start_at_{};
  const Pages* pages_ = nullptr;
  std::function<void()> stop_;
  std::function<void()> let_go_ = [] {};
};

// How many calls can be under way at once in an experiment of so many load threads, of which each
// needs so many open files: one for its connection, another where its other end is in this process,
// too, as are the built-in upstream and all services, and a third where that passes it on. Raises
// this process's soft limit of open files to the hard one. Throws std::system_error when the limit
// cannot be read.
struct Room {
  std::uint64_t open_files = 0;  // the limit
  std::uint64_t calls = 0;
};
[[nodiscard]] Room room_for_calls(std::uint32_t threads, std::uint32_t files_of_call,
                                  const topology::Topology& topology = {});

}  // namespace tripcurve::trial
