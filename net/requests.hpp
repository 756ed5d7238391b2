// The bytes of every request, made once per endpoint; only its ordinal and with which breaker's
// leave it goes are written anew each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/endpoint.hpp"
#include "load/engine.hpp"

namespace tripcurve::net {

class Requests {
 public:
  // `authority` is the Host; the endpoints' texts may stand in a request as they are. `run` is
  // Target's, and so is `identity`.
  Requests(const std::string& authority, const std::vector<load::Endpoint>& endpoints,
           std::uint64_t run, const std::vector<Header>& identity = {},
           bool stops_at_error_event = false);

  // The request of `call`. Valid until the next call.
  [[nodiscard]] std::string_view bytes(const load::Attempt& call);

  // The answer to such a request ends with its head, whatever that says of a body.
  [[nodiscard]] bool is_head(std::size_t endpoint) const {
    return by_endpoint_[endpoint].starts_with("HEAD ");
  }

  // load::LoadPlan's.
  [[nodiscard]] bool stops_at_error_event() const { return stops_at_error_event_; }

 private:
  bool stops_at_error_event_;
  std::ptrdiff_t after_ordinal_;  // what stands between the ordinal and the breaker
  std::vector<std::string> by_endpoint_;
  // Where the number of the call in an identity ends: so far from the end of a request.
  std::vector<std::ptrdiff_t> identities_;
};

}  // namespace tripcurve::net
