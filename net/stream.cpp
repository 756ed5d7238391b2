#include "net/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <boost/asio/error.hpp>

namespace tripcurve::net {
namespace {

// Bytes that are encrypted together.
constexpr std::size_t largest_outbox = std::size_t{64} * 1024;

}  // namespace

void Stream::start() {
  // Both fail only when the client is gone already, which the first read tells.
  Code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

void Stream::begin_tls(boost::asio::ssl::context& context) {
  tls_ = std::make_shared<Tls>(std::move(socket_), context);
}

std::size_t Stream::write_tls(boost::asio::const_buffer bytes, Code& error) {
  error = failure_;
  if (failure_ || written_ > 0) {
    return std::exchange(written_, 0);
  }
  outbox_.assign(static_cast<const char*>(bytes.data()), std::min(bytes.size(), largest_outbox));
  error = boost::asio::error::would_block;
  return 0;
}

void Stream::shutdown_send(Code& error) {
  if (!tls_) {
    socket_.shutdown(Socket::shutdown_send, error);
    return;
  }
  error = {};
  // Ends when the other side has ended it as well, or is gone.
  tls_->async_shutdown([kept = tls_](const Code&) {});
}

bool Stream::has_unsent() {
  int bytes = 0;
  return ioctl(socket().native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void Stream::reset() {
  Code ignored;
  socket().set_option(Socket::linger(true, 0), ignored);
  socket().close(ignored);
}

void Stream::close() {
  Code ignored;
  socket().close(ignored);
}

}  // namespace tripcurve::net
