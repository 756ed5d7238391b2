// HAProxy's observed servers; the golden traces have its every rule, here stand those that people
// stumble over.
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;

namespace {

void fail_times(breaker::Breaker& breaker, int times, TimePoint now) {
  for (int i = 0; i < times; ++i) {
    fail(breaker, now);
  }
}

// Plays the health checks up to `now`.
void check_until(breaker::Breaker& breaker, TimePoint now) {
  while (breaker.next_tick() <= now) {
    breaker.tick(breaker.next_tick());
  }
}

}  // namespace

TEST_CASE("HAProxy's server that errors mark down is back when rise checks have passed") {
  const auto server = make_breaker("haproxy,error-limit=3,on-error=mark-down,inter=1s,rise=2");
  fail_times(*server, 2, at_ms(100));
  CHECK(server->state() == State::closed);
  fail(*server, at_ms(100));
  CHECK(server->state() == State::open);
  CHECK(server->try_acquire(at_ms(1999)).error == "<NOSRV>");
  check_until(*server, at_ms(1999));
  CHECK(server->state() == State::open);
  check_until(*server, at_ms(2000));
  CHECK(server->state() == State::closed);
}

TEST_CASE("a health check that passes clears HAProxy's row of errors") {
  const auto server = make_breaker("haproxy,error-limit=3,on-error=mark-down,inter=1s");
  fail_times(*server, 2, at_ms(999));
  check_until(*server, at_ms(1000));
  fail_times(*server, 2, at_ms(1000));
  CHECK(server->state() == State::closed);
  fail(*server, at_ms(1001));
  CHECK(server->state() == State::open);
}

TEST_CASE("by default HAProxy takes a server down at fall times error-limit errors") {
  const auto server = make_breaker("haproxy");
  fail_times(*server, 29, at_ms(1));
  CHECK(server->state() == State::closed);
  fail(*server, at_ms(1));
  CHECK(server->state() == State::open);
}

TEST_CASE("HAProxy's sudden death takes two events whatever fall says, and fastinter none") {
  const auto server = make_breaker("haproxy,error-limit=2,on-error=sudden-death,fall=9");
  fail_times(*server, 3, at_ms(1));
  CHECK(server->state() == State::closed);
  fail(*server, at_ms(1));
  CHECK(server->state() == State::open);
  const auto hurried = make_breaker("haproxy,error-limit=2,on-error=fastinter,fastinter=100ms");
  fail_times(*hurried, 50, at_ms(1));
  CHECK(hurried->state() == State::closed);
  CHECK(hurried->next_tick() == at_ms(101));
}

TEST_CASE("with layer4 HAProxy counts connections and no answers") {
  const auto server = make_breaker("haproxy,observe=layer4,error-limit=2,on-error=mark-down");
  fail_times(*server, 5, at_ms(1));
  CHECK(server->state() == State::closed);
  const CallEnd refused{CallEnd::Kind::connect_failed, 0};
  const CallEnd no_connection{CallEnd::Kind::timeout, 0, true};
  server->record(acquire(*server, at_ms(2)), Outcome::failure, refused, at_ms(2));
  fail(*server, at_ms(2));  // it had a connection
  server->record(acquire(*server, at_ms(3)), Outcome::failure, refused, at_ms(3));
  CHECK(server->state() == State::closed);
  server->record(acquire(*server, at_ms(3)), Outcome::failure, no_connection, at_ms(3));
  CHECK(server->state() == State::open);
}

TEST_CASE("what comes after the head of an answer counts for nothing to HAProxy") {
  const auto server = make_breaker("haproxy,error-limit=1,on-error=mark-down");
  const CallEnd cut{CallEnd::Kind::closed, 200};
  server->record(acquire(*server, at_ms(1)), Outcome::failure, cut, at_ms(1));
  CHECK(server->state() == State::closed);
  auto permit = acquire(*server, at_ms(2));
  server->answering(permit, Outcome::failure, 503, at_ms(2));
  CHECK(server->state() == State::open);
}

TEST_CASE("a server of HAProxy that is down waits for downinter, but up to 2.6 for fastinter") {
  const std::string settings =
      ",error-limit=1,on-error=mark-down,inter=10s,fastinter=1s,downinter=5s,rise=2";
  const auto now = make_breaker("haproxy" + settings);
  fail(*now, at_ms(100));
  CHECK(now->next_tick() == at_ms(5100));
  check_until(*now, at_ms(5100));
  CHECK(now->next_tick() == at_ms(6100));  // neither down nor up: fastinter
  const auto before = make_breaker("haproxy-2.6" + settings);
  fail(*before, at_ms(100));
  CHECK(before->next_tick() == at_ms(1100));
}

TEST_CASE("late errors take back what checks have brought to HAProxy's server that is down") {
  const auto server = make_breaker("haproxy,error-limit=1,on-error=mark-down,inter=1s,rise=2");
  const auto late = acquire(*server, at_ms(1));
  fail(*server, at_ms(2));
  check_until(*server, at_ms(1000));
  server->record(late, Outcome::failure, error_503, at_ms(1500));
  check_until(*server, at_ms(2000));
  CHECK(server->state() == State::open);
  check_until(*server, at_ms(3000));
  CHECK(server->state() == State::closed);
}
