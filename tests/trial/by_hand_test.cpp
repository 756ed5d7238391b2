#include "trial/by_hand.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;

namespace {

constexpr auto own = faults::Plan::Answers::own;

faults::Plan plan() {
  return {{.normal = {faults::parse_latency("5ms").value(), {}}},
          {*faults::parse_phase("all 1m")},
          Random(7)};
}

}  // namespace

TEST_CASE("a fault injected by hand is in force until it is cleared, and both are remembered") {
  const auto faults = plan();
  faults::Injection injection(faults);
  trial::ByHand by_hand(injection);

  CHECK_FALSE(by_hand.inject({{"latency", "7ms"}, {"errors", "100%"}}, own, at(2s)));
  CHECK(by_hand.injected() == faults::Settings{{"latency", "7ms"}, {"errors", "503:100%"}});

  by_hand.clear(at(3s));
  CHECK(by_hand.injected().empty());

  const auto done = by_hand.since(0);
  REQUIRE(done.size() == 2);
  CHECK(done[0].at == at(2s));
  CHECK(done[0].text == "injected by hand: latency=7ms errors=503:100%");
  CHECK(done[1].at == at(3s));
  CHECK(done[1].text == "cleared by hand");
  CHECK(by_hand.since(1).size() == 1);
  CHECK(by_hand.since(9).empty());
}

TEST_CASE("everything that a phase can change can be injected by hand") {
  const auto faults = plan();
  faults::Injection injection(faults);
  trial::ByHand by_hand(injection);
  for (const auto& [name, example] : faults::phase_settings()) {
    faults::Settings settings{{std::string(name), std::string(example)}};
    if (name == "on") {
      settings.emplace_back("errors", "100%");
    }
    INFO(name);
    CHECK_FALSE(by_hand.inject(settings, own, at(1s)));
    CHECK(by_hand.injected().size() == settings.size());
  }
}

TEST_CASE("what is injected is a fault only if it is worse than normal") {
  const auto faults = plan();
  faults::Injection injection(faults);
  trial::ByHand by_hand(injection);
  const auto is_fault = [&](const faults::Settings& settings) {
    REQUIRE_FALSE(by_hand.inject(settings, own, at(1s)));
    return by_hand.since(0).back().faulty;
  };
  CHECK_FALSE(is_fault({{"errors", "none"}, {"latency", "5ms"}}));
  CHECK(is_fault({{"latency", "6ms"}}));
  CHECK(is_fault({{"errors", "reset:1%"}, {"latency", "1ms"}}));
  CHECK(is_fault({{"rate_limit", "1/s"}}));
  CHECK(is_fault({{"errors", "refuse"}}));
}

TEST_CASE("clearing where nothing is injected is not an intervention") {
  const auto faults = plan();
  faults::Injection injection(faults);
  trial::ByHand by_hand(injection);
  by_hand.clear(at(1s));
  CHECK(by_hand.since(0).empty());
}

TEST_CASE("what cannot be injected changes nothing and says which setting is wrong") {
  const auto faults = plan();
  faults::Injection injection(faults);
  trial::ByHand by_hand(injection);
  for (const auto& [settings, words] : std::vector<std::pair<faults::Settings, const char*>>{
           {{}, "nothing to inject"},
           {{{"errors", "nonsense"}}, "errors"},
           {{{"latency", "fast"}}, "latency"},
           {{{"latency", ""}}, "'latency' has no value"},
           {{{"errs", "5%"}}, "unknown key 'errs'"},
           {{{"errors", "5%"}, {"errors", "6%"}}, "a second time"},
           {{{"on", "/pay"}}, "changes nothing"},
           {{{"on", "/pay"}, {"rate_limit", "1/s"}}, "counts all requests together"},
           {{{"errors", "tls-certificate:5%"}}, "the upstream speaks plain HTTP"}}) {
    const auto error = by_hand.inject(settings, own, at(1s));
    REQUIRE(error);
    CHECK_THAT(error->message, testing::ContainsSubstring(words));
  }
  CHECK(by_hand.injected().empty());
  CHECK(by_hand.since(0).empty());
}

TEST_CASE("what cannot be done to a real service's answers is not injected into them") {
  const auto faults = plan();
  faults::Injection injection(faults);
  trial::ByHand by_hand(injection);
  const auto of_service = faults::Plan::Answers::of_service;
  const auto refused = by_hand.inject({{"size", "1MB"}}, of_service, at(1s));
  REQUIRE(refused);
  CHECK_THAT(refused->message, testing::ContainsSubstring("size"));
  CHECK_FALSE(by_hand.inject({{"bandwidth", "1KB/s"}}, of_service, at(1s)));
}

TEST_CASE("faults of a TLS handshake are injected where there is one") {
  auto upstream = plan().upstream();
  upstream.tls = true;
  const faults::Plan faults(upstream, {*faults::parse_phase("all 1m")}, Random(7));
  faults::Injection injection(faults);
  trial::ByHand secure(injection);
  CHECK_FALSE(secure.inject({{"errors", "tls-certificate:5%"}}, own, at(1s)));
}
