#include "net/relay.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

namespace tripcurve::net {

namespace asio = boost::asio;
using Code = boost::system::error_code;

asio::awaitable<void> pass_bytes(Stream& from, Stream& to) {
  std::array<char, piece_size> piece;
  Code error;
  while (!error) {
    const auto got = co_await from.async_read_some(asio::buffer(piece), into(error));
    if (got > 0) {
      co_await asio::async_write(to, asio::buffer(piece, got), into(error));
    }
  }
  Code ignored;
  if (error == asio::error::eof) {
    to.shutdown_send(ignored);
  } else {
    to.close();
    from.close();
  }
}

}  // namespace tripcurve::net
