// Expectations about a topology's services and links, on a run made up by hand.
#include <algorithm>

#include "report/services.hpp"
#include "tests/expect/judging.hpp"

namespace tripcurve::expect {
namespace {

using namespace testing;

const Scope of_gateway{.service = "gateway"};
const Scope of_gateway_in_outage{.phase = "outage", .service = "gateway"};
const Scope of_payment{.link = "payment -> upstream"};
const Scope of_payment_in_outage{.phase = "outage", .link = "payment -> upstream"};
const Scope of_order{.link = "gateway -> payment"};

topology::ServiceCounts served(std::uint64_t ok, std::uint64_t failed, std::uint64_t full) {
  topology::ServiceCounts counts{
      .arrived = ok + failed + full, .ok = ok, .failed = failed, .full = full};
  for (std::uint64_t i = 0; i < ok + failed; ++i) {
    counts.response.record(i < ok ? 20ms : 500ms);
  }
  return counts;
}

void passes(topology::LinkMeasured& link, Duration when, State from, State to) {
  link.transitions.push_back({.at = at(when), .from = from, .to = to, .cause = {}});
  link.breaker_totals.note(at(when), to);
}

// The outage is from 5 s to 13 s of 20 s. Payment's breaker opens after 0.5 s and closes 2 s after
// its end; that of the gateway, if it does, opens at `outer`.
topology::Measured cascade(std::optional<Duration> outer = 6500ms, bool inner = true) {
  topology::ServiceMeasured gateway{
      .name = "gateway",
      .workers = 20,
      .phases = {served(500, 0, 0), served(100, 300, 400), served(700, 0, 0)}};
  gateway.phases[1].peak_busy = 20;
  gateway.phases[1].peak_waiting = 7;
  gateway.phases[1].busy_seconds = 80;
  gateway.phases[1].waiting_seconds = 16;
  gateway.phases[1].full_for = 3s;
  gateway.phases[2].full_for = 1s;
  gateway.links = {{.to = "payment",
                    .breaker = "classic",
                    .phases = {{.calls = 500, .requests = 500, .ok = 500},
                               {.calls = 400, .requests = 300, .ok = 0, .failed = 300, .open = 100},
                               {.calls = 700, .requests = 700, .ok = 700}}}};
  topology::ServiceMeasured payment{
      .name = "payment", .phases = {served(500, 0, 0), served(0, 300, 0), served(700, 0, 0)}};
  payment.links = {{.to = "upstream",
                    .breaker = "classic",
                    .phases = {{.calls = 500, .requests = 500, .ok = 500},
                               {.calls = 300,
                                .requests = 330,
                                .ok = 20,
                                .failed = 10,
                                .timed_out = 20,
                                .open = 200,
                                .full = 5,
                                .fallback = 45,
                                .fallback_open = 40,
                                .limit = load::LimitRange{.last = 6, .least = 5, .most = 9}},
                               {.calls = 700, .requests = 700, .ok = 700}}}};
  if (outer) {
    passes(gateway.links[0], *outer, State::closed, State::open);
    passes(gateway.links[0], 16s, State::open, State::closed);
  }
  if (inner) {
    passes(payment.links[0], 5500ms, State::closed, State::open);
    passes(payment.links[0], 14900ms, State::open, State::half_open);
    passes(payment.links[0], 15s, State::half_open, State::closed);
  }
  return {gateway, payment};
}

Judged judged(const topology::Measured& services, const std::string& text, const Scope& scope) {
  auto run = busy_run(outage);
  run.dialect = "none";
  run.timeout = 1s;
  auto summary = report::testing::summarize(run);
  std::vector<Duration> lasted;
  for (const auto& phase : summary.phases) {
    lasted.push_back(phase.lasted);
  }
  summary.services = report::summarize_services(services, lasted);
  INFO(text);
  auto parsed = parse_expectation(text);
  REQUIRE(parsed.ok());
  auto expectation = *std::move(parsed);
  expectation.scope = scope;
  auto all = judge(std::vector{expectation}, summary);
  const auto passes = [](const Judged& one) { return one.result == Result::pass; };
  const auto worst = std::ranges::find_if_not(all, passes);
  return worst == all.end() ? all.front() : *worst;
}

void holds(const std::string& text, const Scope& scope) {
  const auto one = judged(cascade(), text, scope);
  INFO(text << ", " << scope.text() << ": " << one.observed << " " << one.reason);
  CHECK(one.result == Result::pass);
}

void fails(const std::string& text, const Scope& scope) {
  const auto one = judged(cascade(), text, scope);
  INFO(text << ", " << scope.text() << ": " << one.observed);
  CHECK(one.result == Result::fail);
}

}  // namespace

TEST_CASE("a service is judged by its own calls and its pool") {
  holds("full_for == 4s", of_gateway);
  holds("full_for == 3s", of_gateway_in_outage);
  fails("full_for < 3s", of_gateway_in_outage);
  holds("peak_busy == 20", of_gateway);
  fails("peak_busy < 20", of_gateway);
  holds("mean_busy == 10", of_gateway_in_outage);
  fails("mean_busy < 10", of_gateway_in_outage);
  holds("mean_busy == 4", of_gateway);
  holds("peak_waiting == 7", of_gateway_in_outage);
  fails("peak_waiting <= 6", of_gateway);
  holds("mean_waiting == 2", of_gateway_in_outage);
  fails("mean_waiting < 1", of_gateway_in_outage);
  holds("calls == 800 and ok == 100 and failed == 300 and full == 400", of_gateway_in_outage);
  fails("calls < 800", of_gateway_in_outage);
  fails("full < 50% of calls", of_gateway_in_outage);
  holds("availability == 12.5%", of_gateway_in_outage);
  holds("failure_share == 75%", of_gateway_in_outage);
  holds("goodput == 12.5/s", of_gateway_in_outage);
  holds("p50 > 400ms and max > 400ms", of_gateway_in_outage);
  fails("p99 < 100ms", of_gateway_in_outage);
  holds("duration == 8s", of_gateway_in_outage);
}

TEST_CASE("a link is judged by the calls that it carries") {
  holds(
      "calls == 300 and sent == 330 and ok == 20 and timeouts == 20 and full == 5 and "
      "fallback == 45 and fail_fast == 200 and failed == 30",
      of_payment_in_outage);
  fails("sent <= 300", of_payment_in_outage);
  holds("amplification == 1.1", of_payment_in_outage);
  fails("amplification <= 1", of_payment_in_outage);
  holds("fail_fast_share > 66% and fail_fast_share < 67%", of_payment_in_outage);
  fails("fail_fast_share >= 90%", of_payment_in_outage);
  holds("rejected == 240 and rejected_share == 80%", of_payment_in_outage);
  fails("rejected > 240", of_payment_in_outage);
  holds("failure_share == 60%", of_payment_in_outage);
  holds("limit.last == 6 and limit.least == 5 and limit.most == 9", of_payment);
  holds("availability < 7% and availability_with_fallback > 21%", of_payment_in_outage);
}

TEST_CASE(
    "where a fallback answers rejections, a share of fail-fasts that is missed is explained") {
  const auto missed = judged(cascade(), "fail_fast_share >= 90%", of_payment_in_outage);
  CHECK_THAT(missed.reason, tripcurve::testing::ContainsSubstring(
                                "a fallback answered 40 more calls that the breaker rejected"));
}

TEST_CASE("a link is judged by its own breaker") {
  holds("time_to_open == 500ms", of_payment);
  fails("time_to_open < 500ms", of_payment);
  holds("time_to_open == 1500ms", of_order);
  holds("time_to_half_open == 1900ms and time_to_close == 2s", of_payment);
  fails("time_to_close < 2s", of_payment);
  holds(
      "opens == 1 and trips == 1 and closes == 1 and false_opens == 0 and missed_opens == 0 and "
      "flaps_per_min == 0",
      of_payment);
  fails("opens == 0", of_payment);
  holds("transitions == [closed, open, half_open, closed]", of_payment);
  fails("transitions == [closed, open, half_open, closed]", of_order);
  holds("time_in(open) == 9400ms", of_payment);
  fails("time_in(open) < 5s", of_payment);
}

TEST_CASE("a link's breaker that did not open in the fault missed it, and is told why") {
  const auto services = cascade(std::nullopt, false);
  const auto never = judged(services, "time_to_open < 1s", of_payment);
  CHECK(never.result == Result::fail);
  CHECK(never.observed == "never");
  CHECK_THAT(never.reason, tripcurve::testing::ContainsSubstring("30 of 330 calls failed"));
  CHECK(judged(services, "missed_opens == 0", of_payment).result == Result::fail);
}

TEST_CASE("an opening of a link's breaker outside of the fault is a false one") {
  auto services = cascade();
  auto& link = services[1].links[0];
  link.transitions.clear();
  link.breaker_totals = {};
  passes(link, 2s, State::closed, State::open);
  CHECK(judged(services, "false_opens == 0", of_payment).result == Result::fail);
  CHECK(judged(services, "false_opens == 1", of_payment).result == Result::pass);
}

TEST_CASE("the same phases of a service and of the run are compared") {
  holds("full < 60% of calls", of_gateway_in_outage);
  fails("sent < 10% of calls", of_payment_in_outage);
}

TEST_CASE(
    "a breaker that does not open is later than the fault and its timeout, and who knows when") {
  // The outer one: 8.5 s after the inner one, at least.
  CHECK(judged(cascade(std::nullopt, true), "selectivity > 8400ms", {}).result == Result::pass);
  CHECK(judged(cascade(std::nullopt, true), "selectivity > 8600ms", {}).result ==
        Result::inconclusive);
  // The inner one: 8 s after the outer one, at least.
  CHECK(judged(cascade(6s, false), "selectivity < -7900ms", {}).result == Result::pass);
  CHECK(judged(cascade(6s, false), "selectivity > -9s", {}).result == Result::inconclusive);
}

TEST_CASE("phases before and after a fault know nothing of selectivity") {
  for (const auto* phase : {"healthy", "recovered"}) {
    CHECK(judged(cascade(), "selectivity > 0s", {.phase = phase}).result == Result::inconclusive);
  }
  CHECK(judged(cascade(), "selectivity > 0s", {.phase = "outage"}).result == Result::pass);
}

TEST_CASE("selectivity is how much earlier the breaker behind opens than the one in front") {
  const auto selectivity = [](std::optional<Duration> outer, bool inner, const char* text) {
    return judged(cascade(outer, inner), text, {});
  };
  CHECK(selectivity(6500ms, true, "selectivity == 1s").result == Result::pass);
  CHECK(selectivity(6500ms, true, "selectivity > 2s").result == Result::fail);
  const auto wrong = selectivity(5200ms, true, "selectivity > 0s");
  CHECK(wrong.result == Result::fail);
  CHECK(wrong.observed == "-300ms");
  CHECK_THAT(wrong.reason, tripcurve::testing::ContainsSubstring(
                               "payment -> upstream, which is nearer to the fault, opened 300ms "
                               "later"));
  CHECK(selectivity(5200ms, true, "selectivity > -500ms").result == Result::pass);
  // One that was open when the fault began has opened then.
  CHECK(selectivity(4s, true, "selectivity > 0s").result == Result::fail);
  CHECK(selectivity(4s, true, "selectivity == -500ms").result == Result::pass);
}

TEST_CASE("a breaker in front that stays closed is selective, one that alone opens is not") {
  const auto selectivity = [](std::optional<Duration> outer, bool inner) {
    return judged(cascade(outer, inner), "selectivity > 0s", {});
  };
  CHECK(selectivity(std::nullopt, true).result == Result::pass);
  CHECK(selectivity(6s, false).result == Result::fail);
  const auto neither = selectivity(std::nullopt, false);
  CHECK(neither.result == Result::inconclusive);
  CHECK_THAT(neither.reason, tripcurve::testing::ContainsSubstring("one behind the other opened"));
}

TEST_CASE("a service or a link that the run does not have passes nothing") {
  CHECK(judged(cascade(), "calls >= 1", {.service = "nobody"}).result == Result::inconclusive);
  CHECK(judged({}, "calls >= 1", of_gateway).result == Result::inconclusive);
  CHECK(judged({}, "selectivity > 0s", {}).result == Result::inconclusive);
}

TEST_CASE("what cannot be judged of a service or a link is refused") {
  const Names names{.phases = {"outage"},
                    .endpoints = {"/"},
                    .breakers = {"client"},
                    .services = {"gateway", "payment"},
                    .links = {"gateway -> payment", "payment -> upstream"},
                    .links_with_breaker = {"payment -> upstream"}};
  const auto said = [&](const char* text, const Scope& scope, const Names& known) {
    auto expectation = parse_expectation(text).value();
    expectation.scope = scope;
    const auto error = mistake(expectation, known);
    return error ? error->message + " | " + error->hint : "";
  };
  using tripcurve::testing::ContainsSubstring;
  CHECK(said("full_for < 5s", of_gateway, names).empty());
  CHECK(said("time_to_open < 5s", of_payment, names).empty());
  CHECK_THAT(said("full_for < 5s", {.service = "gatway"}, names),
             ContainsSubstring("there is no service 'gatway' | did you mean 'gateway'?"));
  CHECK_THAT(said("opens >= 1", {.link = "payment -> upstrem"}, names),
             ContainsSubstring("there is no link 'payment -> upstrem' | did you mean"));
  CHECK_THAT(said("opens >= 1", of_order, names),
             ContainsSubstring("gateway -> payment has no breaker, so there is no opens"));
  CHECK(said("failure_share < 5%", of_order, names).empty());
  CHECK_THAT(said("full_for < 5s", {}, names),
             ContainsSubstring("write {service: gateway, that: full_for < 5s}"));
  CHECK_THAT(said("full_for < 5s", of_payment, names),
             ContainsSubstring("full_for is not counted by link | name a service instead"));
  CHECK_THAT(said("sent < 5", of_gateway, names),
             ContainsSubstring("sent is not counted by service | name a link instead"));
  CHECK_THAT(said("max_concurrent_probes < 5", of_payment, names),
             ContainsSubstring("max_concurrent_probes is not counted by link"));
  CHECK_THAT(said("upstream_requests < 5", of_payment, names), ContainsSubstring("not counted"));
  CHECK_THAT(said("calls < 5", {.service = "gateway", .link = "payment -> upstream"}, names),
             ContainsSubstring("two views of a run"));
  CHECK_THAT(said("calls < 5", {.endpoint = "/", .service = "gateway"}, names),
             ContainsSubstring("a service does not count by endpoint"));
  CHECK_THAT(said("calls < 5", of_gateway, {}), ContainsSubstring("there is no topology"));
  CHECK_THAT(said("selectivity > 0s", {}, names), ContainsSubstring("there are none"));
  auto nested = names;
  nested.has_nesting = true;
  CHECK(said("selectivity > 0s", {}, nested).empty());
}

TEST_CASE("a link is named with or without blanks around its arrow") {
  CHECK(link_scope("order->payment") == "order -> payment");
  CHECK(link_scope("  order  ->  payment ") == "order -> payment");
  CHECK(link_scope("order") == "order");
}

}  // namespace tripcurve::expect
