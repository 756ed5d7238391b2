#include "net/origin_pool.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "net/relay.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr auto connecting_time = std::chrono::seconds(10);

constexpr std::size_t most_idle_connections = 256;

// Nothing has come on an idle connection: it did not end, either.
bool is_fresh(tcp::socket& socket) {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

OriginPool::OriginPool(asio::io_context& io, const Target& target) : io_(io), target_(target) {
  for (const auto& address : target.addresses) {
    endpoints_.emplace_back(asio::ip::make_address(address), target.port);
  }
}

std::optional<tcp::socket> OriginPool::take() {
  while (!idle_.empty()) {
    auto socket = std::move(idle_.back());
    idle_.pop_back();
    if (is_fresh(socket)) {
      return socket;
    }
  }
  return std::nullopt;
}

void OriginPool::give_back(tcp::socket socket) {
  if (idle_.size() < most_idle_connections) {
    idle_.push_back(std::move(socket));
  }
}

asio::awaitable<Code> OriginPool::connect(tcp::socket& socket) {
  asio::steady_timer patience(io_, connecting_time);
  patience.async_wait([&socket](const Code& cancelled) {
    if (!cancelled) {
      Code ignored;
      socket.close(ignored);
    }
  });
  Code error;
  co_await asio::async_connect(socket, endpoints_, into(error));
  if (!error) {
    Code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
  }
  co_return error;
}

}  // namespace tripcurve::net
