#include "trial/by_hand.hpp"

#include <chrono>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;

namespace {

faults::Upstream normal() { return {.normal = {faults::parse_latency("5ms").value(), {}}}; }

}  // namespace

TEST_CASE("a fault injected by hand is in force until it is cleared, and both are remembered") {
  faults::Injection injection;
  trial::ByHand by_hand(normal(), injection);

  CHECK_FALSE(by_hand.inject("503:100%", "", at(2s)));
  REQUIRE(injection.current() != nullptr);
  CHECK(injection.current()->errors.text() == "503:100%");
  CHECK(injection.current()->latency.text() == "5ms");

  by_hand.clear(at(3s));
  CHECK(injection.current() == nullptr);

  const auto done = by_hand.since(0);
  REQUIRE(done.size() == 2);
  CHECK(done[0].at == at(2s));
  CHECK(done[0].text == "injected by hand: latency=5ms errors=503:100%");
  CHECK(done[1].at == at(3s));
  CHECK(done[1].text == "cleared by hand");
  CHECK(by_hand.since(1).size() == 1);
  CHECK(by_hand.since(9).empty());
}

TEST_CASE("what is injected is a fault only if it is worse than normal") {
  faults::Injection injection;
  trial::ByHand by_hand(normal(), injection);
  REQUIRE_FALSE(by_hand.inject("none", "5ms", at(1s)));
  REQUIRE_FALSE(by_hand.inject("", "6ms", at(2s)));
  REQUIRE_FALSE(by_hand.inject("reset:1%", "1ms", at(3s)));
  const auto done = by_hand.since(0);
  CHECK_FALSE(done[0].faulty);
  CHECK(done[1].faulty);
  CHECK(done[2].faulty);
}

TEST_CASE("clearing where nothing is injected is not an intervention") {
  faults::Injection injection;
  trial::ByHand by_hand(normal(), injection);
  by_hand.clear(at(1s));
  CHECK(by_hand.since(0).empty());
}

TEST_CASE("what cannot be injected changes nothing and says which field is wrong") {
  faults::Injection injection;
  trial::ByHand by_hand(normal(), injection);
  for (const auto& [errors, latency, field] :
       {std::tuple{"nonsense", "", "errors"}, std::tuple{"", "fast", "latency"},
        std::tuple{"refuse", "", "refuse"}}) {
    const auto error = by_hand.inject(errors, latency, at(1s));
    REQUIRE(error);
    CHECK_THAT(error->message, testing::ContainsSubstring(field));
  }
  CHECK(injection.current() == nullptr);
  CHECK(by_hand.since(0).empty());
}

TEST_CASE("faults of a TLS handshake are refused by hand where there is none") {
  faults::Injection injection;
  trial::ByHand plain(normal(), injection);
  const auto refused = plain.inject("tls-certificate:5%", "", at(1s));
  REQUIRE(refused);
  CHECK(refused->message ==
        "errors: tls-certificate is about the TLS handshake, and the upstream speaks plain HTTP");
  CHECK(refused->hint == "start it with --tls, or inject reset:5%");
  CHECK(injection.current() == nullptr);
  CHECK(plain.since(0).empty());
  auto upstream = normal();
  upstream.tls = true;
  trial::ByHand secure(upstream, injection);
  CHECK_FALSE(secure.inject("tls-certificate:5%", "", at(1s)));
}
