// Where a server of ours listens, and by which names it may be called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::serve {

// Loopback, unless the user wrote another host.
struct Address {
  std::string host = "127.0.0.1";  // an address without brackets, or a name
  std::uint16_t port = 0;          // 0: the system chooses

  [[nodiscard]] std::string text() const;  // "127.0.0.1:9109", "[::1]:9109"
  friend bool operator==(const Address&, const Address&) = default;
};

// "127.0.0.1:9109", "[::1]:0", "build-7:9109"; ":9109" and "9109" are on loopback, and so is
// "localhost:9109".
[[nodiscard]] Result<Address> parse_address(std::string_view text);

// Whether a request's Host field calls the server that listens at `own` (with its real port) by a
// name that is its own: the host that was bound; for loopback also localhost; for all addresses
// (0.0.0.0, ::) localhost and any address in numbers. A page of a stranger whose name was made to
// point here (DNS rebinding) comes with the stranger's name.
[[nodiscard]] bool is_own_name(std::string_view host_field, const Address& own);

}  // namespace tripcurve::serve
