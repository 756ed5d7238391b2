#include "breaker/dialects/envoy.hpp"

#include <algorithm>
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

// Ejects by gateway errors in a row: so many follow.
const std::string gateway_errors =
    "envoy,max_ejection_percent=100,consecutive_5xx=100,enforcing_consecutive_gateway_failure=100,"
    "consecutive_gateway_failure=";

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

TEST_CASE("whatever breaks a call off is a gateway error") {
  using Kind = CallEnd::Kind;
  for (const auto kind :
       {Kind::connect_failed, Kind::reset, Kind::closed, Kind::bad_answer, Kind::timeout}) {
    INFO(words({kind, 0}));
    const auto envoy = make_envoy(gateway_errors + "3");
    for (int i = 0; i < 2; ++i) {
      envoy->result(0, {kind, 0}, at(0s));
    }
    CHECK_FALSE(envoy->is_ejected(0));
    envoy->result(0, {kind, 0}, at(0s));
    CHECK(envoy->is_ejected(0));
  }
}

TEST_CASE("the status counts when the head is there, and a cut adds an error of its own") {
  constexpr CallEnd cut{CallEnd::Kind::closed, 200};
  constexpr CallEnd cut_502{CallEnd::Kind::reset, 502};
  const auto good_head = make_envoy(gateway_errors + "2");
  for (int i = 0; i < 5; ++i) {
    good_head->result(0, cut, at(0s));  // a success, and then an error
  }
  CHECK_FALSE(good_head->is_ejected(0));
  good_head->result(0, error_503, at(0s));
  CHECK(good_head->is_ejected(0));

  const auto bad_head = make_envoy(gateway_errors + "2");
  bad_head->result(0, cut_502, at(0s));
  CHECK(bad_head->is_ejected(0));
}

TEST_CASE("a timeout counts neither after the head nor before the connection") {
  constexpr CallEnd after_head{CallEnd::Kind::timeout, 200};
  constexpr CallEnd connecting{CallEnd::Kind::timeout, 0, true};
  for (const auto* split : {"", ",split_external_local_origin_errors=true"}) {
    const auto envoy = make_envoy(gateway_errors + "1,consecutive_local_origin_failure=1" + split);
    for (int i = 0; i < 5; ++i) {
      envoy->result(0, after_head, at(0s));
      envoy->result(0, connecting, at(0s));
    }
    CHECK_FALSE(envoy->is_ejected(0));
    envoy->result(0, {CallEnd::Kind::timeout, 0}, at(0s));
    CHECK(envoy->is_ejected(0));
  }
}

TEST_CASE("a head that was told while the call was under way is not counted again at its end") {
  const auto envoy = make_envoy(gateway_errors + "2");
  const auto call = [&](CallEnd end) {
    auto permit = acquire(*envoy, at(0s));
    envoy->connected(permit, at(0s));
    envoy->answering(permit, Outcome::failure, 503, at(0s));
    permit.told = breaker::Stage::answering;
    envoy->record(permit, Outcome::failure, end, at(0s));
  };
  call(error_503);
  CHECK_FALSE(envoy->is_ejected(0));
  call(error_503);
  CHECK(envoy->is_ejected(0));
  const auto cut = make_envoy(gateway_errors + "2");
  auto permit = acquire(*cut, at(0s));
  cut->answering(permit, Outcome::failure, 503, at(0s));
  permit.told = breaker::Stage::answering;
  CHECK_FALSE(cut->is_ejected(0));
  cut->record(permit, Outcome::failure, {CallEnd::Kind::reset, 503}, at(0s));
  CHECK(cut->is_ejected(0));
}

TEST_CASE("split off, only failed connects add up: whoever gets a connection ends the row") {
  using Kind = CallEnd::Kind;
  const std::string settings =
      "envoy,max_ejection_percent=100,split_external_local_origin_errors=true,"
      "consecutive_5xx=2,consecutive_local_origin_failure=";
  for (const auto kind : {Kind::reset, Kind::closed, Kind::bad_answer, Kind::timeout}) {
    INFO(words({kind, 0}));
    const auto two = make_envoy(settings + "2");
    for (int i = 0; i < 10; ++i) {
      two->result(0, {kind, 0}, at(0s));
    }
    CHECK_FALSE(two->is_ejected(0));
    const auto one = make_envoy(settings + "1");
    one->result(0, {kind, 0}, at(0s));
    CHECK(one->is_ejected(0));
  }
  const auto refused = make_envoy(settings + "2");
  refused->result(0, {Kind::connect_failed, 0}, at(0s));
  CHECK_FALSE(refused->is_ejected(0));
  refused->result(0, {Kind::connect_failed, 0}, at(0s));
  CHECK(refused->is_ejected(0));
}

TEST_CASE("split off, the row ends when the connection is there, not when the call is over") {
  const auto envoy = make_envoy(
      "envoy,max_ejection_percent=100,split_external_local_origin_errors=true,"
      "consecutive_local_origin_failure=2");
  const auto connect = [&] {
    auto permit = acquire(*envoy, at(0s));
    envoy->connected(permit, at(0s));
    permit.told = breaker::Stage::connected;
    return permit;
  };
  const auto first = connect();
  const auto second = connect();
  const auto reset = [&](const breaker::Permit& permit) {
    envoy->record(permit, Outcome::failure, {CallEnd::Kind::reset, 0}, at(1s));
  };
  reset(first);
  CHECK_FALSE(envoy->is_ejected(0));
  reset(second);
  CHECK(envoy->is_ejected(0));
}

TEST_CASE("a count of 0 turns its signal off") {
  const auto envoy = make_envoy(
      "envoy,max_ejection_percent=100,consecutive_5xx=0,consecutive_gateway_failure=0,"
      "enforcing_consecutive_gateway_failure=100,consecutive_local_origin_failure=0");
  for (int i = 0; i < 100; ++i) {
    envoy->result(0, error_503, at(0s));
  }
  CHECK_FALSE(envoy->is_ejected(0));
  CHECK(choice("envoy,consecutive_5xx=0,hosts=10").facts().trips.empty());
}

TEST_CASE("a second change reaches the balancer when the merge window is over") {
  const std::string settings =
      "envoy,hosts=2,consecutive_5xx=1,interval=10s,base_ejection_time=10s,"
      "max_ejection_percent=100,healthy_panic_threshold=0";
  const auto envoy = make_envoy(settings);
  envoy->result(0, error_503, at(500ms));  // at once: nothing was delivered before
  CHECK(acquire(*envoy, at(500ms)).note == 1);
  CHECK(acquire(*envoy, at(500ms)).note == 1);
  envoy->result(1, error_503, at(1500ms));  // exactly a window later is within it
  CHECK(envoy->is_ejected(1));
  CHECK(envoy->state() == State::closed);
  CHECK(envoy->next_tick() == at(2500ms));
  tick_until(*envoy, at(2499ms));
  CHECK(acquire(*envoy, at(2499ms)).note == 1);
  tick_until(*envoy, at(2500ms));
  CHECK(envoy->state() == State::open);
  CHECK(rejects(*envoy, at(2500ms)));
  const auto told = envoy->take_transitions();
  REQUIRE(told.size() == 3);
  CHECK(told[1].cause ==
        "host 2 of 2 ejected: 1 errors in a row; the balancer learns of it in 1s "
        "(update_merge_window)");
  CHECK(told[2].cause == "the balancer learns that 2 of 2 hosts are out");

  const auto later = make_envoy(settings);
  later->result(0, error_503, at(500ms));
  later->result(1, error_503, at(1501ms));
  CHECK(later->state() == State::open);
  const auto off = make_envoy(settings + ",update_merge_window=0s");
  off->result(0, error_503, at(500ms));
  off->result(1, error_503, at(501ms));
  CHECK(off->state() == State::open);
}

TEST_CASE("the budget goes by what the detector knows, not by what the balancer does") {
  const auto envoy = make_envoy("envoy,hosts=2,consecutive_5xx=1,max_ejection_percent=50");
  envoy->result(0, error_503, at(0s));
  envoy->result(1, error_503, at(1ms));
  CHECK_FALSE(envoy->is_ejected(1));
  CHECK(envoy->overflow() == 1);
}

TEST_CASE("a host that both rates eject is ejected twice, and the budget is one less for good") {
  const auto envoy = make_envoy(
      "envoy,hosts=5,interval=1s,base_ejection_time=1s,consecutive_5xx=1000,"
      "max_ejection_percent=40,success_rate_request_volume=10,enforcing_failure_percentage=100,"
      "failure_percentage_threshold=50,failure_percentage_request_volume=10");
  for (std::size_t host = 0; host < 5; ++host) {
    for (int i = 0; i < 10; ++i) {
      envoy->result(host, status(host == 4 ? 500 : 200), at(500ms));
    }
  }
  tick_until(*envoy, at(1s));
  CHECK(envoy->is_ejected(4));
  CHECK(envoy->multiplier(4) == 2);
  CHECK(envoy->take_transitions().size() == 2);
  tick_until(*envoy, at(3s));
  CHECK_FALSE(envoy->is_ejected(4));
  for (int i = 0; i < 1000; ++i) {  // there is room for one more, not for two
    envoy->result(0, error_503, at(3s));
    envoy->result(1, error_503, at(3s));
  }
  CHECK(envoy->is_ejected(0));
  CHECK_FALSE(envoy->is_ejected(1));
}

TEST_CASE("panic needs too few hosts and more load than the rest could take") {
  using Rule = breaker::EnvoyPanicRule;
  CHECK(Rule{50, 140}.panics(0, 1));
  CHECK_FALSE(Rule{0, 140}.panics(0, 1));
  CHECK_FALSE(Rule{50, 140}.panics(1, 2));    // 50 is not above 50
  CHECK_FALSE(Rule{80, 140}.panics(3, 4));    // 140 * 3/4 = 105
  CHECK(Rule{80, 100}.panics(3, 4));          // 75 < 80
  CHECK(Rule{100, 140}.panics(2, 4));         // 70
  CHECK_FALSE(Rule{33.9, 140}.panics(1, 3));  // 33 is not above 33.3
  CHECK(Rule{34, 140}.panics(1, 3));
  CHECK_FALSE(Rule{29, 140}.panics(2, 7));  // 29 becomes 28, and 28.6 are left
  CHECK(Rule{30, 140}.panics(2, 7));
}

TEST_CASE("the warning about panic comes when panic does") {
  const auto panics = [](const std::string& settings) {
    const auto warnings = choice(settings).warnings({});
    return std::ranges::any_of(
        warnings, [](const auto& warning) { return warning.key == "healthy_panic_threshold"; });
  };
  CHECK(panics("envoy,hosts=1,max_ejection_percent=100"));
  CHECK(panics("envoy,hosts=1,always_eject_one_host=true"));
  CHECK(panics("envoy,hosts=4,max_ejection_percent=100"));
  CHECK_FALSE(panics("envoy,hosts=4,max_ejection_percent=25,healthy_panic_threshold=80"));
  CHECK(
      panics("envoy,hosts=4,max_ejection_percent=25,healthy_panic_threshold=80,"
             "overprovisioning_factor=100"));
  CHECK_FALSE(panics("envoy,hosts=4,max_ejection_percent=100,healthy_panic_threshold=0.9"));
}

TEST_CASE("in panic the round goes on where it was in the last panic") {
  const auto envoy = make_envoy(
      "envoy,hosts=2,consecutive_5xx=1,max_ejection_percent=100,update_merge_window=0,"
      "interval=1s,base_ejection_time=500ms");
  const auto next = [&](TimePoint now) { return acquire(*envoy, now).note; };
  CHECK(next(at(0s)) == 0);
  envoy->result(0, error_503, at(0s));
  CHECK(next(at(0s)) == 1);  // of one healthy host
  envoy->result(1, error_503, at(0s));
  CHECK(next(at(0s)) == 0);  // of all, from the start
  tick_until(*envoy, at(1s));
  CHECK(next(at(1s)) == 0);  // of two again: the third of the round
  CHECK(next(at(1s)) == 1);
}

TEST_CASE("percentages that Envoy takes as integers are whole") {
  for (const auto* key :
       {"max_ejection_percent", "enforcing_consecutive_5xx", "enforcing_success_rate",
        "enforcing_consecutive_gateway_failure", "enforcing_consecutive_local_origin_failure",
        "enforcing_local_origin_success_rate", "enforcing_failure_percentage",
        "enforcing_failure_percentage_local_origin", "failure_percentage_threshold"}) {
    INFO(key);
    const auto parsed = breaker::parse_choice(std::string("envoy,") + key + "=12.5");
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message == std::string(key) + ": '12.5' is not a whole number");
    CHECK(parsed.error().hint == "it takes a whole percentage, 0 to 100");
    CHECK(breaker::parse_choice(std::string("envoy,") + key + "=12%").ok());
  }
  CHECK(breaker::parse_choice("envoy,healthy_panic_threshold=12.5").ok());
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
