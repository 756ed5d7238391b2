// The proxies of a process, as those who control them see them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "toxics/toxic.hpp"

namespace tripcurve::toxics {

// One port that passes connections on to an upstream, with what goes wrong on the way. A value.
struct Proxy {
  std::string name{};
  std::string listen{};    // "127.0.0.1:3310"; port 0: the system chooses
  std::string upstream{};  // "db.example:3306"
  bool enabled = true;     // false: the port is closed, and nobody is connected
  std::vector<Toxic> toxics{};

  friend bool operator==(const Proxy&, const Proxy&) = default;
};

// What went through one proxy since it was made, the way up and the way down.
struct Traffic {
  std::uint64_t connections = 0;
  std::uint64_t open_now = 0;
  std::uint64_t unreachable = 0;                   // connections that the upstream did not take
  std::uint64_t received_up = 0, sent_up = 0;      // bytes: from the client, to the upstream
  std::uint64_t received_down = 0, sent_down = 0;  // bytes: from the upstream, to the client
};

struct ProxyNow {
  Proxy proxy;
  Traffic traffic;
};

// Thread-safe. A change is complete when the call returns.
class Proxies {
 public:
  Proxies() = default;
  Proxies(const Proxies&) = delete;
  Proxies& operator=(const Proxies&) = delete;
  virtual ~Proxies() = default;

  // In the order of names.
  [[nodiscard]] virtual std::vector<ProxyNow> all() const = 0;

  // Makes the proxy of that name as `wanted` says, or makes it. A new address, upstream or
  // `enabled` ends its connections; new, changed and removed toxics act on them. Returns what it
  // is, with the port that it listens on; nothing has changed when it cannot listen there.
  [[nodiscard]] virtual Result<Proxy> set(const Proxy& wanted) = 0;

  // Closes its port and its connections.
  virtual void remove(const std::string& name) = 0;
};

}  // namespace tripcurve::toxics
