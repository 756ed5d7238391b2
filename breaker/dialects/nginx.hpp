// nginx: passive health checks (max_fails, fail_timeout) of one server among several of an
// upstream.
//
// Rules, read from src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer and
// ngx_http_upstream_free_round_robin_peer_locked, at 3f6f7824, and held to recordings of 1.22.1.
// Times are whole seconds of the clock:
//   failure    counts up; accessed = checked = now; max_fails of them open it
//   admitted   sets checked = now, when now - checked > fail_timeout
//   success    clears the count when accessed < checked: when a call was admitted more than
//              fail_timeout after the last failure or check
//   open       while now - checked <= fail_timeout; the next call goes out, which sets checked, so
//              that the others are rejected for another fail_timeout
//   half-open  from that call to a failure or a success; results of all calls count
// With a single server nginx does none of this, and when no server is left it answers 502.
#pragma once

#include <cstdint>
#include <limits>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct NginxConfig {
  std::uint64_t max_fails;  // 0: off
  std::int64_t fail_timeout_s;
};

class Nginx final : public Breaker {
 public:
  explicit Nginx(const NginxConfig& config) : config_(config) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  static constexpr std::int64_t long_ago = std::numeric_limits<std::int64_t>::min() / 2;

  [[nodiscard]] bool is_failed() const;

  NginxConfig config_;
  std::uint64_t fails_ = 0;
  std::int64_t accessed_ = long_ago;  // in seconds
  std::int64_t checked_ = long_ago;
};

[[nodiscard]] const Dialect& nginx_dialect();

}  // namespace tripcurve::breaker
