// The bytes of every request, made once per endpoint; only the ordinal is written anew each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/endpoint.hpp"

namespace tripcurve::net {

class Requests {
 public:
  // `authority` is the Host; the endpoints' texts may stand in a request as they are.
  Requests(const std::string& authority, const std::vector<load::Endpoint>& endpoints);

  // Request `ordinal` to `endpoint`. Valid until the next call.
  [[nodiscard]] std::string_view bytes(std::size_t endpoint, std::uint64_t ordinal);

  // The answer to such a request ends with its head, whatever that says of a body.
  [[nodiscard]] bool is_head(std::size_t endpoint) const {
    return by_endpoint_[endpoint].starts_with("HEAD ");
  }

 private:
  std::vector<std::string> by_endpoint_;
};

}  // namespace tripcurve::net
