// What the threads that serve clients share, and what each of them counted.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>

#include <boost/asio/ip/tcp.hpp>

#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "net/clock.hpp"
#include "net/request_parser.hpp"
#include "net/upstream.hpp"

namespace tripcurve::net {

class Session;

// Who answers requests in place of the injector, when it pleases.
class Inbox {
 public:
  virtual ~Inbox() = default;
  // A request is there, known by `number`. It is answered by session.answer_with(), within this
  // call or later; nothing is asked of the session in between.
  virtual void arrived(Session& session, const RequestHead& head, std::uint64_t number) = 0;
  // Whoever asked has gone, and the session that arrived() was given goes, too.
  virtual void left(Session& session) = 0;
};

// A client that has closed its side may wait for its answer, or be gone, and holds a connection in
// both cases. For one that is further off than this it is taken to be gone. When an inbox answers,
// nobody knows; it is waited for.
inline constexpr auto longest_wait_of_ended = std::chrono::minutes(1);

// What all serving threads share.
struct Service {
  faults::Injector& injector;
  SteadyClock clock;
  UpstreamOptions options;
  std::uint64_t run;                           // what Upstream::run() says
  std::atomic<std::uint64_t> arrivals = 0;     // the next ordinal of a request that brings none
  Inbox* inbox = nullptr;                      // null: the injector decides
  std::atomic<std::uint64_t> connections = 0;  // how many have come
};

// The request that is served, for whoever wants to be told of it (UpstreamOptions::arrived).
class Visit {
 public:
  explicit Visit(const Service& service) : service_(service) {}
  void begin(const RequestHead& head, const std::string& peer, TimePoint now);
  void end();  // if one has begun

 private:
  const Service& service_;
  std::optional<std::size_t> arrival_{};
};

// Whoever sent a request that brought that pass, over a connection from there.
[[nodiscard]] std::uint64_t client_of(const Service& service, const std::optional<Pass>& pass,
                                      const boost::asio::ip::tcp::endpoint& from);

// What one serving thread counted.
class ThreadCounts {
 public:
  explicit ThreadCounts(const faults::Plan& plan) : ledger_(plan) {}

  // All thread-safe.
  void note(const faults::Treatment& action, Passage passage);
  void note(const faults::Opening& opening);
  void spare(const faults::Treatment& action, Passage passage);
  void note_accepted();
  void note_closed();
  void note_bad_request();
  void note_failed_handshake();
  void note_wait(std::error_code cause);  // the system gives no connection
  void add_to(faults::Ledger& sum) const;
  void add_to(ConnectionCounts& sum) const;

 private:
  mutable std::mutex mutex_;  // guards all below; its own thread alone takes it, but for readers
  faults::Ledger ledger_;
  ConnectionCounts connections_;
};

}  // namespace tripcurve::net
