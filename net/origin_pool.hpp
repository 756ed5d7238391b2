// The connections to a service that nobody uses just now, and new ones; with TLS where its URL says
// https.
//
// Lives on one thread, that of its io_context.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/intake.hpp"
#include "net/stream.hpp"

namespace tripcurve::net {

class OriginPool {
 public:
  // `target` is resolved, and its file of authorities has been read before. Both must outlive it.
  OriginPool(boost::asio::io_context& io, const Target& target);

  [[nodiscard]] const Target& target() const { return target_; }

  // One that was given back and has not ended since; null if there is none.
  [[nodiscard]] std::shared_ptr<Intake> take();
  void give_back(std::shared_ptr<Intake> connection);
  void clear();

  // One that is to be opened.
  [[nodiscard]] std::shared_ptr<Intake> make();
  // Opens it, and closes it when that takes too long. What went wrong, to stand behind the
  // service's name; "" when nothing did.
  [[nodiscard]] boost::asio::awaitable<std::string> connect(Stream& stream);

 private:
  boost::asio::io_context& io_;
  const Target& target_;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  std::optional<boost::asio::ssl::context> tls_;  // of a target with TLS
  std::vector<std::shared_ptr<Intake>> idle_;
};

}  // namespace tripcurve::net
