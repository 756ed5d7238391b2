// When errors happen: bursts, counts, times and sequences.
#include "faults/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "core/request_number.hpp"
#include "faults/plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::plausible;

namespace {

Errors errors(std::string_view text) { return parse_errors(text).value(); }

Plan normally(std::string_view text, std::uint64_t seed = 7) {
  return {{.normal = {{}, errors(text)}}, {parse_phase("all 100h").value()}, Random(seed)};
}

Plan in_phases(const std::vector<std::string>& phases, std::string_view normal = "none",
               After after = After::last) {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(parse_phase(text).value());
  }
  return {{.normal = {{}, errors(normal)}}, specs, Random(7), after};
}

bool is_hit(const Plan& plan, std::uint64_t ordinal, Duration now = 1s) {
  return plan.decide({.ordinal = ordinal}, at(now)).item != Treatment::served;
}

std::vector<bool> hits(const Plan& plan, std::uint64_t count, Duration now = 1s) {
  std::vector<bool> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    all.push_back(is_hit(plan, i, now));
  }
  return all;
}

double share_of(const std::vector<bool>& all) {
  return static_cast<double>(std::ranges::count(all, true)) / static_cast<double>(all.size());
}

double mean_run(const std::vector<bool>& all) {
  double runs = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    runs += all[i] && (i == 0 || !all[i - 1]) ? 1 : 0;
  }
  return share_of(all) * static_cast<double>(all.size()) / runs;
}

std::string kinds(const Plan& plan, std::uint64_t count) {
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto action = plan.decide({.ordinal = i}, at(1s));
    text += (text.empty() ? "" : " ") + kind(action.fate, action.status);
  }
  return text;
}

// How often a window of 20 calls has 10 failures in it, which empties it.
int trips(const std::vector<bool>& all) {
  std::deque<bool> window;
  int failures = 0;
  int trips = 0;
  for (const bool failed : all) {
    window.push_back(failed);
    failures += failed ? 1 : 0;
    if (window.size() > 20) {
      failures -= window.front() ? 1 : 0;
      window.pop_front();
    }
    if (window.size() == 20 && failures >= 10) {
      ++trips;
      window.clear();
      failures = 0;
    }
  }
  return trips;
}

}  // namespace

TEST_CASE("bursts leave the share as it is and come in runs of their length") {
  constexpr std::uint64_t n = 1'000'000;
  for (const double length : {5.0, 20.0, 50.0}) {
    const auto all = hits(normally("5%,burst=" + std::to_string(static_cast<int>(length))), n);
    CAPTURE(length);
    // n * 5 % / length runs, each of a length whose deviation is about that length: 3.29 of these.
    const double runs = n * 0.05 / length;
    CHECK(mean_run(all) == Approx(length).epsilon(3.29 / std::sqrt(runs)));
    CHECK(share_of(all) == Approx(0.05).epsilon(3.29 * std::sqrt(2 / runs)));
  }
  CHECK(mean_run(hits(normally("5%"), n)) == Approx(1 / 0.95).epsilon(0.01));
}

TEST_CASE("each kind keeps its share within the bursts") {
  constexpr std::uint64_t n = 400'000;
  const auto plan = normally("500:2%,reset:6%,burst=4");
  std::uint64_t answers = 0;
  std::uint64_t resets = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto action = plan.decide({.ordinal = i}, at(1s));
    answers += action.status == 500 ? 1U : 0U;
    resets += action.fate == Fate::reset ? 1U : 0U;
  }
  CHECK(plausible(answers, answers + resets, 0.25));
  CHECK(static_cast<double>(answers + resets) / n == Approx(0.08).epsilon(0.06));
}

TEST_CASE(
    "the same 5 % trip a breaker of 20 calls never or thousands of times, as bursts have it") {
  // faults.md, section 6: a window of 20 calls and 50 %, emptied by each trip, a million calls.
  constexpr std::uint64_t n = 1'000'000;
  CHECK(trips(hits(normally("5%"), n)) == 0);
  for (const auto& [burst, expected] :
       std::vector<std::pair<int, double>>{{5, 1774}, {10, 2686}, {20, 3074}, {50, 2938}}) {
    CAPTURE(burst);
    const int found = trips(hits(normally("5%,burst=" + std::to_string(burst)), n));
    CHECK(found == Approx(expected).epsilon(0.1));
  }
}

TEST_CASE("the full form has bursts whose states hit the shares that it says") {
  const auto plan = normally("503:100%,ge(p=2%,r=10%,bad=50%,good=1%)");
  const auto& behaviour = plan.unchanged();
  // A sixth of the time in the bad state: 0.5 / 6 + 0.01 * 5 / 6.
  CHECK(behaviour.errors.total() == Approx(0.0916667));
  CHECK(behaviour.errors.peak() == 0.5);
  CHECK(share_of(hits(plan, 1'000'000)) == Approx(0.0916667).epsilon(0.03));
}

TEST_CASE("the full form whose states nearly swap with each request has that share, too") {
  const auto plan = normally("503:100%,ge(p=90%,r=80%)");
  const auto all = hits(plan, 200'000);
  CHECK(share_of(all) == Approx(9.0 / 17).epsilon(0.01));
  std::size_t again = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    again += all[i - 1] && all[i] ? 1U : 0U;
  }
  const auto hit = static_cast<std::uint64_t>(std::ranges::count(all, true));
  CHECK(plausible(again, hit, 0.2));
}

TEST_CASE("whether a request is hit by a burst does not depend on who asked before") {
  const auto plan = normally("10%,burst=30");
  const auto in_order = hits(plan, 20'000);
  const auto fresh = normally("10%,burst=30");
  for (std::uint64_t i = 20'000; i-- > 0;) {
    REQUIRE(is_hit(fresh, i) == in_order[i]);
  }
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto any = i * 7919 % 20'000;
    REQUIRE(is_hit(fresh, any) == in_order[any]);
  }
  CHECK(hits(normally("10%,burst=30", 8), 20'000) != in_order);
}

TEST_CASE("threads that ask at once find the same bursts") {
  const auto expected = hits(normally("10%,burst=30"), 40'000);
  const auto plan = normally("10%,burst=30");
  std::vector<std::vector<char>> found(4, std::vector<char>(40'000));
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < found.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = t; i < 40'000; i += found.size()) {
          found[t][i] = is_hit(plan, i) ? 1 : 0;
        }
      });
    }
  }
  for (std::uint64_t i = 0; i < 40'000; ++i) {
    REQUIRE((found[i % 4][i] != 0) == expected[i]);
  }
}

TEST_CASE("a memo saves the way back, and a wrong one would be believed") {
  const BurstChain chain{.to_bad = 1e-9, .to_good = 1e-9};
  const auto draws = Random(1);
  BurstChain::Memo memo;
  memo.note(41, true);
  CHECK(chain.is_bad(42, draws, &memo));
  CHECK(memo.at(42) == 1);
  CHECK(memo.at(41) == -1);
  memo.note(42, false);
  CHECK_FALSE(chain.is_bad(43, draws, &memo));
}

TEST_CASE("each tenth request, the first five, or those after a while are hit") {
  const auto every = hits(normally("100%,every=10"), 100);
  CHECK(std::ranges::count(every, true) == 10);
  CHECK(every[9]);
  CHECK(every[99]);
  const auto first = hits(normally("100%,first=5"), 100);
  CHECK(std::ranges::count(first, true) == 5);
  CHECK(first[4]);
  CHECK_FALSE(first[5]);
  const auto after = normally("100%,after=30s");
  CHECK_FALSE(is_hit(after, 0, 29'999ms));
  CHECK(is_hit(after, 0, 30s));
  CHECK(share_of(hits(normally("50%,every=10"), 100'000)) == Approx(0.05).epsilon(0.1));
}

TEST_CASE("a second attempt has the place behind the first one") {
  CHECK(place_of(request_number(7, 1)) == 7);
  CHECK(place_of(request_number(7, 3)) == 9);
  const auto plan = normally("100%,first=2");
  CHECK(is_hit(plan, request_number(0, 2)));
  CHECK_FALSE(is_hit(plan, request_number(0, 3)));
}

TEST_CASE("a flapping upstream is up first, then down, and so on") {
  const auto plan = normally("100%,flap(up=5s,down=2s)");
  for (const auto& [now, down] : std::vector<std::pair<Duration, bool>>{
           {0s, false}, {4999ms, false}, {5s, true}, {6999ms, true}, {7s, false}, {12s, true}}) {
    CAPTURE(now.count());
    CHECK(is_hit(plan, 0, now) == down);
  }
  CHECK(plan.unchanged().errors.total() == Approx(2.0 / 7));
  CHECK(plan.unchanged().errors.peak() == 1);
}

TEST_CASE("times count from the begin of the phase that says so") {
  const auto plan = in_phases({"ok 10s", "flaps 1m errors=100%,flap(up=5s,down=5s)",
                               "late 1m errors=100%,after=20s", "end 1m"});
  CHECK_FALSE(is_hit(plan, 0, 14s));
  CHECK(is_hit(plan, 0, 15s));
  CHECK_FALSE(is_hit(plan, 0, 70s + 19s));
  CHECK(is_hit(plan, 0, 70s + 20s));
  const auto again = in_phases({"all 10s errors=100%,after=5s"}, "none", After::again);
  CHECK_FALSE(is_hit(again, 0, 12s));
  CHECK(is_hit(again, 0, 16s));
}

TEST_CASE("errors that change while a phase lasts do so evenly") {
  const auto plan =
      in_phases({"ok 10s", "recovers 100s errors=503:100%->0%,reset:0%->40%", "end 10s"});
  constexpr std::uint64_t n = 20'000;
  for (const auto& [now, answers, resets] : std::vector<std::tuple<Duration, double, double>>{
           {10s, 1, 0}, {60s, 0.5, 0.2}, {85s, 0.25, 0.3}}) {
    std::uint64_t of_answers = 0;
    std::uint64_t of_resets = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto action = plan.decide({.ordinal = i}, at(now));
      of_answers += action.fate == Fate::answer && action.status == 503 ? 1U : 0U;
      of_resets += action.fate == Fate::reset ? 1U : 0U;
    }
    CAPTURE(now.count());
    CHECK(plausible(of_answers, n, answers));
    CHECK(plausible(of_resets, n, resets));
  }
  CHECK(plan.behaviour(1).errors.total() == Approx(0.7));
  CHECK(plan.behaviour(1).errors.share(0) == Approx(0.5));
  CHECK(plan.behaviour(1).errors.peak() == 1);
  CHECK(plan.timetable().phases()[1].fault);
}

TEST_CASE("a sequence is followed request by request, again and again") {
  CHECK(kinds(normally("seq(200*3,503*2,hang)"), 13) ==
        "200 200 200 503 503 hang 200 200 200 503 503 hang 200");
  const auto sequence = errors("seq(200*5, 503 * 3, hang, 503)");
  CHECK(sequence.text() == "seq(200*5,503*3,hang,503)");
  CHECK(sequence.total() == Approx(0.5));
  CHECK(sequence.share(0) == Approx(0.4));
  CHECK(sequence.peak() == 1);
}

TEST_CASE("a schedule is part of a text that is read back as an equal one") {
  for (const auto* text :
       {"503:5%,burst=20", "500:2%,reset:1%,burst=3", "503:100%,every=10", "503:5%,first=5",
        "503:5%,after=30s", "503:100%,flap(up=5s,down=2s)", "503:100%->0%",
        "503:0%->50%@20ms,reset:1%,after=5s", "seq(200*5,503*3,hang)", "seq(reset)",
        "503:100%,ge(p=1%,r=10%,bad=50%,good=0.1%),every=2,first=100,after=1s,flap(up=1s,down="
        "1s)"}) {
    CHECK(errors(text).text() == text);
    CHECK(errors(errors(text).text()) == errors(text));
  }
  CHECK(errors("burst=20,5%").text() == "503:5%,burst=20");
  CHECK(errors("5%->5%").text() == "503:5%");
  CHECK_FALSE(errors("5%,burst=20") == errors("5%,burst=21"));
  CHECK_FALSE(errors("5%") == errors("5%,every=2"));
}

TEST_CASE("a phase whose errors come in bursts is a fault although no more requests fail") {
  const auto plan = in_phases({"a 10s errors=5%,burst=20", "b 10s errors=5%"}, "5%");
  CHECK(plan.timetable().phases()[0].fault);
  CHECK_FALSE(plan.timetable().phases()[1].fault);
}

TEST_CASE("a schedule that is not one is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"5%,burst=0", "burst: '0' is less than 1", "whole number"},
           {"5%,burst=2.5", "burst: '2.5' is not a whole number", "whole number"},
           {"5%,burst(20)", "is not how burst is written", "burst=10"},
           {"5%,ge=1%", "is not how ge is written", "ge(p=1%"},
           {"5%,burst=2,burst=3", "the bursts are said already", "keep one"},
           {"5%,every=2,every=3", "says every a second time", "keep one"},
           {"100%,burst=5", "hits every request", "leave burst= out"},
           {"60%,burst=1", "reach 50.0% at most", "longer bursts"},
           {"burst=20", "says when, but not what", "write 5%,burst=20"},
           {"5%,ge(p=1%,r=10%)", "its bad= and good= say", "add up to 100%"},
           {"503:100%,ge(p=0%,r=10%)", "never changes its state", "above 0%"},
           {"503:100%,ge(p=100%,r=100%)", "changes its state with every request", "every=2"},
           {"503:100%,ge(p=1%,r=1%,bad=0%)", "hits no request", "bad=100%"},
           {"503:100%,ge(p=1%)", "has no r", "ge(p=1%"},
           {"503:100%,ge(p=1,r=10%)", "p: '1' has no %", "%"},
           {"5%,flap(up=5s)", "has no down", "flap(up=5s,down=5s)"},
           {"5%,flap(up=5s,down=0s)", "one of its times is zero", "flap(up=5s,down=5s)"},
           {"5%,after=30", "'30' has no unit", "30s"},
           {"60%->10%,reset:10%->60%,burst=3", "share that changes", "leave out the bursts"},
           {"60%->10%,reset:50%", "add up to 110%", "100% at most"},
           {"10%->60%,reset:50%", "add up to 110%", "100% at most"},
           {"10%->x", "'x'", "%"},
           {"seq(200*5)", "has no error in it", "seq("},
           {"seq()", "has no error in it", "seq("},
           {"seq(503*0)", "less than 1", "whole number"},
           {"seq(503*9000,500*9000)", "longer than 10000 requests", "shorter"},
           {"seq(503,refuse)", "closes the port", "reset"},
           {"seq(503,rset)", "unknown error kind 'rset'", "reset"},
           {"seq(503),5%", "has more than a sequence", "only seq("},
       }) {
    const auto result = parse_errors(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("a schedule that does not fit its place is refused") {
  const auto mistake = [](std::string_view normal, const std::vector<std::string>& phases) {
    std::vector<PhaseSpec> specs;
    for (const auto& text : phases) {
      specs.push_back(parse_phase(text).value());
    }
    const auto found = contradiction({.normal = {{}, errors(normal)}}, specs);
    return found ? found->message : "";
  };
  CHECK_THAT(mistake("100%->0%", {"all 10s"}), ContainsSubstring("normally there is no end"));
  CHECK_THAT(mistake("none", {"a 10s", "b 10s errors=5%,first=5"}),
             ContainsSubstring("about the first requests of the run"));
  CHECK(mistake("none", {"a 10s errors=5%,first=5", "b 10s"}).empty());
  CHECK_THAT(parse_phase("a 10s errors=5%,after=10s").error().message,
             ContainsSubstring("come when the phase is over"));
}
