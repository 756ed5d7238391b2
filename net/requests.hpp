// The bytes of every request, made once per endpoint; only the ordinal is written anew each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripcurve::net {

class Requests {
 public:
  // `authority` is the Host; `endpoints` are request targets such as "/cart?id=7".
  Requests(const std::string& authority, const std::vector<std::string>& endpoints);

  // Request `ordinal` to `endpoint`. Valid until the next call.
  [[nodiscard]] std::string_view bytes(std::size_t endpoint, std::uint64_t ordinal);

 private:
  std::vector<std::string> by_endpoint_;
};

}  // namespace tripcurve::net
