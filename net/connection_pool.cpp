#include "net/connection_pool.hpp"

#include <optional>
#include <utility>

namespace tripcurve::net {

ConnectionPool::ConnectionPool(boost::asio::io_context& io, Destination destination,
                               Requests requests, Listener listener)
    : io_(io),
      destination_(std::move(destination)),
      requests_(std::move(requests)),
      listener_(std::move(listener)) {}

void ConnectionPool::warm_up(std::size_t count) {
  for (; count > 0; --count) {
    take_vacant().open(std::nullopt);
  }
}

bool ConnectionPool::send(const load::Attempt& call) {
  if (by_slot_.size() <= call.slot) {
    by_slot_.resize(call.slot + std::size_t{1});
  }
  if (!idle_.empty()) {
    auto& connection = idle_.front();
    idle_.pop_front();
    by_slot_[call.slot] = &connection;
    connection.send(call);
    return false;
  }
  auto& connection = take_vacant();
  by_slot_[call.slot] = &connection;
  connection.open(call);
  return true;
}

CallEnd ConnectionPool::cancel(std::uint32_t slot) { return by_slot_[slot]->give_up(); }

void ConnectionPool::close_all() {
  for (auto& connection : all_) {
    if (!connection.is_closed()) {
      connection.close();
    }
  }
}

// A closed connection, which is in no list while it is used.
Connection& ConnectionPool::take_vacant() {
  if (vacant_.empty()) {
    return all_.emplace_back(io_, destination_, requests_, static_cast<Connection::Owner&>(*this));
  }
  auto& connection = vacant_.front();
  vacant_.pop_front();
  return connection;
}

void ConnectionPool::ready(Connection& connection) { idle_.push_front(connection); }

void ConnectionPool::ended(Connection& connection, std::uint32_t slot, CallEnd end) {
  if (connection.is_idle()) {
    idle_.push_front(connection);
  }
  listener_.ended(slot, end);
}

void ConnectionPool::connected(std::uint32_t slot) {
  if (listener_.connected) {
    listener_.connected(slot);
  }
}

void ConnectionPool::answering(std::uint32_t slot, std::uint16_t status) {
  if (listener_.answering) {
    listener_.answering(slot, status);
  }
}

void ConnectionPool::progressed(std::uint32_t slot) {
  if (listener_.progressed) {
    listener_.progressed(slot);
  }
}

void ConnectionPool::vacated(Connection& connection) { vacant_.push_front(connection); }

}  // namespace tripcurve::net
