// Bytes that are passed on from one connection to another as they come.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <string_view>

#include "net/intake.hpp"
#include "net/stream.hpp"

namespace tripcurve::net {

// What is read at once of a body that is passed on.
inline constexpr std::size_t piece_size = std::size_t{16} * 1024;

// An operation that is awaited, and whose failure goes there.
inline auto into(boost::system::error_code& error) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, error);
}

// Sends what the socket takes at once, and takes that off the front of `bytes`; false: the rest has
// to wait, by send(). Costs less than to await send(), which is the same to whoever does not mind.
[[nodiscard]] bool send_at_once(Stream& to, std::string_view& bytes,
                                boost::system::error_code& error);

// Sends all of it, and waits only for what the socket does not take at once.
[[nodiscard]] boost::asio::awaitable<void> send(Stream& to, std::string_view bytes,
                                                boost::system::error_code& error);

// From one to the other until either has ended; why. The end that `from` has told (eof) is told on.
[[nodiscard]] boost::asio::awaitable<boost::system::error_code> pass_bytes(Intake& from,
                                                                           Stream& to);

}  // namespace tripcurve::net
