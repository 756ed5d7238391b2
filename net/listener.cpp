#include "net/listener.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace tripcurve::net {
namespace {

using boost::asio::ip::tcp;
using Code = boost::system::error_code;

constexpr int backlog = 4096;

// How long the backlog is left alone after the system gave no connection, which is when descriptors
// or memory have run out: at once it would only fail again.
constexpr auto accept_pause = std::chrono::milliseconds(10);

}  // namespace

Code Listener::open(const tcp::endpoint& endpoint, bool shared) {
  Code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error && shared) {
    const int on = 1;
    if (setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      error.assign(errno, boost::system::system_category());
    }
  }
  if (!error) {
    acceptor_.bind(endpoint, error);
  }
  if (!error) {
    acceptor_.listen(backlog, error);
  }
  return error;
}

void Listener::accept() {
  acceptor_.async_accept([this](const Code& error, tcp::socket socket) {
    if (!acceptor_.is_open()) {
      return;
    }
    if (!error) {
      accepted_(std::move(socket));
      accept();
      return;
    }
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const Code& cancelled) {
      if (!cancelled && acceptor_.is_open()) {
        accept();
      }
    });
  });
}

void Listener::close() {
  Code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace tripcurve::net
