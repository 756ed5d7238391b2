// The connections to a service that nobody uses just now, and new ones.
//
// Lives on one thread, that of its io_context.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <vector>

#include "net/client.hpp"

namespace tripcurve::net {

class OriginPool {
 public:
  // `target` is resolved. Both must outlive it.
  OriginPool(boost::asio::io_context& io, const Target& target);

  [[nodiscard]] const Target& target() const { return target_; }

  // One that was given back and has not ended since, if there is any.
  [[nodiscard]] std::optional<boost::asio::ip::tcp::socket> take();
  void give_back(boost::asio::ip::tcp::socket socket);
  void clear() { idle_.clear(); }

  // Closes `socket` when it takes too long.
  [[nodiscard]] boost::asio::awaitable<boost::system::error_code> connect(
      boost::asio::ip::tcp::socket& socket);

 private:
  boost::asio::io_context& io_;
  const Target& target_;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  std::vector<boost::asio::ip::tcp::socket> idle_;
};

}  // namespace tripcurve::net
