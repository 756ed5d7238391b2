// How the connection of a client begins, before there is a request: at once, late, with a handshake
// of TLS, or not at all, as the injector says.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "faults/opening.hpp"
#include "net/service.hpp"
#include "net/stream.hpp"

namespace tripcurve::net {

// Nothing happens before the first request.
[[nodiscard]] bool opens_at_once(const Service& service, const faults::Opening& opening);

// Opens a connection like that; whether requests may come by it. If not, it has ended, or the
// client has left. Ends soon when `stream` is closed and `timer` cancelled; all must outlive it.
[[nodiscard]] boost::asio::awaitable<bool> open_connection(Stream& stream,
                                                           boost::asio::steady_timer& timer,
                                                           const Service& service,
                                                           ThreadCounts& counts,
                                                           faults::Opening opening);

}  // namespace tripcurve::net
