#include "net/listener.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace tripcurve::net {
namespace {

using boost::asio::ip::tcp;
using Code = boost::system::error_code;

constexpr int backlog = 4096;

// A queue of length 0 holds one; the system may give it to another socket that listens at the port.
constexpr std::size_t largest_crowd = 1024;

// How long the backlog is left alone after the system gave no connection, which is when descriptors
// or memory have run out: at once it would only fail again.
constexpr auto accept_pause = std::chrono::milliseconds(10);

// Somebody waits to be accepted.
bool has_queue(tcp::acceptor& acceptor) {
  pollfd wanted{.fd = acceptor.native_handle(), .events = POLLIN, .revents = 0};
  return poll(&wanted, 1, 0) > 0;
}

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
  accepting_ = true;
  if (!crowd_.empty()) {
    let_in_who_waits();
  }
  accept_next();
}

void Listener::accept_next() {
  acceptor_.async_accept([this](const Code& error, tcp::socket socket) {
    if (!acceptor_.is_open()) {
      return;
    }
    if (!error) {
      accepted_(std::move(socket));
    }
    if (!accepting_ || !acceptor_.is_open()) {
      return;
    }
    if (!error) {
      accept_next();
      return;
    }
    if (waits_) {
      waits_(error);
    }
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const Code& cancelled) {
      if (!cancelled && accepting_ && acceptor_.is_open()) {
        accept_next();
      }
    });
  });
}

void Listener::crowd() {
  accepting_ = false;
  Code ignored;
  acceptor_.cancel(ignored);
  pause_.cancel();
  ::listen(acceptor_.native_handle(), 0);
  const auto here = acceptor_.local_endpoint();
  while (!has_queue(acceptor_) && crowd_.size() < largest_crowd) {
    auto& one = crowd_.emplace_back(io_);
    one.open(here.protocol(), ignored);
    one.non_blocking(true, ignored);
    // Not Asio's, which waits: it is through at once where there is room.
    static_cast<void>(
        ::connect(one.native_handle(), here.data(), static_cast<socklen_t>(here.size())));
  }
}

// Of those in the queue, whoever is not of the crowd.
void Listener::let_in_who_waits() {
  Code error;
  acceptor_.non_blocking(true, error);
  while (has_queue(acceptor_)) {
    auto socket = acceptor_.accept(error);
    if (error) {
      break;
    }
    const auto from = socket.remote_endpoint(error);
    const bool is_one = std::ranges::any_of(
        crowd_, [&](const tcp::socket& one) { return one.local_endpoint(error) == from; });
    if (!is_one) {
      accepted_(std::move(socket));
    }
  }
  crowd_.clear();
  ::listen(acceptor_.native_handle(), backlog);
}

void Listener::close() {
  accepting_ = false;
  crowd_.clear();
  Code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace tripcurve::net
