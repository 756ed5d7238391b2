// The fake upstream: an HTTP/1.1 keep-alive server on loopback that serves any method and path, and
// does to each request what the fault plan decides.
//
// Every response carries `X-Tripcurve-Request`, the ordinal the decision was made for: the number
// in the request's own header of that name if it has one, else a count of arrivals. Same seed, same
// ordinals: same faults.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/passage.hpp"
#include "faults/injection.hpp"
#include "faults/ledger.hpp"
#include "faults/plan.hpp"
#include "load/breaker_bank.hpp"
#include "net/clock.hpp"

namespace tripcurve::net {

struct UpstreamOptions {
  std::uint16_t port = 0;  // 0: the system chooses
  std::uint32_t threads = 1;
  std::uint64_t body_limit = std::uint64_t{8} << 20U;  // bytes of a request body; above it 413
  // How a request stands to its breaker: its leave, if it brings one, and what it asks for. Empty
  // when nobody's breaker is known. Called on the serving threads.
  std::function<Passage(const std::optional<load::Leave>& leave, std::string_view method,
                        std::string_view path)>
      passage = {};
  // What stands in for the plan while it is set; may be null, else must outlive the upstream.
  const faults::Injection* injection = nullptr;
};

// What the server saw of connections, beside the ledger of requests.
struct ConnectionCounts {
  std::uint64_t accepted = 0;
  std::uint64_t open_now = 0;
  std::uint64_t bad_requests = 0;  // answered 400, 413 or 431
};

class Upstream {
 public:
  // Binds 127.0.0.1 and starts to serve on its own threads; `plan`'s time zero is the clock's.
  // `plan` must outlive the upstream. Throws std::system_error if it cannot bind.
  Upstream(const faults::Plan& plan, const SteadyClock& clock, UpstreamOptions options);
  ~Upstream();  // stops and joins; connections are closed
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  [[nodiscard]] std::uint16_t port() const;

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
