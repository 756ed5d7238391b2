// The connections of one engine: carries calls over them, the most recently idle one first, and
// opens a new one when none is idle. Lives on one thread, that of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "core/call_end.hpp"
#include "load/engine.hpp"
#include "net/connection.hpp"
#include "net/requests.hpp"

namespace tripcurve::net {

struct Target;

// Where the connections to a target that was looked up go.
[[nodiscard]] Destination destination_of(const Target& target);

class ConnectionPool final : private Connection::Owner {
 public:
  // What is told of each call that was sent and not cancelled: while it is being sent, or later
  // from the io_context. All but `ended` may be empty.
  struct Listener {
    std::function<void(std::uint32_t slot, CallEnd end)> ended;
    std::function<void(std::uint32_t slot)> connected;
    std::function<void(std::uint32_t slot, std::uint16_t status)> answering;
    std::function<void(std::uint32_t slot)> progressed{};
  };

  // `io` must outlive the pool.
  ConnectionPool(boost::asio::io_context& io, Destination destination, Requests requests,
                 Listener listener);

  // Opens `count` connections ahead of any call. One that fails is nobody's failure.
  void warm_up(std::size_t count);

  // Whether a connection had to be opened for it. Throws std::system_error when this machine has no
  // connection left to give.
  bool send(const load::Attempt& call);

  // Closes the connection of the call in `slot`, whose time is over: how far it had come. The
  // listener is not told.
  [[nodiscard]] CallEnd cancel(std::uint32_t slot);

  // Closes all connections; the listener is not told.
  void close_all();

 private:
  using List = boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

  [[nodiscard]] Connection& take_vacant();
  void ready(Connection& connection) override;
  void connected(std::uint32_t slot) override;
  void answering(std::uint32_t slot, std::uint16_t status) override;
  void progressed(std::uint32_t slot) override;
  void ended(Connection& connection, std::uint32_t slot, CallEnd end) override;
  void vacated(Connection& connection) override;

  boost::asio::io_context& io_;
  Destination destination_;
  Requests requests_;
  Listener listener_;
  std::deque<Connection> all_;  // before the lists, so that it outlives them
  List idle_;                   // the most recent in front
  List vacant_;
  std::vector<Connection*> by_slot_;
};

}  // namespace tripcurve::net
