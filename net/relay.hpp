// Bytes and bodies that are passed on from one connection to another as they come.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <cstddef>
#include <vector>

#include "net/stream.hpp"

namespace tripcurve::net {

// A piece of a body, as it is passed on.
inline constexpr std::size_t piece_size = std::size_t{16} * 1024;

// An operation that is awaited, and whose failure goes there.
inline auto into(boost::system::error_code& error) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, error);
}

template <bool is_request>
using BodyParser = boost::beast::http::parser<is_request, boost::beast::http::buffer_body>;
template <bool is_request>
using BodySerializer = boost::beast::http::serializer<is_request, boost::beast::http::buffer_body>;

// Passes the body on that `parser` reads from `from`, piece by piece as it comes; the head is
// written. Empty when all of it went.
template <bool is_request>
boost::asio::awaitable<boost::system::error_code> pass_body(
    Stream& from, boost::beast::flat_buffer& buffer, BodyParser<is_request>& parser, Stream& to,
    BodySerializer<is_request>& serializer) {
  namespace http = boost::beast::http;
  std::vector<char> piece(parser.is_done() ? 0 : piece_size);
  while (!serializer.is_done()) {
    boost::system::error_code error;
    auto& body = parser.get().body();
    body.data = nullptr;
    body.size = 0;
    if (!parser.is_done()) {
      body.data = piece.data();
      body.size = piece.size();
      co_await http::async_read_some(from, buffer, parser, into(error));
      if (error && error != http::error::need_buffer) {
        co_return error;
      }
      body.size = piece.size() - body.size;
      body.data = piece.data();
    }
    body.more = !parser.is_done();
    if (body.size == 0 && body.more) {
      continue;  // the head of a chunk, say
    }
    error = {};
    co_await http::async_write(to, serializer, into(error));
    if (error && error != http::error::need_buffer) {
      co_return error;
    }
  }
  co_return boost::system::error_code{};
}

// From one to the other until it ends, and then says so.
[[nodiscard]] boost::asio::awaitable<void> pass_bytes(Stream& from, Stream& to);

}  // namespace tripcurve::net
