// The bytes of every request, made once per endpoint; only its ordinal and with which breaker's
// leave it goes are written anew each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/engine.hpp"

namespace tripcurve::net {

class Requests {
 public:
  // `authority` is the Host; `endpoints` are request targets such as "/cart?id=7".
  Requests(const std::string& authority, const std::vector<std::string>& endpoints);

  // The request of `call`. Valid until the next call.
  [[nodiscard]] std::string_view bytes(const load::Action& call);

 private:
  std::vector<std::string> by_endpoint_;
};

}  // namespace tripcurve::net
