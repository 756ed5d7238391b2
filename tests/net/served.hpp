// An upstream with its plan, that a test of tests/net talks to, and what it says to it.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "faults/plan.hpp"
#include "net/clock.hpp"
#include "net/upstream.hpp"
#include "tests/net/wire.hpp"

namespace tripcurve::net::testing {

inline faults::Plan plan_of(const std::vector<std::string>& phases, std::uint64_t seed = 1,
                            faults::After after = faults::After::last) {
  std::vector<faults::PhaseSpec> specs;
  for (const auto& phase : phases) {
    specs.push_back(faults::parse_phase(phase).value());
  }
  return {faults::Upstream{}, std::move(specs), Random(seed), after};
}

inline faults::Plan always(const std::string& faults, std::uint64_t seed = 1) {
  return plan_of({"only 1h " + faults}, seed);
}

struct Served {
  explicit Served(faults::Plan the_plan, UpstreamOptions options = {})
      : plan(std::move(the_plan)), upstream(injector, clock, std::move(options)) {}

  [[nodiscard]] httplib::Client client() const {
    httplib::Client http("127.0.0.1", upstream.port());
    http.set_keep_alive(true);
    http.set_read_timeout(patience);
    return http;
  }
  [[nodiscard]] Wire wire() const { return Wire(upstream.port()); }

  // Sends the bytes on a connection of their own and gives all that comes back.
  [[nodiscard]] Wire::Ending exchange(std::string_view bytes) const {
    auto connection = wire();
    connection.send(bytes);
    return connection.receive_to_end();
  }
  [[nodiscard]] faults::PhaseLedger first_phase() const {
    return upstream.ledger().phases().front();
  }

  faults::Plan plan;
  faults::Injector injector{plan};
  SteadyClock clock;
  Upstream upstream;
};

inline const std::string plain_get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
inline const std::string last_get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

// Clients that ask once each, and read what comes for ever, faster than it is made.
class GreedyClients {
 public:
  GreedyClients(const Served& server, int count) {
    for (int i = 0; i < count; ++i) {
      clients_.emplace_back([client = server.wire()](const std::stop_token& enough) mutable {
        client.send(plain_get);
        while (!enough.stop_requested() && !client.receive_some(1 << 16).empty()) {
        }
      });
    }
  }

 private:
  std::vector<std::jthread> clients_;
};

inline std::size_t occurrences(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace tripcurve::net::testing
