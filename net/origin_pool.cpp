#include "net/origin_pool.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "net/relay.hpp"
#include "net/tls/context.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr auto connecting_time = std::chrono::seconds(10);

constexpr std::size_t most_idle_connections = 256;

// Nothing has come on an idle connection: it did not end, either.
bool is_fresh(Stream& stream) {
  char byte = 0;
  return ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

OriginPool::OriginPool(asio::io_context& io, const Target& target) : io_(io), target_(target) {
  for (const auto& address : target.addresses) {
    endpoints_.emplace_back(asio::ip::make_address(address), target.port);
  }
  if (target.tls) {
    tls_.emplace(client_context(*target.tls).value());
  }
}

std::unique_ptr<Stream> OriginPool::take() {
  while (!idle_.empty()) {
    auto stream = std::move(idle_.back());
    idle_.pop_back();
    if (is_fresh(*stream)) {
      return stream;
    }
  }
  return nullptr;
}

void OriginPool::give_back(std::unique_ptr<Stream> stream) {
  if (idle_.size() < most_idle_connections) {
    idle_.push_back(std::move(stream));
  }
}

asio::awaitable<std::string> OriginPool::connect(Stream& stream) {
  asio::steady_timer patience(io_, connecting_time);
  patience.async_wait([&stream](const Code& cancelled) {
    if (!cancelled) {
      stream.close();
    }
  });
  Code error;
  co_await asio::async_connect(stream.socket(), endpoints_, into(error));
  if (error) {
    co_return " cannot be reached: " + error.message();
  }
  stream.start();
  if (!tls_) {
    co_return std::string();
  }
  stream.begin_tls(*tls_);
  set_server(stream.tls_handle(), target_.host);
  co_await stream.async_handshake(asio::ssl::stream_base::client, into(error));
  if (!error) {
    co_return std::string();
  }
  const auto verdict = SSL_get_verify_result(stream.tls_handle());
  if (verdict != X509_V_OK && !target_.tls->anyone) {
    co_return std::string(" has a certificate that is not trusted: ") +
        X509_verify_cert_error_string(verdict);
  }
  co_return " fails in the TLS handshake: " + error.message();
}

}  // namespace tripcurve::net
