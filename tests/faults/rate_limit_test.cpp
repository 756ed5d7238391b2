#include "faults/rate_limit.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "faults/limiter.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;

namespace {

RateLimit limit(std::string_view text) { return parse_rate_limit(text).value(); }

Plan plan(std::string_view normal_limit, const std::vector<std::string>& phases,
          std::string_view errors = "none") {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(parse_phase(text).value());
  }
  return {{.normal = {parse_latency("20ms").value(), parse_errors(errors).value()},
           .limit = limit(normal_limit)},
          specs,
          Random(7)};
}

// Decides as whoever serves does.
struct Server {
  explicit Server(Plan the_plan) : plan(std::move(the_plan)), limiter(plan) {}

  Treatment serve(TimePoint now) {
    return limiter.limited(plan, plan.decide({.ordinal = next++}, now), now);
  }

  // How many of the requests that come every `gap` in [from, to) are served.
  int served(TimePoint from, TimePoint to, Duration gap) {
    int count = 0;
    for (auto now = from; now < to; now += gap) {
      count += serve(now).item == Treatment::served ? 1 : 0;
    }
    return count;
  }

  Plan plan;
  Limiter limiter;
  std::uint64_t next = 0;
};

}  // namespace

TEST_CASE("a limit lets its burst through at once and then one every interval") {
  Bucket bucket;
  const auto three = limit("10/s,burst=3");
  for (int i = 0; i < 3; ++i) {
    CHECK(bucket.take(three, at(1s)));
  }
  CHECK_FALSE(bucket.take(three, at(1s)));
  CHECK_FALSE(bucket.take(three, at(1100ms - 1ns)));
  CHECK(bucket.take(three, at(1100ms)));
  CHECK_FALSE(bucket.take(three, at(1100ms)));
  CHECK(bucket.take(three, at(1300ms)));
  CHECK(bucket.take(three, at(1300ms)));
  CHECK_FALSE(bucket.take(three, at(1300ms)));
}

TEST_CASE("a limit never saves up more than its burst, and works before time zero") {
  Bucket bucket;
  const auto two = limit("10/s,burst=2");
  CHECK(bucket.take(two, at(-20ms)));
  CHECK(bucket.take(two, at(1h)));
  CHECK(bucket.take(two, at(1h)));
  CHECK_FALSE(bucket.take(two, at(1h)));
}

TEST_CASE("requests that come exactly as often as the limit allows are all served") {
  Server server(plan("100/s,burst=1", {"all 10s"}));
  CHECK(server.served(at(0s), at(10s), 10ms) == 1000);
}

TEST_CASE("threads that ask at once get no more than there is") {
  Bucket bucket;
  const auto thousand = limit("1/h,burst=1000");
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        taken += bucket.take(thousand, at(1s)) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(taken == 1000);
}

TEST_CASE("what is above the limit is turned away at once and counted as limited") {
  Server server(plan("10/s,burst=1,status=503", {"all 10s"}, "500:10%"));
  CHECK(server.plan.kinds(0) == std::vector<std::string>{"500", "limited"});
  int limited = 0;
  for (int i = 0; i < 100; ++i) {
    const auto action = server.serve(at(1s));
    if (action.item == 1) {
      ++limited;
      CHECK(action.status == 503);
      CHECK(action.fate == Fate::answer);
      CHECK(action.delay == 0s);
    }
  }
  CHECK(limited > 80);
}

TEST_CASE("a request that fails anyway takes nothing from the limit") {
  Server server(plan("1/h,burst=1", {"broken 1s errors=100%", "well 1s"}));
  CHECK(server.served(at(0s), at(1s), 10ms) == 0);
  CHECK(server.serve(at(500ms)).status == 503);
  CHECK(server.served(at(1s), at(2s), 10ms) == 1);
}

TEST_CASE("a phase sets a limit of its own, lifts the normal one, or leaves it") {
  Server server(plan("10/s,burst=1", {"as-usual 1s", "crowded 1s rate_limit=2/s,burst=1",
                                      "free 1s rate_limit=none", "as-usual 1s"}));
  CHECK(server.served(at(0s), at(1s), 10ms) == 10);
  CHECK(server.served(at(1s), at(2s), 10ms) == 2);
  CHECK(server.served(at(2s), at(3s), 10ms) == 100);
  CHECK(server.served(at(3s), at(4s), 10ms) == 10);
  CHECK(server.plan.kinds(1) == std::vector<std::string>{"limited"});
  CHECK(server.plan.kinds(2).empty());
}

TEST_CASE("a phase's limit starts with all of its burst, the normal one goes on where it was") {
  Server server(plan("1/h,burst=5", {"a 1s", "b 1s rate_limit=1/h,burst=3", "c 1s"}));
  CHECK(server.served(at(0s), at(1s), 250ms) == 4);
  CHECK(server.served(at(1s), at(2s), 10ms) == 3);
  CHECK(server.served(at(2s), at(3s), 10ms) == 1);
}

TEST_CASE("a phase is a fault when its limit is new or tighter") {
  const auto is_fault = [](std::string_view normal, const std::string& setting) {
    return plan(normal, {"warm 1s", "x 1s" + setting}).timetable().phases()[1].fault;
  };
  CHECK(is_fault("none", " rate_limit=100/s"));
  CHECK(is_fault("100/s", " rate_limit=99/s,burst=100"));
  CHECK(is_fault("100/s", " rate_limit=100/s,burst=99"));
  CHECK_FALSE(is_fault("100/s", ""));
  CHECK_FALSE(is_fault("100/s", " rate_limit=100/s"));
  CHECK_FALSE(is_fault("100/s", " rate_limit=200/s"));
  CHECK_FALSE(is_fault("100/s", " rate_limit=none"));
  CHECK_FALSE(plan("100/s", {"only 1s"}).timetable().phases()[0].fault);  // it is normal
  CHECK(plan("100/s", {"only 1s rate_limit=99/s"}).timetable().phases()[0].fault);
  CHECK_FALSE(plan("100/s", {"only 1s rate_limit=none"}).timetable().phases()[0].fault);
}

TEST_CASE("the burst is what a second allows unless it is said") {
  CHECK(limit("100/s") == RateLimit{.rate = {100}, .burst = 100, .status = 429});
  CHECK(limit("12/m").burst == 1);
  CHECK(limit("2.5/s").burst == 2);
  CHECK(limit(" 100/s , status=503, burst=20 ") ==
        RateLimit{.rate = {100}, .burst = 20, .status = 503});
  CHECK_FALSE(limit("none").limits());
}

TEST_CASE("the text of a limit is read back as an equal one") {
  for (const auto* text : {"100/s", "100/s,burst=20", "0.5/s,burst=7,status=503", "none"}) {
    CHECK(limit(text).text() == text);
    CHECK(limit(limit(text).text()) == limit(text));
  }
}

TEST_CASE("a limit that is none is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"100", "'100' has no unit", "write 100/s"},
           {"", "''", "200/s"},
           {"100/s,", "ends in a comma", "burst=20"},
           {"100/s,brust=3", "unknown key 'brust'", "did you mean 'burst'?"},
           {"100/s,burst", "'burst' has no value", "burst=20"},
           {"100/s,burst=0", "burst: '0'", "1"},
           {"100/s,burst=2,burst=3", "gives burst a second time", "keep one"},
           {"100/s,status=200", "status: '200'", "400"},
           {"100/s,status=600", "status: '600'", "599"},
           {"1/h,burst=10001", "more than 10000h to come back", "smaller burst"},
       }) {
    const auto result = parse_rate_limit(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}
