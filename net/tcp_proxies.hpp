// TCP proxies on sockets: ports that pass connections on to upstreams, with toxics on the way. They
// share one thread, which does nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "core/random.hpp"
#include "core/result.hpp"
#include "net/clock.hpp"
#include "toxics/proxies.hpp"

namespace tripcurve::net {

class TcpProxies : public toxics::Proxies {
 public:
  // Which connections a toxic hits, and all its chance, come from `random`, the names of proxy and
  // toxic, and the number of the connection.
  TcpProxies(const SteadyClock& clock, Random random);
  ~TcpProxies() override;  // closes everything

  [[nodiscard]] std::vector<toxics::ProxyNow> all() const override;
  [[nodiscard]] Result<toxics::Proxy> set(const toxics::Proxy& wanted) override;
  void remove(const std::string& name) override;

  // How often the system gave no connection until now, for want of descriptors most likely: to a
  // client, who waits, or to an upstream, whose client is let go.
  struct Shortage {
    std::uint64_t times = 0;
    std::error_code cause{};  // the last time
  };
  [[nodiscard]] Shortage shortage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::net
