// A listening socket that accepts for as long as it is open.
//
// Lives on one thread, that of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <vector>

namespace tripcurve::net {

class Listener {
 public:
  using Accepted = std::function<void(boost::asio::ip::tcp::socket socket)>;
  // The system gives no connection, most likely for want of descriptors: those who want one wait.
  using Waits = std::function<void(const boost::system::error_code& error)>;

  // `io` must outlive it.
  Listener(boost::asio::io_context& io, Accepted accepted, Waits waits = nullptr)
      : io_(io),
        acceptor_(io),
        pause_(io),
        accepted_(std::move(accepted)),
        waits_(std::move(waits)) {}

  // Opens the port; clients are in the backlog from now on. `shared`: other sockets of this process
  // listen there, too.
  boost::system::error_code open(const boost::asio::ip::tcp::endpoint& endpoint, bool shared);
  // Of an open one.
  void accept();
  void close();

  // Accepts nobody any more, and keeps its own queue full, so that the system drops whoever asks
  // for a connection. Of an open one, until accept().
  void crowd();

  [[nodiscard]] bool is_open() const { return acceptor_.is_open(); }
  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const {
    return acceptor_.local_endpoint();
  }

 private:
  void accept_next();
  void let_in_who_waits();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;  // until accepting is tried again
  Accepted accepted_;
  Waits waits_;
  bool accepting_ = false;
  std::vector<boost::asio::ip::tcp::socket> crowd_;  // keeps the queue full
};

}  // namespace tripcurve::net
