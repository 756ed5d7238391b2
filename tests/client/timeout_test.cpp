// Timeouts around each other and around the rest.

#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

TEST_CASE("a timeout gives an attempt up at its time, and not when its reply came before") {
  Rig rig({TimeoutConfig{100ms}});
  rig.begin(0);
  rig.begin(1);
  rig.to(99);
  rig.reply("1.1", 200);
  CHECK(rig.did() == "send 0.1, send 1.1, 1: 200");
  rig.to(100);
  CHECK(rig.did() == "cancel 0.1, 0: timed out");
  CHECK(rig.next_due() == never);
}

TEST_CASE(
    "an outer timeout that comes first is the one that times out, for a breaker between too") {
  Rig rig({TimeoutConfig{100ms}, classic(), TimeoutConfig{200ms}});
  rig.begin(0);
  rig.to(300);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: timed out");
  CHECK(rig.breaker().heard() == "ignored");  // to it, somebody further out has given up
  CHECK(rig.breaker().state() == breaker::State::closed);
}

TEST_CASE("an inner timeout that comes first is a failure to what stands around it") {
  Rig rig({TimeoutConfig{200ms}, classic(), TimeoutConfig{100ms}});
  rig.begin(0);
  rig.to(300);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: timed out");
  CHECK(rig.breaker().heard() == "failure");
  CHECK(rig.breaker().state() == breaker::State::open);
}

TEST_CASE("of two timeouts at one instant the outer one comes first") {
  Rig rig({TimeoutConfig{100ms}, classic(), TimeoutConfig{100ms}});
  rig.begin(0);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: timed out");
  CHECK(rig.breaker().heard() == "ignored");
}

TEST_CASE("the timeouts of one instant come in the order of their calls") {
  Rig rig({TimeoutConfig{100ms}});
  for (std::uint32_t call : {4U, 2U, 9U}) {
    rig.begin(call);
  }
  (void)rig.did();
  rig.to(100);
  CHECK(rig.did() ==
        "cancel 4.1, 4: timed out, cancel 2.1, 2: timed out, cancel 9.1, 9: timed out");
}

TEST_CASE("a timeout of the whole call ends the wait of a retry") {
  Rig rig({TimeoutConfig{150ms}, retry(9, 100ms)});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(100);
  rig.reply("0.2", 503);
  rig.to(1000);
  CHECK(rig.did() == "send 0.1, send 0.2, 0: timed out");
}

TEST_CASE("a timeout of each attempt begins anew with it") {
  Rig rig({retry(2, 50ms), TimeoutConfig{100ms}});
  rig.begin(0);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, cancel 0.1");
  rig.to(249);
  CHECK(rig.did() == "send 0.2");
  rig.to(250);
  CHECK(rig.did() == "cancel 0.2");
  rig.to(300);
  rig.reply("0.3", 200);
  CHECK(rig.did() == "send 0.3, 0: 200");
}

TEST_CASE("a retry and the timeout around it at one instant: the call is over") {
  Rig rig({TimeoutConfig{100ms}, retry(9, 100ms)});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, 0: timed out");
}

TEST_CASE("a caller that goes away gets a cancellation, not a timeout") {
  Rig rig({TimeoutConfig{100ms}, TimeoutConfig{50ms}});
  rig.begin(0);
  rig.to(49);
  rig.gone(0);
  rig.to(200);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: cancelled");
}

TEST_CASE("a hundred thousand calls that end long before their timeout leave nothing due behind") {
  Rig rig({TimeoutConfig{24h}});
  for (int i = 0; i < 100'000; ++i) {
    rig.begin(0);
    rig.reply("0.1", 200);
    (void)rig.did();
  }
  CHECK(rig.next_due() == never);
  rig.begin(1);
  CHECK(rig.next_due() == at(24h));
}

TEST_CASE("a breaker hears how far an attempt has come, and what its status counts as") {
  Rig rig({classic(), TimeoutConfig{100ms}});
  rig.begin(0);
  rig.answering("0.1", 503);
  rig.to(100);
  CHECK(rig.breaker().told() == breaker::Stage::answering);
  CHECK(rig.breaker().heard() == "failure");
}

namespace {

constexpr TimeoutConfig letting_go{.after = 100ms, .cancels = false};

}  // namespace

TEST_CASE("a timeout that cancels nothing answers, and what is inside keeps its place and ends") {
  Rig rig({classic(), letting_go, BulkheadConfig{.places = 1}});
  rig.begin(0);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, 0: timed out");
  CHECK(rig.breaker().heard() == "failure");
  CHECK(rig.client().has_let_go(0));
  rig.to(150);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "0 over");
  CHECK(rig.breaker().heard().empty());
  CHECK(!rig.client().has_let_go(0));
}

TEST_CASE("what was let go holds its place in a bulkhead until it ends") {
  Rig rig({letting_go, BulkheadConfig{.places = 1}});
  rig.begin(0);
  rig.to(100);
  rig.begin(1);
  CHECK(rig.did() == "send 0.1, 0: timed out, 1: full");
  rig.reply("0.1", 503);
  rig.begin(1);
  CHECK(rig.did() == "0 over, send 1.1");
}

TEST_CASE("a retry around it sends the next attempt beside the one that was let go") {
  Rig rig({retry(1, 50ms), letting_go});
  rig.begin(0);
  rig.to(150);
  CHECK(rig.did() == "send 0.1, send 0.2");
  rig.reply("0.2", 200);
  CHECK(rig.did() == "0: 200");
  CHECK(rig.client().has_let_go(0));
  rig.reply("0.1", 200);
  CHECK(rig.did() == "0 over");
}

TEST_CASE("a retry inside of it goes on behind its caller's back, and so do breakers") {
  Rig rig({letting_go, retry(2, 80ms), classic()});
  rig.begin(0);
  rig.reply("0.1", 200, std::nullopt);
  CHECK(rig.did() == "send 0.1, 0: 200");
  rig.begin(1);
  rig.to(90);
  rig.reply("1.1", 404);
  CHECK(rig.did() == "send 1.1, 1: 404");
  rig.begin(2);
  rig.to(190);
  CHECK(rig.did() == "send 2.1, 2: timed out");
  rig.reply("2.1", 503);
  CHECK(rig.breaker().heard() == "success, success, failure");
  rig.to(270);
  CHECK(rig.did() == "2 over");  // the breaker is open, and the retry does not take that
}

TEST_CASE("an attempt without a connection is given up sooner, and one that has it is not") {
  Rig rig({classic(), TimeoutConfig{.after = 200ms, .connect = 50ms}});
  CHECK(rig.client().heeds_progress());
  rig.begin(0);
  rig.begin(1);
  rig.to(20);
  rig.connected("1.1");
  rig.to(49);
  CHECK(rig.did() == "send 0.1, send 1.1");
  rig.to(50);
  CHECK(rig.did() == "cancel 0.1, 0: timed out");
  CHECK(rig.breaker().heard() == "failure");
  rig.to(199);
  CHECK(rig.did().empty());
  rig.to(200);  // from the beginning, not from the connection
  CHECK(rig.did() == "cancel 1.1, 1: timed out");
  CHECK(rig.next_due() == never);
}

TEST_CASE("each attempt of a retry has its own time to get a connection") {
  Rig rig({retry(1, 10ms), TimeoutConfig{.after = 200ms, .connect = 50ms}});
  rig.begin(0);
  rig.to(55);
  CHECK(rig.did() == "send 0.1, cancel 0.1");
  rig.to(60);
  CHECK(rig.did() == "send 0.2");
  rig.connected("0.2");
  rig.to(259);
  CHECK(rig.did().empty());
  rig.reply("0.2", 200);
  CHECK(rig.did() == "0: 200");
}

TEST_CASE("a time for the connection that is not shorter than the timeout is of no account") {
  Rig rig({TimeoutConfig{.after = 100ms, .connect = 100ms}});
  CHECK_FALSE(rig.client().heeds_progress());
  rig.begin(0);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: timed out");
}

TEST_CASE("an attempt that is let go at its time is cancelled if it has no connection") {
  Rig rig({TimeoutConfig{.after = 200ms, .cancels = false, .connect = 50ms}});
  rig.begin(0);
  rig.begin(1);
  rig.connected("1.1");
  rig.to(50);
  CHECK(rig.did() == "send 0.1, send 1.1, cancel 0.1, 0: timed out");
  rig.to(200);
  CHECK(rig.did() == "1: timed out");
  CHECK(rig.under_way() == 1);
}
