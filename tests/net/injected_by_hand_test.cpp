// What a person injects while an upstream serves, as its clients meet it.
#include <chrono>
#include <string>

#include "tests/net/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net::testing {
namespace {

using namespace std::chrono_literals;
using Counts = decltype(faults::PhaseLedger::injected);
using tripcurve::testing::ContainsSubstring;

// An upstream that a person changes.
struct Changeable : Served {
  using Served::Served;

  void inject(const faults::PhaseSpec& phase) {
    REQUIRE_FALSE(injector.by_hand().set(phase, clock.now()));
    upstream.follow_plan();
  }
  void inject(const std::string& settings) {
    inject(faults::parse_phase("any 1h " + settings).value());
  }
  void clear() {
    injector.by_hand().clear();
    upstream.follow_plan();
  }
};

}  // namespace

TEST_CASE("by hand: a port that is closed refuses, cuts off who is in, and is open again after") {
  Changeable served(always(""));
  auto inside = served.wire();
  inside.send(plain_get);
  REQUIRE_FALSE(inside.receive(1).empty());
  served.inject("errors=refuse");
  inside.receive_to_end();  // it ends
  REQUIRE(eventually([&] { return !served.wire().connected(); }));
  served.clear();
  REQUIRE(eventually([&] { return served.wire().connected(); }));
  CHECK(served.client().Get("/")->status == 200);
}

TEST_CASE("by hand: a port that its phase closes can be opened") {
  Changeable served(always("errors=refuse"));
  REQUIRE_FALSE(served.wire().connected());
  served.inject("errors=503:100%");
  REQUIRE(eventually([&] { return served.wire().connected(); }));
  CHECK(served.client().Get("/")->status == 503);
  served.clear();
  CHECK(eventually([&] { return !served.wire().connected(); }));
}

TEST_CASE("by hand: a connection that was idle meanwhile has its headers looked at") {
  Changeable served(always(""));
  auto http = served.client();  // stays connected
  const auto status = [&](const char* tenant) {
    return http.Get("/", {{"X-Tenant", tenant}})->status;
  };
  REQUIRE(status("gold") == 200);
  auto phase = faults::parse_phase("any 1h errors=503:100%").value();
  phase.on = faults::parse_match("GET x-tenant=gold").value();
  served.inject(phase);
  CHECK(status("gold") == 503);
  CHECK(status("silver") == 200);
  served.clear();
  CHECK(status("gold") == 200);
  CHECK(served.upstream.connections().accepted == 1);
}

TEST_CASE("by hand: sizes, limits and streams are those of the answers that come after") {
  Changeable served(always(""));
  auto http = served.client();
  served.inject("size=10KB bandwidth=1MB/s");
  CHECK(http.Get("/")->body.size() == 10'000);
  served.inject("rate_limit=1/h,burst=1");
  CHECK(http.Get("/")->status == 200);
  CHECK(http.Get("/")->status == 429);
  served.inject("stream=events=3,every=1ms,error=100%@50%");
  CHECK_THAT(http.Get("/")->body, ContainsSubstring("event: error"));
  CHECK(served.first_phase().by_hand == Counts{{"limited", 1}, {"stream-error", 1}});
  served.clear();
  CHECK(http.Get("/")->body == "ok\n");
}

TEST_CASE("by hand: connections that come while their handling is injected are handled so") {
  Changeable served(always(""));
  served.inject("errors=slow-accept(by=50ms):100%");
  const auto begin = served.clock.now();
  CHECK(served.client().Get("/")->status == 200);
  CHECK(served.clock.now() - begin >= 50ms);
  CHECK(served.first_phase().by_hand == Counts{{"slow-accept(by=50ms)", 1}});
}

}  // namespace tripcurve::net::testing
