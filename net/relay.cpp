#include "net/relay.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

namespace tripcurve::net {

namespace asio = boost::asio;
using Code = boost::system::error_code;

bool send_at_once(Stream& to, std::string_view& bytes, Code& error) {
  error = {};
  if (!to.has_tls()) {
    const auto taken = to.write_some(asio::buffer(bytes), error);
    bytes.remove_prefix(taken);
    if (error == asio::error::would_block) {
      error = {};
    }
  }
  return error || bytes.empty();
}

asio::awaitable<void> send(Stream& to, std::string_view bytes, Code& error) {
  if (!send_at_once(to, bytes, error)) {
    co_await asio::async_write(to, asio::buffer(bytes), into(error));
  }
}

asio::awaitable<Code> pass_bytes(Intake& from, Stream& to) {
  Code error;
  while (!error) {
    if (!from.bytes().empty()) {
      const auto count = from.bytes().size();
      co_await send(to, from.bytes(), error);
      from.take(count);
    } else if (from.has_ended()) {
      error = from.end();
    } else {
      co_await from.more();
    }
  }
  if (error == asio::error::eof) {
    Code ignored;
    to.shutdown_send(ignored);
  }
  co_return error;
}

}  // namespace tripcurve::net
