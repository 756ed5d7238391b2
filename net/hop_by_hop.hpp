// Which header fields a proxy does not pass on, because they are about one connection only (RFC
// 9110, 7.6.1).
#pragma once

#include <boost/container/small_vector.hpp>
#include <string_view>
#include <vector>

#include "core/http.hpp"

namespace tripcurve::net {

// Names are equal whatever their case.
[[nodiscard]] bool is_field(const Header& field, std::string_view name);

// Of one head.
class HopByHop {
 public:
  // `fields` must outlive it.
  explicit HopByHop(const std::vector<Header>& fields);

  // The request or the answer asks for another protocol, or agrees to one.
  [[nodiscard]] bool is_upgrade() const { return is_upgrade_; }

  // Stays on its side of the proxy: those that are always about the connection, and those that
  // Connection names. How the body is framed, and whom the request is for, is never held back.
  [[nodiscard]] bool holds(const Header& field) const;

 private:
  boost::container::small_vector<std::string_view, 4> named_;  // by Connection
  bool is_upgrade_ = false;
};

}  // namespace tripcurve::net
