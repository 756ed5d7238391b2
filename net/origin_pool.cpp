#include "net/origin_pool.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "net/answer_parser.hpp"
#include "net/relay.hpp"
#include "net/tls/context.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr auto connecting_time = std::chrono::seconds(10);

constexpr std::size_t most_idle_connections = 256;

}  // namespace

OriginPool::OriginPool(asio::io_context& io, const Target& target) : io_(io), target_(target) {
  for (const auto& address : target.addresses) {
    endpoints_.emplace_back(asio::ip::make_address(address), target.port);
  }
  if (target.tls) {
    tls_.emplace(client_context(*target.tls).value());
  }
}

std::shared_ptr<Intake> OriginPool::take() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->has_ended() && connection->bytes().empty()) {
      connection->on_end = nullptr;
      return connection;
    }
    connection->stream.close();
  }
  return nullptr;
}

// It is read on, so that its end is noticed.
void OriginPool::give_back(std::shared_ptr<Intake> connection) {
  if (idle_.size() >= most_idle_connections) {
    connection->stream.close();
    return;
  }
  connection->on_end = [&stream = connection->stream] { stream.close(); };
  connection->read_on();
  idle_.push_back(std::move(connection));
}

void OriginPool::clear() {
  for (const auto& connection : idle_) {
    connection->stream.close();  // held by its reading, which ends with it
  }
  idle_.clear();
}

std::shared_ptr<Intake> OriginPool::make() {
  return std::make_shared<Intake>(tcp::socket(io_), AnswerParser::waiting_limit, piece_size);
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
