// Who is at the other side of a connection.
#pragma once

#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace tripcurve::net {

// The address, in numbers; "" of one that has gone already.
[[nodiscard]] inline std::string address_of(const boost::asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  return error ? "" : peer.address().to_string();
}

}  // namespace tripcurve::net
