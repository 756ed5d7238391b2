// Passes HTTP requests on to a real service, where the injector has nothing else for them, and the
// answers back; as a reverse proxy does (RFC 9110, 7.6).
//
// Bodies are passed on as they come, both ways at once, and are never kept whole: who sends too
// fast is held up. An upgrade, such as to a WebSocket, makes a tunnel of the connection.
// Connections to the service are kept and used again.
#pragma once

#include <list>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/client.hpp"
#include "net/service.hpp"

namespace tripcurve::net {

class OriginPool;

// Of one serving thread, and for it alone.
class Forwarder {
 public:
  // `target` is resolved, and its file of authorities has been read before. All must outlive it.
  Forwarder(boost::asio::io_context& io, const Target& target, Service& service,
            ThreadCounts& counts);
  ~Forwarder();

  // Serves a client until it leaves.
  void serve(boost::asio::ip::tcp::socket client, const faults::Opening& opening = {},
             std::uint64_t number = 0);

  // Cuts off who has no request under way, likewise.
  void close_idle();

  // Cuts all off, soon but not within this call.
  void close();

 private:
  class Connection;

  boost::asio::io_context& io_;
  Service& service_;
  ThreadCounts& counts_;
  std::unique_ptr<OriginPool> pool_;
  std::list<std::weak_ptr<Connection>> connections_;
};

}  // namespace tripcurve::net
