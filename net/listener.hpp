// A listening socket that accepts for as long as it is open.
//
// Lives on one thread, that of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <functional>

namespace tripcurve::net {

class Listener {
 public:
  using Accepted = std::function<void(boost::asio::ip::tcp::socket socket)>;

  // `io` must outlive it.
  Listener(boost::asio::io_context& io, Accepted accepted)
      : acceptor_(io), pause_(io), accepted_(std::move(accepted)) {}

  // Opens the port; clients are in the backlog from now on. `shared`: other sockets of this process
  // listen there, too.
  boost::system::error_code open(const boost::asio::ip::tcp::endpoint& endpoint, bool shared);
  // Of an open one.
  void accept();
  void close();

  [[nodiscard]] bool is_open() const { return acceptor_.is_open(); }
  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const {
    return acceptor_.local_endpoint();
  }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;  // until accepting is tried again
  Accepted accepted_;
};

}  // namespace tripcurve::net
