// A proxy in front of a service, and a client of the test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/client.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net::testing {

inline std::shared_ptr<const Target> service_at(std::uint16_t port) {
  auto target = parse_target("http://127.0.0.1:" + std::to_string(port)).value();
  REQUIRE_FALSE(resolve(target));
  return std::make_shared<const Target>(std::move(target));
}

// A proxy in front of a service that is told what to answer.
struct Passing {
  explicit Passing(ScriptedServer::Script script, const std::string& faults = "")
      : service(std::move(script)),
        proxy(always(faults), {.service = service_at(service.port())}) {}

  [[nodiscard]] std::string ask(const std::string& bytes) const {
    return proxy.exchange(bytes).bytes;
  }
  [[nodiscard]] std::string asked() const {
    const auto requests = service.requests();
    REQUIRE(requests.size() == 1);
    return requests.front();
  }

  ScriptedServer service;
  Served proxy;
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tripcurve::net::testing
