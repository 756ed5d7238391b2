#include "load/stage.hpp"

#include <cmath>
#include <map>
#include <vector>

#include "load/pacer.hpp"
#include "load/rate_curve.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using load::Arrival;
using load::OpenLoop;
using load::Pacer;
using load::parse_stage;
using load::RateCurve;
using load::Stage;
using tripcurve::testing::Approx;

namespace {

OpenLoop staged(const std::vector<const char*>& stages, Arrival arrival = Arrival::constant) {
  OpenLoop loop{.arrival = arrival};
  for (const auto* stage : stages) {
    loop.stages.push_back(*parse_stage(stage));
  }
  return loop;
}

// Ordinal and due time of every call, over all shards.
std::map<std::uint64_t, TimePoint> calls(const OpenLoop& loop, std::uint32_t shards = 1) {
  std::map<std::uint64_t, TimePoint> all;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    for (Pacer pacer(loop, shard, shards, Random(5)); pacer.due() != never; pacer.advance()) {
      all[pacer.ordinal()] = pacer.due();
    }
  }
  return all;
}

std::size_t calls_between(const OpenLoop& loop, Duration begin, Duration end) {
  std::size_t count = 0;
  for (const auto& [ordinal, due] : calls(loop)) {
    count += at(begin) <= due && due < at(end) ? 1U : 0U;
  }
  return count;
}

}  // namespace

TEST_CASE("a stage is read and written with its length and its rates") {
  CHECK(*parse_stage("10s 200/s") == Stage{10s, Rate{200}, Rate{200}});
  CHECK(*parse_stage(" 1m30s   50/s->200/s ") == Stage{90s, Rate{50}, Rate{200}});
  CHECK(*parse_stage("10s 0/s -> 60/m") == Stage{10s, Rate{0}, Rate{1}});
  CHECK(*parse_stage("10s 0/h") == Stage{10s, Rate{0}, Rate{0}});
  for (const auto* text : {"10s 200/s", "10s 50/s->200/s", "1m30s 0/s", "500ms 0.5/s->0/s"}) {
    CHECK(load::format_stage(*parse_stage(text)) == text);
  }
}

TEST_CASE("what is no stage is refused with what would work") {
  struct Row {
    const char* text;
    const char* message;
  };
  for (const auto& [text, message] : {
           Row{"", "is not a duration"},
           Row{"10s", "stage '10s' has no rate"},
           Row{"200/s 10s", "stage '200/s 10s' does not begin with its length"},
           Row{"200/s", "does not begin with its length"},
           Row{"0s 200/s", "'0s' is too short"},
           Row{"10 200/s", "'10' has no unit"},
           Row{"10s 200", "'200' has no unit"},
           Row{"10s 50/s..200/s", "'50/s..200/s' is not a rate"},
           Row{"10s 50/s->", "is not a rate"},
           Row{"10s ->50/s", "is not a rate"},
           Row{"10s 50/s->200/s->50/s", "unknown unit"},
           Row{"10s 50/s 200/s", "is not a rate"},
           Row{"10s -5/s", "is negative"},
           Row{"10s 0/x", "unknown unit '/x'"},
           Row{"10s 0", "'0' has no unit"},
       }) {
    CAPTURE(text);
    const auto stage = parse_stage(text);
    REQUIRE_FALSE(stage);
    CHECK_THAT(stage.error().message, Catch::Matchers::Contains(message));
    CHECK_FALSE(stage.error().hint.empty());
  }
}

TEST_CASE("a single stage of one rate is that rate") {
  OpenLoop plain{Rate{777}};
  auto all = calls(staged({"10s 777/s"}));
  CHECK(all.size() == 7770);
  Pacer pacer(plain, 0, 1, Random(5));
  for (const auto& [ordinal, due] : all) {
    REQUIRE(due == pacer.due());
    pacer.advance();
  }
}

TEST_CASE("each call of a ramp is due where the integral of the rate reaches its number") {
  // n(t) = t^2 going up from 0 to 20/s in 10 s, then 20 t - t^2 coming down, counted from there.
  const auto all = calls(staged({"10s 0/s->20/s", "10s 20/s->0/s"}));
  REQUIRE(all.size() == 200);
  for (const auto& [ordinal, due] : all) {
    const auto n = static_cast<double>(ordinal);
    const double exact = ordinal < 100 ? std::sqrt(n) : 20 - std::sqrt(200 - n);
    CAPTURE(ordinal);
    CHECK(std::abs(to_seconds(due.time_since_epoch()) - exact) < 3e-9);
  }
  CHECK(all.at(0) == at(0s));
  CHECK(all.at(4) == at(2s));
  CHECK(all.at(100) == at(10s));
}

TEST_CASE("a ramp between any rates makes as many calls as the integral of the rate") {
  for (const auto& [stage, expected] : {
           std::pair{"10s 100/s->300/s", 2000U}, std::pair{"10s 300/s->100/s", 2000U},
           std::pair{"3s 1/s->100000/s", 150'002U},  // 150001.5, and call 0
           std::pair{"8h 1/h->3/h", 16U},
           std::pair{"10s 200/s->200.0001/s", 2001U},  // 2000.0005, and call 0
       }) {
    CAPTURE(stage);
    const auto loop = staged({stage});
    const auto all = calls(loop);
    CHECK(all.size() == expected);
    CHECK(load::constant_calls_before(loop, at(loop.stages[0].length)) == expected);
    TimePoint before{};
    for (const auto& [ordinal, due] : all) {
      REQUIRE(due >= before);
      // The integral until the due time is the ordinal, to the calls of a nanosecond.
      REQUIRE(RateCurve(loop).calls_before(due) ==
              Approx(static_cast<double>(ordinal)).margin(2e-4).epsilon(0));
      before = due;
    }
  }
}

TEST_CASE("a stage that stands still makes no calls") {
  const auto loop = staged({"2s 0/s", "3s 10/s", "5s 0/s", "1s 10/s", "4s 0/s"});
  CHECK(calls(loop).size() == 40);
  CHECK(calls_between(loop, 0s, 2s) == 0);
  CHECK(calls_between(loop, 2s, 5s) == 30);
  CHECK(calls_between(loop, 5s, 10s) == 0);
  CHECK(calls_between(loop, 10s, 11s) == 10);
  CHECK(calls(loop).at(0) == at(2s));
  CHECK(calls(loop).at(30) == at(10s));
  CHECK(calls(staged({"5s 0/s"})).empty());
  CHECK(calls(staged({"5s 0/s"}, Arrival::poisson)).empty());
}

TEST_CASE("calls that are due can be counted without making them") {
  const auto loop = staged({"2s 0/s->7/s", "3s 7/s", "5s 0/s", "1s 10/s->3/s"});
  for (TimePoint end{}; end < at(12s); end += 37ms) {
    const auto all = calls(loop);
    const auto made =
        std::ranges::count_if(all, [&](const auto& call) { return call.second < end; });
    REQUIRE(load::constant_calls_before(loop, end) == static_cast<std::uint64_t>(made));
  }
  CHECK(load::constant_calls_before({Rate{200}}, at(10s)) == 2000);
  CHECK(load::constant_calls_before({Rate{3}}, at(1s) + 1ns) == 4);
}

TEST_CASE("the number of threads does not change when the calls of stages are due") {
  for (const auto arrival : {Arrival::constant, Arrival::poisson}) {
    const auto loop = staged({"1s 0/s->500/s", "1s 500/s", "1s 0/s", "1s 300/s->20/s"}, arrival);
    const auto alone = calls(loop);
    CHECK(alone.size() > 800);
    CHECK(calls(loop, 2) == alone);
    CHECK(calls(loop, 7) == alone);
  }
}

TEST_CASE("poisson arrivals of a ramp follow its rate") {
  const auto loop = staged({"20s 0/s->1000/s"}, Arrival::poisson);
  for (const auto& [begin, end, expected] : {std::tuple{0s, 10s, 2500.0}, {10s, 20s, 7500.0}}) {
    const auto n = static_cast<double>(calls_between(loop, begin, end));
    CHECK(std::abs(n - expected) < 3.29 * std::sqrt(expected));
  }
}

TEST_CASE("the highest rate is the highest of all stages, or the only one") {
  CHECK(load::highest_rate({Rate{5}}) == Rate{5});
  CHECK(load::highest_rate(staged({"1s 3/s", "1s 3/s->9/s", "1s 9/s->1/s"})) == Rate{9});
  CHECK(load::highest_rate(staged({"1s 1/s->4/s"})) == Rate{4});
}
