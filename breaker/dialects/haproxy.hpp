// haproxy, haproxy-2.6: a server whose calls HAProxy observes (observe, error-limit, on-error), and
// which its health checks bring back.
//
// Rules, read from src/check.c (__health_adjust, set_server_check_status, process_chk_conn),
// src/server.c (srv_getinter) and src/http_ana.c of 2.6.0, 3.0.0 and 3.5-dev5, and held to
// recordings of 3.0.0 and 2.6.12:
//   health     from 0 to rise + fall - 1; down at 0, up again at rise, which is full at once
//   layer7     the head of an answer: below 500, 501 and 505 are good, all others bad; so are
//   failed
//              connects, and calls that break off or time out before the head; what comes after
//              it counts for nothing
//   layer4     a connection is good, a failed connect is bad; answers count for nothing
//   bad        error-limit of them in a row set off on-error; a good one clears the row
//   on-error   mark-down     down at once
//              fail-check    one health less, and below rise it is down
//              sudden-death  the same, but the second one is down, whatever fall says
//              fastinter     nothing but what all of them do: the next check is after fastinter
//   checks     connect, and pass here; each one clears the row, makes a server that is up full
//              and one that is down one healthier. The next is inter later; fastinter while the
//              health is neither full nor 0, or when on-error asked for it; downinter at 0
//   sooner     where fastinter is set, on-error brings the next check forward to the time that
//   these
//              rules give from then on: a server that went down waits for downinter, or inter. In
//              2.6 it is fastinter in any case, and asks for no second one
//   late       results count in any state; when down, on-error takes back what checks have brought
// When no server is left, HAProxy answers 503, and logs <NOSRV>.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct HaproxyConfig {
  enum class Observe : std::uint8_t { layer7, layer4 };  // in the order
  enum class OnError : std::uint8_t { fail_check, mark_down, sudden_death, fastinter };  // of words

  Observe observe;
  std::uint64_t error_limit;
  OnError on_error;
  Duration inter;
  std::optional<Duration> fastinter;
  std::optional<Duration> downinter;
  std::uint64_t rise;
  std::uint64_t fall;
};

class Haproxy final : public Breaker {
 public:
  enum class Release : std::uint8_t { since_2_8, until_2_6 };

  Haproxy(const HaproxyConfig& config, Release release)
      : config_(config),
        release_(release),
        health_(full_health()),
        next_check_(TimePoint{} + config.inter) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  void connected(const Permit& permit, TimePoint now) override;
  void answering(const Permit& permit, Outcome outcome, std::uint16_t status,
                 TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override { return next_check_; }
  void tick(TimePoint now) override;

 private:
  [[nodiscard]] std::uint64_t full_health() const { return config_.rise + config_.fall - 1; }
  [[nodiscard]] Duration until_next_check() const;
  void schedule_check(TimePoint now);
  void bring_check_forward(TimePoint now);
  void observed(bool good, CallEnd end, TimePoint now);
  void act_on_errors(TimePoint now, const std::string& why);
  void lose_health(TimePoint now, const std::string& why);

  HaproxyConfig config_;
  Release release_;
  std::uint64_t errors_ = 0;  // in a row
  std::uint64_t health_;
  bool hurried_ = false;  // on-error asked for the next check after fastinter
  TimePoint next_check_;
};

[[nodiscard]] const Dialect& haproxy_dialect();
[[nodiscard]] const Dialect& haproxy_2_6_dialect();

}  // namespace tripcurve::breaker
