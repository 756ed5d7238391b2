// The fake upstream: an HTTP/1.1 keep-alive server on loopback that serves any method and path, and
// does to each request what the injector decides.
//
// Every response carries `X-Tripcurve-Request`, the ordinal the decision was made for: the number
// in the request's own header of that name if it has one, else a count of arrivals. Same seed, same
// ordinals: same faults.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/http.hpp"
#include "core/passage.hpp"
#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "load/breaker_bank.hpp"
#include "net/clock.hpp"

namespace tripcurve::net {

class ServerTls;
struct Target;

// A request of a service that calls go through.
struct ArrivedRequest {
  std::optional<std::uint64_t> call{};  // whose identity it brings, if any (through::call_in())
  const std::vector<Header>& headers;
  const std::string& peer;  // the address that it came from
};

struct UpstreamOptions {
  std::uint16_t port = 0;  // 0: the system chooses
  std::uint32_t threads = 1;
  std::uint64_t body_limit = std::uint64_t{8} << 20U;  // bytes of a request body; above it 413
  // A real service, resolved, that answers whatever no fault is drawn for. Null: all is canned.
  std::shared_ptr<const Target> service = nullptr;
  std::shared_ptr<const ServerTls> tls = nullptr;  // null: plain HTTP
  // How a request of this run stands to the breaker with whose leave it came. A request that brings
  // no leave of this run is a stranger then, and is not asked about. Empty: the upstream is there
  // for everybody, and nobody is a stranger. Called on the serving threads.
  std::function<Passage(const load::Leave& leave)> passage = {};
  // Which of this run's clients sent such a request, counted from 1; others are told apart by their
  // address. Empty: all are. Called on the serving threads.
  std::function<std::uint64_t(const load::Leave& leave)> client = {};
  // Told of each request: when it arrives, which returns what it is ended by, and when this is done
  // with it, as it has answered or the connection ends. Both or none. Called on the serving
  // threads.
  std::function<std::size_t(const ArrivedRequest& request, TimePoint now)> arrived = {};
  std::function<void(std::size_t arrival, TimePoint now)> over = {};
  // Told of each time in which a connection, or any connection, does not open: when it begins,
  // which returns what it is ended by, and when it ends. Both or none. Called on the serving
  // threads.
  std::function<std::size_t(TimePoint now)> shut = {};
  std::function<void(std::size_t shut, TimePoint now)> opened = {};
  std::uint64_t run = 0;  // what it knows the requests of its run by; 0: it draws one
};

// What the server saw of connections, beside the ledger of requests.
struct ConnectionCounts {
  std::uint64_t accepted = 0;
  std::uint64_t open_now = 0;
  std::uint64_t bad_requests = 0;  // answered 400, 413 or 431
  std::uint64_t failed_handshakes = 0;
  std::uint64_t waits = 0;     // how often the system gave no connection to accept
  std::error_code wait_cause;  // the last time
};

class Upstream {
 public:
  // Binds 127.0.0.1 and starts to serve on its own threads; the plan's time zero is the clock's.
  // `injector` must outlive the upstream. Throws std::system_error if it cannot bind.
  Upstream(faults::Injector& injector, const SteadyClock& clock, UpstreamOptions options);
  ~Upstream();  // stops and joins; connections are closed
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  // The injector has gone to another time of its plan: opens or closes the port as it says now.
  void follow_plan();

  // Whose answers those are that no fault replaces.
  [[nodiscard]] faults::Plan::Answers answers() const;

  // Connections, and requests without a number of their own, are numbered from zero again, and so
  // meet the faults that the first ones met.
  void number_anew();

  // What it knows the requests of its own run by (Target::run): drawn anew by every upstream that
  // is not given one, never zero.
  [[nodiscard]] std::uint64_t run() const;

  // Thread-safe copies of what was counted so far.
  [[nodiscard]] faults::Ledger ledger() const;
  [[nodiscard]] ConnectionCounts connections() const;

  // The first error that stopped a serving thread (the port could not be opened again after a
  // refuse phase), or empty.
  [[nodiscard]] std::error_code failure() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::net
