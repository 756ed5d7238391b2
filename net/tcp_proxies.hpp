// TCP proxies on sockets: ports that pass connections on to upstreams, with toxics on the way. They
// share one thread, which does nothing else.
#pragma once

#include <memory>
#include <string>
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

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::net
