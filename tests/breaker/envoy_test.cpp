#include "breaker/dialects/envoy.hpp"

#include <memory>
#include <tuple>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Envoy;
using breaker::Outcome;
using breaker::State;

namespace {

std::unique_ptr<Envoy> make_envoy(const std::string& text) {
  auto made = make_breaker(text);
  auto* envoy = dynamic_cast<Envoy*>(made.get());
  ENSURE(envoy != nullptr);
  (void)made.release();
  return std::unique_ptr<Envoy>(envoy);
}

constexpr CallEnd status(int code) {
  return {CallEnd::Kind::answer, static_cast<std::uint16_t>(code)};
}

void tick_until(Envoy& envoy, TimePoint now) {
  while (envoy.next_tick() <= now) {
    envoy.tick(envoy.next_tick());
  }
}

// Envoy's cluster of one host, without a budget and without panic: a plain breaker.
const std::string lone =
    "envoy,consecutive_5xx=3,interval=1s,base_ejection_time=2s,max_ejection_percent=100,"
    "healthy_panic_threshold=0";

}  // namespace

TEST_CASE("two hosts live through the reference's trace E1") {
  const auto envoy = make_envoy(
      "envoy,hosts=2,consecutive_5xx=3,consecutive_gateway_failure=2,"
      "enforcing_consecutive_gateway_failure=100,interval=1s,base_ejection_time=1500ms,"
      "max_ejection_time=4s,max_ejection_percent=50,healthy_panic_threshold=0");
  struct Line {
    std::chrono::milliseconds at;
    std::size_t host;
    int code;  // 0: only time passes
    bool out;
    std::uint32_t multiplier;
  };
  for (const auto& [t, host, code, out, multiplier] : {
           Line{100ms, 0, 500, false, 0},
           Line{200ms, 0, 503, false, 0},
           Line{300ms, 0, 503, true, 1},  // by gateway errors; the third 5xx is ignored, and stays
           Line{350ms, 1, 500, false, 0},
           Line{360ms, 1, 500, false, 0},
           Line{370ms, 1, 500, false, 0},  // refused: both hosts would be out
           Line{400ms, 0, 200, true, 1},   // an answer of a request sent before
           Line{1000ms, 0, 0, true, 1},
           Line{2000ms, 0, 0, false, 1},
           Line{2100ms, 0, 503, false, 1},
           Line{2200ms, 0, 500, false, 1},
           Line{2300ms, 0, 503, true, 2},  // by errors; the gateway row was broken by the 500
           Line{5000ms, 0, 0, true, 2},
           Line{6000ms, 0, 0, false, 2},
           Line{7000ms, 0, 0, false, 1},
           Line{8000ms, 0, 0, false, 0},
       }) {
    INFO(t.count() << "ms host " << host);
    tick_until(*envoy, at(t));
    if (code != 0) {
      envoy->result(host, status(code), at(t));
    }
    CHECK(envoy->is_ejected(host) == out);
    CHECK(envoy->multiplier(host) == multiplier);
  }
}

TEST_CASE("with one host and Envoy's own budget nothing is ever ejected, and a warning says so") {
  const auto parsed = choice("envoy");
  const auto envoy = parsed.make(Random(1));
  for (int i = 0; i < 1000; ++i) {
    fail(*envoy, at(1s));
  }
  CHECK(envoy->state() == State::closed);
  CHECK_FALSE(envoy->has_transitions());
  const auto warnings = parsed.warnings({});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].key == "max_ejection_percent");
  CHECK(choice("envoy,hosts=10,healthy_panic_threshold=0").warnings({}).empty());
}

TEST_CASE("a cluster whose only host is out is open, and rejects as Envoy's access log says") {
  const auto envoy = make_envoy(lone);
  for (int i = 0; i < 3; ++i) {
    fail(*envoy, at(100ms));
  }
  CHECK(envoy->state() == State::open);
  CHECK(envoy->try_acquire(at(1999ms)).error == "UH");
  tick_until(*envoy, at(2s));  // 1900 of 2000 ms
  CHECK(rejects(*envoy, at(2s)));
  tick_until(*envoy, at(3s));  // hosts return at sweeps only
  CHECK(envoy->state() == State::closed);
  acquire(*envoy, at(3s));
}

TEST_CASE("in panic calls go to ejected hosts as well") {
  const auto envoy = make_envoy(lone);
  const auto panics =
      make_envoy("envoy,consecutive_5xx=3,max_ejection_percent=100,healthy_panic_threshold=50");
  for (int i = 0; i < 3; ++i) {
    fail(*envoy, at(0s));
    fail(*panics, at(0s));
  }
  CHECK(rejects(*envoy, at(1s)));
  CHECK(panics->is_ejected(0));
  CHECK_FALSE(rejects(*panics, at(1s)));
}

TEST_CASE("calls go round the hosts that are not out") {
  const auto envoy = make_envoy("envoy,hosts=3,consecutive_5xx=1,max_ejection_percent=34");
  CHECK(acquire(*envoy, at(0s)).note == 0);
  envoy->result(1, status(500), at(0s));
  CHECK(acquire(*envoy, at(0s)).note == 2);
  CHECK(acquire(*envoy, at(0s)).note == 0);
  envoy->result(2, status(500), at(0s));  // over the budget of one
  CHECK(acquire(*envoy, at(0s)).note == 2);
}

TEST_CASE("an answer below 500 breaks both rows, a 500 only that of gateway errors") {
  const auto envoy = make_envoy(lone +
                                ",consecutive_gateway_failure=2,"
                                "enforcing_consecutive_gateway_failure=100");
  for (const int code : {503, 500, 429, 503, 500, 404, 500, 502}) {
    envoy->result(0, status(code), at(0s));
  }
  CHECK_FALSE(envoy->is_ejected(0));
  envoy->result(0, status(504), at(0s));
  CHECK(envoy->is_ejected(0));
}

TEST_CASE("failed connects and timeouts are gateway errors unless local failures are split off") {
  const std::string settings =
      "envoy,max_ejection_percent=100,consecutive_gateway_failure=2,"
      "enforcing_consecutive_gateway_failure=100,consecutive_5xx=9";
  const CallEnd refused{CallEnd::Kind::connect_failed, 0};
  const CallEnd timeout{CallEnd::Kind::timeout, 0};
  const auto joined = make_envoy(settings);
  joined->result(0, refused, at(0s));
  joined->result(0, timeout, at(0s));
  CHECK(joined->is_ejected(0));

  const auto split = make_envoy(settings +
                                ",split_external_local_origin_errors=true,"
                                "consecutive_local_origin_failure=3");
  split->result(0, refused, at(0s));
  split->result(0, timeout, at(0s));
  CHECK_FALSE(split->is_ejected(0));
  split->result(0, status(200), at(0s));  // a connection: the row is over
  for (int i = 0; i < 2; ++i) {
    split->result(0, timeout, at(0s));
  }
  CHECK_FALSE(split->is_ejected(0));
  split->result(0, timeout, at(0s));
  CHECK(split->is_ejected(0));
}

TEST_CASE("the host that fails most of five falls below the success rate's threshold") {
  const auto envoy = make_envoy(
      "envoy,hosts=5,interval=1s,consecutive_5xx=1000,max_ejection_percent=100,"
      "success_rate_request_volume=10,enforcing_failure_percentage=0");
  for (std::size_t host = 0; host < 5; ++host) {
    for (int i = 0; i < 10; ++i) {
      envoy->result(host, status(host == 4 && i < 5 ? 500 : 200), at(500ms));
    }
  }
  tick_until(*envoy, at(1s));  // mean 90, deviation 20: below 52
  CHECK(envoy->is_ejected(4));
  CHECK_FALSE(envoy->is_ejected(0));
  CHECK(envoy->take_transitions()[0].cause.find("50.0% good calls") != std::string::npos);
}

TEST_CASE("failure percentage ejects at its threshold when it is enforced") {
  const std::string settings =
      "envoy,hosts=5,interval=1s,consecutive_5xx=1000,max_ejection_percent=100,"
      "enforcing_success_rate=0,failure_percentage_request_volume=10,"
      "failure_percentage_threshold=50";
  for (const bool enforced : {false, true}) {
    const auto envoy = make_envoy(settings + (enforced ? ",enforcing_failure_percentage=100" : ""));
    for (std::size_t host = 0; host < 5; ++host) {
      for (int i = 0; i < 10; ++i) {
        envoy->result(host, status(i < static_cast<int>(host) + 2 ? 500 : 200), at(500ms));
      }
    }
    tick_until(*envoy, at(1s));
    CHECK_FALSE(envoy->is_ejected(2));        // 40% failed
    CHECK(envoy->is_ejected(3) == enforced);  // 50%
    CHECK(envoy->is_ejected(4) == enforced);
  }
}

TEST_CASE("a maximum ejection time below the base is refused") {
  const auto parsed = breaker::parse_choice("envoy,base_ejection_time=10s,max_ejection_time=5s");
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().message.find("max_ejection_time: 5s is shorter") == 0);
}

TEST_CASE("envoy counts what it is told counts, whatever the status") {
  for (const auto& [outcome, code, ejected] :
       {std::tuple{Outcome::failure, 429, true}, std::tuple{Outcome::success, 503, false},
        std::tuple{Outcome::ignored, 503, false}, std::tuple{Outcome::failure, 503, true}}) {
    INFO(code);
    const auto envoy = make_envoy(lone);
    for (int i = 0; i < 3; ++i) {
      envoy->record(acquire(*envoy, at(0s)), outcome, status(code), at(0s));
    }
    CHECK(envoy->is_ejected(0) == ejected);
  }
}
