// One service as a machine: its workers, its queue, and what it makes of the services it calls.

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "tests/support/catch.hpp"
#include "tests/topology/rig.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

Service working(const std::string& work, std::optional<std::uint32_t> workers = std::nullopt,
                std::optional<std::uint32_t> queue = std::nullopt) {
  return {.name = "it",
          .workers = workers,
          .queue = queue,
          .routes = {{.path = {}, .work = latency(work), .calls = {}}}};
}

Service with_workers(Service service, std::uint32_t workers, std::optional<std::uint32_t> queue) {
  service.workers = workers;
  service.queue = queue;
  return service;
}

Service with_optional(Service service, std::uint32_t call) {
  service.routes[0].calls[call].optional = true;
  return service;
}

}  // namespace

TEST_CASE("a service without calls answers when its own work is done") {
  Rig rig(working("20ms"));
  rig.arrive();
  CHECK(rig.did().empty());
  CHECK(rig.node().busy() == 1);
  CHECK(rig.node().next_due() == at_ms(20));
  rig.to(19);
  CHECK(rig.did().empty());
  rig.to(20);
  CHECK(rig.did() == "0: 200");
  CHECK(rig.node().busy() == 0);
  CHECK(rig.node().next_due() == never);
  CHECK(rig.counts().response.max() == 20ms);
}

TEST_CASE("a service without work and without calls answers at once") {
  Rig rig(working("0ms"));
  rig.arrive_times(2);
  CHECK(rig.did() == "0: 200, 1: 200");
  CHECK(rig.counts().response.count() == 2);
  CHECK(rig.counts().peak_busy == 1);
}

TEST_CASE("the work of a call is drawn by the call's number and the service's name") {
  const auto lasts = [](const std::string& name, std::uint64_t number, std::uint64_t seed) {
    auto service = working("0ms..1s");
    service.name = name;
    Rig rig(service, {.seed = seed});
    rig.node().arrive(0, number, 0, at_ms(0));
    return rig.node().next_due();
  };
  CHECK(lasts("a", 1, 1) == lasts("a", 1, 1));
  CHECK(lasts("a", 1, 1) != lasts("a", 2, 1));
  CHECK(lasts("a", 1, 1) != lasts("b", 1, 1));
  CHECK(lasts("a", 1, 1) != lasts("a", 1, 2));
}

TEST_CASE("no more calls are worked on than there are workers, and the oldest that waits is next") {
  Rig rig(working("10ms", 2));
  rig.arrive_times(5);
  CHECK(rig.node().busy() == 2);
  CHECK(rig.node().waiting() == 3);
  rig.to(10);
  CHECK(rig.did() == "0: 200, 1: 200");
  CHECK(rig.node().busy() == 2);
  CHECK(rig.node().waiting() == 1);
  rig.to(20);
  CHECK(rig.did() == "2: 200, 3: 200");
  rig.to(30);
  CHECK(rig.did() == "4: 200");
  const auto counts = rig.counts();
  CHECK(counts.peak_busy == 2);
  CHECK(counts.peak_waiting == 3);
  CHECK(counts.response.max() == 30ms);
}

TEST_CASE("a call that arrives as a worker becomes free does not overtake one that waits") {
  Rig narrow(with_workers(calling({link_to(1)}), 1, std::nullopt));
  narrow.arrive_times(2);
  narrow.to(5);
  narrow.reply("A1");
  narrow.arrive();
  CHECK(narrow.did() == "send A1, 0: 200, send A2");
  narrow.reply("A2");
  CHECK(narrow.did() == "1: 200, send A3");
}

TEST_CASE("a call that finds no place to wait is answered 503 at once") {
  for (const std::uint32_t queue : {0U, 2U}) {
    Rig rig(working("10ms", 1, queue));
    rig.arrive_times(4);
    CHECK(rig.did() == (queue == 0 ? "1: 503, 2: 503, 3: 503" : "3: 503"));
    rig.to(100);
    const auto counts = rig.counts();
    CHECK(counts.full == 3 - queue);
    CHECK(counts.ok == 1 + queue);
    CHECK(counts.peak_waiting == queue);
    CHECK(counts.response.count() == counts.ok);  // and none of those that were turned away
    CHECK(counts.first_full == at_ms(0));
  }
}

TEST_CASE("a place to wait is free again as soon as a call has a worker") {
  Rig rig(working("10ms", 1, 1));
  rig.arrive_times(2);
  rig.to(10);
  rig.arrive();
  CHECK(rig.did() == "0: 200");
  rig.arrive();
  CHECK(rig.did() == "3: 503");
}

TEST_CASE("without a number of workers nobody waits, and it is never full") {
  Rig rig(working("10ms"));
  rig.arrive_times(1000);
  CHECK(rig.node().busy() == 1000);
  CHECK(rig.node().waiting() == 0);
  rig.to(10);
  const auto counts = rig.counts();
  CHECK(counts.ok == 1000);
  CHECK(counts.full_for == 0ms);
  CHECK_FALSE(counts.first_full);
}

TEST_CASE("the first route that fits the path is taken, and a call of none is answered 404") {
  Service service{.name = "it",
                  .workers = 1,
                  .queue = 0,
                  .routes = {{.path = "/slow", .work = latency("1s"), .calls = {}},
                             {.path = "/fast", .work = latency("1ms"), .calls = {}}}};
  const Surroundings surroundings{
      .endpoints = {{.path = "/slow"}, {.path = "/fast"}, {.path = "/other"}}};
  Rig rig(service, surroundings);
  rig.arrive(2);
  CHECK(rig.did() == "0: 404");
  rig.arrive(0);
  rig.arrive(2);  // costs no worker and no place
  rig.arrive(1);
  CHECK(rig.did() == "2: 404, 3: 503");
  rig.to(1000);
  rig.arrive(1);
  rig.to(1001);
  CHECK(rig.did() == "1: 200, 4: 200");
  CHECK(rig.counts().failed == 2);

  service.routes.push_back({.path = {}, .work = {}, .calls = {}});
  Rig all(service, surroundings);
  all.arrive(2);
  CHECK(all.did() == "0: 200");
}

TEST_CASE("the answer says what was in the way of a call") {
  for (const auto& [end, status] : {
           std::pair(CallEnd{CallEnd::Kind::answer, 200}, 200),
           {CallEnd{CallEnd::Kind::answer, 204}, 200},
           {CallEnd{CallEnd::Kind::answer, 404}, 200},
           {CallEnd{CallEnd::Kind::answer, 429}, 200},
           {CallEnd{CallEnd::Kind::answer, 500}, 502},
           {CallEnd{CallEnd::Kind::answer, 503}, 502},
           {CallEnd{CallEnd::Kind::answer, 504}, 502},
           {CallEnd{CallEnd::Kind::timeout, 0}, 504},
           {CallEnd{CallEnd::Kind::reset, 0}, 502},
           {CallEnd{CallEnd::Kind::closed, 0}, 502},
           {CallEnd{CallEnd::Kind::connect_failed, 0}, 502},
           {CallEnd{CallEnd::Kind::bad_answer, 0}, 502},
       }) {
    CAPTURE(words(end), end.status());
    Rig rig(calling({link_to(1)}));
    rig.arrive();
    rig.ended("A1", end);
    CHECK(rig.did() == fmt::format("send A1, 0: {}", status));
    CHECK(rig.link().ok == (status == 200 ? 1 : 0));
    CHECK(rig.link().failed == (status == 200 ? 0 : 1));
    CHECK(rig.counts().ok == (status == 200 ? 1 : 0));
    CHECK(rig.counts().failed == (status == 200 ? 0 : 1));
  }
}

TEST_CASE("work comes first, then the calls") {
  auto service = calling({link_to(1)});
  service.routes[0].work = latency("10ms");
  Rig rig(service);
  rig.arrive();
  CHECK(rig.did().empty());
  rig.to(10);
  CHECK(rig.did() == "send A1");
  rig.to(15);
  rig.reply("A1");
  CHECK(rig.did() == "0: 200");
  CHECK(rig.counts().response.max() == 15ms);
}

TEST_CASE("calls in turn go out one after the other, and the first failure ends them") {
  Rig rig(calling({link_to(1), link_to(2), link_to(3)}));
  rig.arrive();
  CHECK(rig.did() == "send A1");
  rig.reply("A1");
  CHECK(rig.did() == "send B1");
  rig.reply("B1");
  CHECK(rig.did() == "send C1");
  rig.reply("C1");
  CHECK(rig.did() == "0: 200");

  rig.arrive();
  rig.reply("A2");
  rig.reply("B2", 500);
  CHECK(rig.did() == "send A2, send B2, 1: 502");
  CHECK(rig.link(2).calls == 1);
  CHECK(rig.node().busy() == 0);
}

TEST_CASE("parallel calls go out at once, and the last one's end is the answer") {
  Rig rig(calling({link_to(1), link_to(2), link_to(3)}, Order::parallel));
  rig.arrive();
  CHECK(rig.did() == "send A1, send B1, send C1");
  rig.reply("C1");
  rig.reply("A1");
  CHECK(rig.did().empty());
  rig.reply("B1");
  CHECK(rig.did() == "0: 200");
}

TEST_CASE("when one of the parallel calls fails the others are given up") {
  Rig rig(calling({link_to(1), link_to(2), link_to(3)}, Order::parallel));
  rig.arrive();
  rig.reply("A1");
  rig.ended("B1", {CallEnd::Kind::timeout, 0});
  CHECK(rig.did() == "send A1, send B1, send C1, 0: 504, cancel C1");
  CHECK(rig.under_way() == 0);
  CHECK(rig.node().busy() == 0);
  CHECK(rig.link(0).ok == 1);
  CHECK(rig.link(1).failed == 1);
  CHECK(rig.link(2).given_up == 1);
}

TEST_CASE("where any will do, in turn, the next is called when the one before has failed") {
  Rig rig(calling({link_to(1), link_to(2), link_to(3)}, Order::in_turn, Needs::any));
  rig.arrive();
  rig.reply("A1", 500);
  rig.reply("B1");
  CHECK(rig.did() == "send A1, send B1, 0: 200");
  CHECK(rig.link(2).calls == 0);

  rig.arrive();
  rig.ended("A2", {CallEnd::Kind::timeout, 0});
  rig.reply("B2", 500);
  rig.reply("C1", 500);
  CHECK(rig.did() == "send A2, send B2, send C1, 1: 504");  // what the first one failed of
}

TEST_CASE("where any will do, in parallel, the first good one is the answer") {
  Rig rig(calling({link_to(1), link_to(2), link_to(3)}, Order::parallel, Needs::any));
  rig.arrive();
  rig.reply("A1", 500);
  rig.reply("C1");
  CHECK(rig.did() == "send A1, send B1, send C1, 0: 200, cancel B1");
  CHECK(rig.link(1).given_up == 1);

  rig.arrive();
  for (const auto* request : {"C2", "A2", "B2"}) {
    rig.reply(request, 500);
  }
  CHECK(rig.did() == "send A2, send B2, send C2, 1: 502");
}

TEST_CASE("the answer is good without a call that is optional") {
  for (const auto order : {Order::in_turn, Order::parallel}) {
    const auto parallel = order == Order::parallel;
    Rig rig(with_optional(calling({link_to(1), link_to(2)}, order), 0));
    rig.arrive();
    rig.reply("A1", 500);
    CHECK(rig.did() == (parallel ? "send A1, send B1" : "send A1, send B1"));
    rig.reply("B1");
    CHECK(rig.did() == "0: 200");
    CHECK(rig.link(0).failed == 1);
    CHECK(rig.counts().ok == 1);

    rig.arrive();
    if (parallel) {
      rig.reply("B2", 500);
      CHECK(rig.did() == "send A2, send B2, 1: 502, cancel A2");
    } else {
      rig.reply("A2");
      rig.reply("B2", 500);
      CHECK(rig.did() == "send A2, send B2, 1: 502");
    }
  }
}

TEST_CASE("an optional call is waited for as any other") {
  Rig rig(with_optional(calling({link_to(1), link_to(2)}, Order::parallel), 1));
  rig.arrive();
  rig.reply("A1");
  CHECK(rig.did() == "send A1, send B1");
  rig.ended("B1", {CallEnd::Kind::reset, 0});
  CHECK(rig.did() == "0: 200");
}

TEST_CASE("no request is known by the number of another") {
  auto retried = link_to(1);
  retried.policies = {policy("retry,attempts=4,delay=0s")};
  auto other = link_to(2);
  other.policies = retried.policies;
  std::set<std::uint64_t> numbers;
  for (const auto* name : {"one", "two"}) {
    auto service = calling({retried, other}, Order::parallel, Needs::any);
    service.name = name;
    Rig rig(service);
    for (int call = 0; call < 20; ++call) {
      rig.arrive();
    }
    for (int attempt = 1; attempt <= 4; ++attempt) {
      for (int call = 0; call < 20; ++call) {
        for (const auto* to : {"A", "B"}) {
          const auto request = fmt::format("{}{}", to, (attempt - 1) * 20 + call + 1);
          numbers.insert(rig.request(request).number);
          rig.reply(request, 500);
          rig.to(static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                      rig.now().time_since_epoch())
                                      .count()) +
                 1);
        }
      }
    }
    CHECK(rig.under_way() == 0);
  }
  // What a call is known by decides what its requests are known by, whichever service sends them.
  CHECK(numbers.size() == 20 * 4 * 2);
}

TEST_CASE("a breaker on a link turns calls away without a request, until its time is over") {
  auto link = link_to(1);
  link.breaker = choice("classic,failures=2,successes=1,timeout=1s");
  Rig rig(calling({link}));
  for (int i = 1; i <= 2; ++i) {
    rig.arrive();
    rig.reply(fmt::format("A{}", i), 500);
  }
  CHECK(rig.did() == "send A1, 0: 502, send A2, 1: 502");
  rig.arrive();
  CHECK(rig.did() == "2: 503");
  rig.to(1001);
  rig.arrive();
  CHECK(rig.did() == "send A3");
  rig.reply("A3");
  rig.arrive();
  CHECK(rig.did() == "3: 200, send A4");

  const auto measured = rig.measured().links[0];
  CHECK(measured.to == "A");
  CHECK(measured.breaker == "classic,FailureThreshold=2,SuccessThreshold=1,Timeout=1s");
  CHECK(measured.phases[0].open == 1);
  CHECK(measured.phases[0].calls == 5);
  CHECK(measured.phases[0].requests == 4);
  REQUIRE(measured.transitions.size() == 3);
  CHECK(measured.transitions[0].at == at_ms(0));
  CHECK(measured.transitions[0].to == breaker::State::open);
  CHECK(measured.transitions[2].to == breaker::State::closed);
}

TEST_CASE("the breaker of a link counts what its library does, or what it is told to") {
  auto link = link_to(1);
  link.breaker = choice("classic,failures=1");
  const auto opens = [](const Link& of, int status) {
    Rig rig(calling({of}));
    rig.arrive();
    rig.reply("A1", status);
    return !rig.measured().links[0].transitions.empty();
  };
  CHECK(opens(link, 500));
  CHECK_FALSE(opens(link, 404));
  link.breaker_counts = *parse_outcome_changes("404=failure,500=success");
  CHECK_FALSE(opens(link, 500));
  CHECK(opens(link, 404));
}

TEST_CASE("a request tells with which leave it was sent, and how that stands") {
  auto link = link_to(2);
  link.breaker = choice("classic,failures=1");
  Rig rig(calling({link_to(1), link}, Order::parallel));
  rig.arrive();
  rig.arrive();
  const auto first = rig.request("B1").leave;
  const auto second = rig.request("B2").leave;
  CHECK(first.breaker == 1);
  CHECK(rig.node().passage(first) == Passage::fair);
  rig.reply("B1", 500);
  CHECK(rig.node().passage(second) == Passage::overtaken);
  CHECK(rig.node().passage({.breaker = 2}) == Passage::stranger);
}

TEST_CASE("a timeout on a link gives the request up") {
  auto link = link_to(1);
  link.timeout = 100ms;
  Rig rig(calling({link}));
  rig.arrive();
  rig.to(99);
  CHECK(rig.did() == "send A1");
  rig.to(100);
  CHECK(rig.did() == "cancel A1, 0: 504");
  CHECK(rig.link().timed_out == 1);
  CHECK(rig.counts().failed == 1);
}

TEST_CASE("without a timeout a link waits for ever") {
  Rig rig(calling({link_to(1)}));
  rig.arrive();
  CHECK(rig.node().next_due() == never);
  rig.to(3'000'000);
  CHECK(rig.did() == "send A1");
  CHECK(rig.node().busy() == 1);
}

TEST_CASE("retries on a link are requests of one call") {
  auto link = link_to(1);
  link.timeout = 10ms;
  link.policies = {policy("retry,attempts=3,delay=20ms")};
  Rig rig(calling({link}));
  rig.arrive();
  rig.to(40);
  CHECK(rig.did() == "send A1, cancel A1, send A2, cancel A2");
  rig.to(100);
  CHECK(rig.did() == "send A3, cancel A3, 0: 504");
  CHECK(rig.link().calls == 1);
  CHECK(rig.link().requests == 3);
  CHECK(rig.link().timed_out == 1);
}

TEST_CASE("a hedged request that loses is given up, and is no call of its own") {
  auto link = link_to(1);
  link.policies = {policy("hedging,attempts=2,delay=10ms")};
  Rig rig(calling({link}));
  rig.arrive();
  rig.to(10);
  rig.reply("A2");
  CHECK(rig.did() == "send A1, send A2, cancel A1, 0: 200");
  CHECK(rig.link().requests == 2);
  CHECK(rig.link().ok == 1);
  CHECK(rig.link().given_up == 0);
}

TEST_CASE("a full bulkhead on a link is a 503 of its own kind, and a fallback answers well") {
  auto link = link_to(1);
  link.policies = {policy("bulkhead,places=1")};
  Rig full(calling({link}));
  full.arrive_times(2);
  CHECK(full.did() == "send A1, 1: 503");
  CHECK(full.link().full == 1);
  CHECK(full.counts().full == 0);  // the service's own pool had room

  link.policies = {policy("fallback")};
  Rig fallback(calling({link}));
  fallback.arrive();
  fallback.reply("A1", 500);
  CHECK(fallback.did() == "send A1, 0: 200");
  CHECK(fallback.link().fallback == 1);

  link.policies = {policy("fallback,status=503")};
  Rig degraded(calling({link}));
  degraded.arrive();
  degraded.reply("A1", 500);
  CHECK(degraded.did() == "send A1, 0: 502");
  CHECK(degraded.link().fallback == 1);
}

TEST_CASE("what a fallback answers of a link's rejected calls is counted apart") {
  auto link = link_to(1);
  link.breaker = choice("classic,FailureThreshold=1");
  link.policies = {policy("fallback")};
  Rig rig(calling({link}));
  rig.arrive();
  rig.reply("A1", 500);  // opens the breaker, and is answered, too
  rig.arrive();
  CHECK(rig.did() == "send A1, 0: 200, 1: 200");
  CHECK(rig.link().fallback == 2);
  CHECK(rig.link().fallback_open == 1);
  CHECK(rig.link().open == 0);
}

TEST_CASE("the limit of a link is told by the phase in which it was") {
  auto link = link_to(1);
  link.policies = {policy("adaptive,limit=aimd,initialLimit=2,minLimit=1,backoffRatio=0.5")};
  Rig rig(calling({link}), {.timetable = phases({100ms, 100ms, 100ms})});
  rig.arrive_times(3);
  CHECK(rig.did() == "send A1, send A2, 2: 503");
  rig.reply("A1");
  rig.to(150);
  rig.reply("A2", 503);
  const auto limit = [&](std::size_t phase) { return rig.link(0, phase).limit; };
  CHECK(limit(0) == load::LimitRange{.last = 3, .least = 2, .most = 3});
  CHECK(limit(1) == load::LimitRange{.last = 1, .least = 1, .most = 1});
  CHECK_FALSE(limit(2));
}

TEST_CASE("a call that a link's fallback has queued is made again after its caller's answer") {
  auto link = link_to(1);
  link.policies = {policy("fallback,answer=queued,places=2,full=drop_oldest,retry_every=100ms")};
  Rig rig(with_workers(calling({link}), 1, 0));
  for (const auto* request : {"A1", "A2", "A3"}) {
    rig.arrive();  // the worker is free again: what waits in the queue has none
    rig.reply(request, 500);
  }
  CHECK(rig.did() == "send A1, 0: 200, send A2, 1: 200, send A3, 2: 200");
  rig.to(100);
  rig.reply("A4");
  rig.reply("A5");
  CHECK(rig.did() == "send A4, send A5");
  CHECK(rig.link().fallback == 3);
  CHECK(rig.link().queued == 3);
  CHECK(rig.link().lost == 1);
  CHECK(rig.link().drained == 2);
  CHECK(rig.link().requests == 5);
  CHECK(rig.request("A4").number != rig.request("A2").number);
  rig.arrive_times(1);  // its place is that of a call that was drained
  rig.reply("A6");
  CHECK(rig.did() == "send A6, 3: 200");
}

TEST_CASE("a link's fallback answers from its cache with what it has had before") {
  auto link = link_to(1);
  link.policies = {policy("fallback,answer=cached")};
  Rig rig(calling({link}));
  for (const auto& [request, status] :
       {std::pair{"A1", 500}, std::pair{"A2", 200}, std::pair{"A3", 500}}) {
    rig.arrive();
    rig.reply(request, status);
  }
  CHECK(rig.did() == "send A1, 0: 502, send A2, 1: 200, send A3, 2: 200");
  CHECK(rig.link().cached == 1);
  CHECK(rig.link().failed == 1);
}

TEST_CASE("what a link's timeout lets go keeps its place among the calls until it ends") {
  auto link = link_to(1);
  link.policies = {policy("timeout,after=10ms,cancels=false")};
  Rig rig(calling({link}));
  rig.arrive();
  rig.to(10);
  rig.arrive();
  rig.reply("A1");
  rig.reply("A2");
  rig.arrive();
  CHECK(rig.did() == "send A1, 0: 504, send A2, 1: 200, send A3");
  CHECK(rig.link().timed_out == 1);
}

TEST_CASE("the numbers of the first requests of all do not meet either") {
  Rig rig(calling({link_to(1), link_to(2), link_to(3)}, Order::parallel));
  std::set<std::uint64_t> numbers;
  for (std::uint64_t call = 0; call < 3; ++call) {  // as those of the load, which begin at 0
    rig.node().arrive(call, call, 0, at_ms(0));
  }
  for (const auto* request : {"A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"}) {
    numbers.insert(rig.request(request).number);
  }
  CHECK(numbers.size() == 9);
}

TEST_CASE("a call holds its worker for all that it waits for") {
  auto slow = link_to(1);
  slow.policies = {policy("retry,attempts=2,delay=50ms")};
  Rig rig(with_workers(calling({slow}), 1, 0));
  rig.arrive();
  rig.to(10);
  rig.reply("A1", 500);
  rig.to(30);
  CHECK(rig.node().busy() == 1);  // it waits for its next attempt
  rig.arrive();
  CHECK(rig.did() == "send A1, 1: 503");
  rig.to(60);
  rig.reply("A2");
  CHECK(rig.node().busy() == 0);
}

TEST_CASE("a sibling that has ended already is not given up") {
  // B's breaker is open, so that its call ends while A's is being made.
  auto open = link_to(2);
  open.breaker = choice("classic,failures=1");
  Rig rig(calling({link_to(1), open}, Order::parallel));
  rig.arrive();
  rig.reply("B1", 500);
  CHECK(rig.did() == "send A1, send B1, 0: 502, cancel A1");
  rig.arrive();
  CHECK(rig.did() == "send A2, 1: 503, cancel A2");
  CHECK(rig.link(1).open == 1);
  CHECK(rig.link(0).given_up == 2);
  CHECK(rig.under_way() == 0);
  rig.arrive_times(3);  // in the places of calls that are over
  CHECK(rig.node().busy() == 0);
  CHECK(answered(rig.counts()) == 5);
}

TEST_CASE("who was busy and who waited adds up over time") {
  Rig rig(working("10ms", 2));
  rig.arrive_times(3);
  rig.to(25);
  const auto counts = rig.counts();
  CHECK(counts.busy_seconds == Approx(0.030));     // two for 10 ms, one for 10 ms
  CHECK(counts.waiting_seconds == Approx(0.010));  // one for 10 ms
  CHECK(counts.full_for == 10ms);
  CHECK(counts.first_full == at_ms(0));
}

TEST_CASE(
    "time counts in the phase that it is part of, and a call in the one in which it arrived") {
  Rig rig(working("10ms", 1), {.timetable = phases({15ms, 3ms, 100ms})});
  rig.to(10);
  rig.arrive_times(2);
  rig.to(16);
  rig.arrive();
  rig.to(200);
  CHECK(rig.did() == "0: 200, 1: 200, 2: 200");

  const auto first = rig.counts(0);
  CHECK(first.arrived == 2);
  CHECK(first.ok == 2);
  CHECK(first.busy_seconds == Approx(0.005));
  CHECK(first.waiting_seconds == Approx(0.005));
  CHECK(first.full_for == 5ms);
  CHECK(first.first_full == at_ms(10));
  CHECK(first.peak_waiting == 1);

  const auto second = rig.counts(1);  // full from its first moment to its last
  CHECK(second.arrived == 1);
  CHECK(second.response.max() == 24ms);
  CHECK(second.busy_seconds == Approx(0.003));
  CHECK(second.waiting_seconds == Approx(0.005));  // one for 3 ms, another for 2 ms
  CHECK(second.full_for == 3ms);
  CHECK(second.first_full == at_ms(15));
  CHECK(second.peak_busy == 1);
  CHECK(second.peak_waiting == 2);

  const auto third = rig.counts(2);
  CHECK(third.arrived == 0);
  CHECK(third.busy_seconds == Approx(0.022));
  CHECK(third.waiting_seconds == Approx(0.002 + 0.012));
  CHECK(third.full_for == 22ms);
  CHECK(third.first_full == at_ms(18));
  CHECK(third.peak_waiting == 2);
}

TEST_CASE("a phase in which nothing happens has its time, too") {
  Rig rig(working("100ms", 1), {.timetable = phases({10ms, 10ms, 10ms, 200ms})});
  rig.arrive();
  rig.to(120);
  for (const std::size_t phase : {0U, 1U, 2U}) {
    CHECK(rig.counts(phase).full_for == 10ms);
    CHECK(rig.counts(phase).first_full == at_ms(static_cast<int>(phase) * 10));
  }
  CHECK(rig.counts(3).full_for == 70ms);
}

TEST_CASE("what is busy after the last phase is no time of it") {
  Rig rig(working("50ms", 1), {.timetable = phases({20ms})});
  rig.to(10);
  rig.arrive();
  rig.to(100);
  CHECK(rig.counts().ok == 1);
  CHECK(rig.counts().busy_seconds == Approx(0.010));
  CHECK(rig.counts().full_for == 10ms);
}

TEST_CASE("the calls to others count in the phase of the call that they are for") {
  auto link = link_to(1);
  link.policies = {policy("retry,attempts=2,delay=0s")};
  Rig rig(calling({link}), {.timetable = phases({10ms, 10ms})});
  rig.arrive();
  rig.to(12);
  rig.arrive();
  rig.reply("A1", 500);
  rig.to(13);
  rig.reply("A3");
  rig.reply("A2", 500);
  rig.to(14);
  CHECK(rig.link(0, 0).calls == 1);
  CHECK(rig.link(0, 0).requests == 2);
  CHECK(rig.link(0, 0).ok == 1);
  CHECK(rig.link(0, 1).requests == 2);
  CHECK(rig.link(0, 1).ok == 0);  // it still tries
}

TEST_CASE("calls that have no answer are those that are missing") {
  Rig rig(with_workers(calling({link_to(1)}), 1, 1));
  rig.arrive_times(3);
  const auto counts = rig.counts();
  CHECK(counts.arrived == 3);
  CHECK(counts.full == 1);
  CHECK(answered(counts) == 1);
  CHECK(rig.link().calls == 1);
  CHECK(ended(rig.link()) == 0);
}
