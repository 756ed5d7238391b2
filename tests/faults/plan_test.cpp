#include "faults/plan.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/ensure.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::plausible;

namespace {

Behaviour behaviour(std::string_view latency, std::string_view errors) {
  return {parse_latency(latency).value(), parse_errors(errors).value()};
}

PhaseSpec phase(std::string_view text) { return parse_phase(text).value(); }

Plan plan(const Behaviour& normal, const std::vector<std::string>& phases, std::uint64_t seed = 7) {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(phase(text));
  }
  return {Upstream{.normal = normal}, specs, Random(seed)};
}

Treatment decide(const Plan& plan, std::uint64_t ordinal, Duration now = 0s) {
  return plan.decide({.ordinal = ordinal}, at(now));
}

bool same(const Treatment& a, const Treatment& b) {
  return a.delay == b.delay && a.fate == b.fate && a.status == b.status && a.phase == b.phase &&
         a.item == b.item;
}

const Behaviour healthy = behaviour("20ms", "none");
const Behaviour mixed = behaviour("p50=20ms,p99=400ms", "503:20%,reset:10%,empty:5%,hang:5%");

// The fates of the first requests, a letter each: what happened, whatever the delay.
std::string fates(const Plan& plan, Duration now = 0s) {
  std::string letters;
  for (std::uint64_t n = 0; n < 2000; ++n) {
    const auto action = decide(plan, n, now);
    letters += action.item == Treatment::served ? '.' : static_cast<char>('a' + action.item);
  }
  return letters;
}

}  // namespace

TEST_CASE("a phase names what it changes and keeps the rest") {
  const auto table = plan(mixed, {"warm 10s", "slow 5s latency=1s", "broken 5s errors=100%"});
  CHECK(table.behaviour(0) == mixed);
  CHECK(table.behaviour(1) == Behaviour{*parse_latency("1s"), mixed.errors});
  CHECK(table.behaviour(2) == Behaviour{mixed.latency, *parse_errors("100%")});
}

TEST_CASE("modes have their own latency, and the rest that of the upstream") {
  const auto table = plan(behaviour("0ms..50ms", "200:30%@2s..3s,503:10%@0ms"), {"all 10s"});
  for (std::uint64_t n = 0; n < 200; ++n) {
    const auto action = decide(table, n);
    if (action.status == 503) {
      CHECK(action.delay == 0ms);
    } else if (action.item == Treatment::served) {
      CHECK(action.delay <= 50ms);
    } else {
      CHECK((action.status == 200 && action.delay >= 2s && action.delay <= 3s));
    }
  }
  // 60 % of 25 ms and 30 % of 2.5 s; a phase with more of the slow ones is a fault.
  CHECK(table.behaviour(0).mean_latency() == 765ms);
  CHECK(to_seconds(table.behaviour(0).latency.mean()) == 0.025);
  CHECK(table.behaviour(0).share_above(2500ms) == testing::Approx(.15));
  CHECK(behaviour("20ms", "503:10%@2s").is_worse_than(behaviour("20ms", "503:10%")));
}

TEST_CASE("phases follow each other from time zero") {
  const auto table = plan(healthy, {"warm 10s", "outage 5s errors=100%", "after 1s"}).timetable();
  CHECK(table.phases()[1].name == "outage");
  CHECK(table.phases()[1].begin == at(10s));
  CHECK(table.end() == at(16s));
}

TEST_CASE("a request is treated as its phase says and late ones as in the last") {
  const auto outage =
      plan(healthy, {"warm 10s", "outage 5s errors=500:100%", "after 1s latency=1s"});
  CHECK(decide(outage, 1, 10s - 1ns).status == 200);
  CHECK(decide(outage, 1, 10s).status == 500);
  CHECK(decide(outage, 1, 10s).phase == 1);
  CHECK(decide(outage, 1, 15s).status == 200);
  CHECK(decide(outage, 1, 1h).delay == 1s);
  CHECK(decide(outage, 1, 1h).phase == 2);
}

TEST_CASE("the decision tells what happens, when, and which kind it was") {
  const auto broken = plan(mixed, {"only 10s"});
  std::map<std::string, std::uint64_t> counts;
  constexpr std::uint64_t n = 100'000;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto action = decide(broken, i);
    if (action.item == Treatment::served) {
      ++counts["served"];
      REQUIRE(action.fate == Fate::answer);
      REQUIRE(action.status == 200);
    } else {
      const auto& item = mixed.errors.items()[action.item];
      ++counts[broken.kinds(0)[action.item]];
      REQUIRE(action.fate == item.fate);
      REQUIRE(action.status == item.status);
    }
  }
  CHECK(plausible(counts["served"], n, 0.6));
  CHECK(plausible(counts["503"], n, 0.2));
  CHECK(plausible(counts["reset"], n, 0.1));
  CHECK(plausible(counts["empty"], n, 0.05));
  CHECK(plausible(counts["hang"], n, 0.05));
}

TEST_CASE("latency delays errors too, but a hang has no use for it") {
  const auto broken = plan(behaviour("20ms", "503:25%,reset:25%,empty:25%,hang:25%"), {"only 10s"});
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto action = decide(broken, i);
    CHECK(action.delay == (action.fate == Fate::hang ? 0ms : 20ms));
  }
}

TEST_CASE("latency and errors are drawn independently") {
  const auto both = plan(behaviour("0ms..100ms", "50%"), {"only 10s"});
  std::uint64_t failed = 0, slow = 0, slow_and_failed = 0;
  constexpr std::uint64_t n = 100'000;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto action = decide(both, i);
    failed += action.status == 503 ? 1U : 0U;
    slow += action.delay > 50ms ? 1U : 0U;
    slow_and_failed += action.status == 503 && action.delay > 50ms ? 1U : 0U;
  }
  CHECK(plausible(failed, n, 0.5));
  CHECK(plausible(slow, n, 0.5));
  CHECK(plausible(slow_and_failed, n, 0.25));
}

TEST_CASE("the same seed decides the same, in whatever order it is asked") {
  const auto one = plan(mixed, {"only 10s"});
  const auto other = plan(mixed, {"only 10s"});
  std::vector<Treatment> forwards;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    forwards.push_back(decide(one, i));
  }
  for (std::uint64_t i = 2000; i-- > 0;) {
    REQUIRE(same(decide(other, i), forwards[i]));
  }
}

TEST_CASE("another seed decides otherwise") {
  CHECK(fates(plan(mixed, {"only 10s"}, 7)) != fates(plan(mixed, {"only 10s"}, 8)));
}

TEST_CASE("another latency does not move the errors") {
  auto slower = mixed;
  slower.latency = *parse_latency("1s..2s");
  CHECK(fates(plan(slower, {"only 10s"})) == fates(plan(mixed, {"only 10s"})));
}

TEST_CASE("other errors do not move the latencies") {
  auto flawless = mixed;
  flawless.errors = Errors();
  const auto with = plan(mixed, {"only 10s"});
  const auto without = plan(flawless, {"only 10s"});
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const auto action = decide(with, i);
    if (action.fate != Fate::hang) {
      REQUIRE(action.delay == decide(without, i).delay);
    }
  }
}

TEST_CASE("another phase does not move the errors of the phases that were there") {
  const auto shorter = plan(mixed, {"a 10s"});
  const auto longer = plan(mixed, {"new 5s errors=100%", "a 10s"});
  CHECK(fates(longer, 6s) == fates(shorter));
}

TEST_CASE("a bigger share of an only kind hits the same requests and more") {
  const auto few = fates(plan(behaviour("0ms", "10%"), {"only 10s"}));
  const auto many = fates(plan(behaviour("0ms", "20%"), {"only 10s"}));
  for (std::size_t i = 0; i < few.size(); ++i) {
    if (few[i] == 'a') {
      REQUIRE(many[i] == 'a');
    }
  }
  CHECK(few != many);
}

TEST_CASE("with a path the phase changes that path only, its query aside") {
  const auto partial =
      plan(behaviour("20ms", "none"), {"warm 1s", "outage 9s latency=1s errors=100% on=/payments"});
  const auto asked = [&](std::string_view path) {
    return partial.decide({.ordinal = 1, .path = path}, at(5s));
  };
  CHECK(asked("/payments").status == 503);
  CHECK(asked("/payments?id=1").status == 503);
  CHECK(asked("/payments").delay == 1s);
  for (const auto* other : {"/", "/payments/", "/payment", "/payments2", "/a?/payments"}) {
    CHECK(asked(other).status == 200);
    CHECK(asked(other).delay == 20ms);
    CHECK(asked(other).phase == 1);
  }
}

TEST_CASE("with a path the kinds are those of the phase and then the normal ones") {
  const auto partial = plan(behaviour("0ms", "reset:30%,503:30%,500:40%"),
                            {"outage 9s errors=hang:50%,503:50% on=/payments", "after 1s"});
  CHECK(partial.kinds(0) == std::vector<std::string>{"hang", "503", "reset", "500"});
  CHECK(partial.kinds(1) == std::vector<std::string>{"reset", "503", "500"});
  for (const auto* path : {"/", "/payments"}) {
    for (std::uint64_t i = 0; i < 200; ++i) {
      const auto action = partial.decide({.ordinal = i, .path = path}, at(0s));
      REQUIRE(action.item < 4);
      const auto& kind = partial.kinds(0)[action.item];
      CHECK(kind == (action.fate == Fate::reset  ? "reset"
                     : action.fate == Fate::hang ? "hang"
                                                 : std::to_string(action.status)));
    }
  }
}

TEST_CASE("a port is closed for as long as its phase says") {
  const auto closed = plan(healthy, {"warm 10s", "closed 5s errors=refuse", "after 1s"});
  CHECK_FALSE(closed.refuses(at(10s - 1ns)));
  CHECK(closed.refuses(at(10s)));
  CHECK_FALSE(closed.refuses(at(15s)));
  CHECK(closed.kinds(1).empty());
}

TEST_CASE("a request that slipped in before the port was closed is served") {
  const auto closed = plan(healthy, {"closed 5s errors=refuse"});
  CHECK(decide(closed, 1).item == Treatment::served);
  CHECK(decide(closed, 1).status == 200);
  CHECK(decide(closed, 1).delay == 20ms);
}

TEST_CASE("a phase is a fault when it is worse than normal") {
  const auto is_fault = [](const Behaviour& normal, const std::string& settings) {
    return plan(normal, {"warm 1s", "x 1s" + settings}).timetable().phases()[1].fault;
  };
  const auto normal = behaviour("20ms", "1%");
  CHECK_FALSE(is_fault(normal, ""));
  CHECK(is_fault(normal, " errors=2%"));
  CHECK_FALSE(is_fault(normal, " errors=0.5%"));
  CHECK(is_fault(normal, " latency=21ms"));
  CHECK_FALSE(is_fault(normal, " latency=19ms"));
  CHECK(is_fault(normal, " latency=1s errors=none"));
  CHECK(is_fault(normal, " errors=refuse"));
  CHECK(is_fault(normal, " errors=50% on=/payments"));
}

TEST_CASE("a phase that takes less than 1 ms longer is no fault") {
  const auto is_fault = [](const std::string& normal, const std::string& phase) {
    return plan(behaviour(normal, "none"), {"a 1s latency=" + phase}).timetable().phases()[0].fault;
  };
  CHECK_FALSE(is_fault("0ms", "1us"));
  CHECK_FALSE(is_fault("20ms", "20999us"));
  CHECK(is_fault("0ms", "1ms"));
  CHECK(is_fault("20ms", "21ms"));
  CHECK(is_fault("0ms", "0ms..2ms"));
}

TEST_CASE("a lone phase is a fault when it is worse than normal, as every other is") {
  const auto is_fault = [](const Behaviour& normal, const char* phase = "only 1s") {
    return plan(normal, {phase}).timetable().phases()[0].fault;
  };
  CHECK_FALSE(is_fault(behaviour("20ms", "30%")));
  CHECK_FALSE(is_fault(behaviour("20ms", "none")));
  CHECK_FALSE(is_fault(behaviour("20ms", "refuse")));
  CHECK(is_fault(behaviour("20ms", "30%"), "only 1s errors=31%"));
  CHECK(is_fault(behaviour("20ms", "none"), "only 1s latency=21ms"));
  CHECK_FALSE(plan(behaviour("20ms", "1%"), {"a 1s", "b 1s"}).timetable().phases()[0].fault);
}

TEST_CASE("a phase is read word by word") {
  const auto outage =
      phase("  outage 10s latency=200ms..600ms\terrors=503:90%,reset:10% on=/payments ");
  CHECK(outage.name == "outage");
  CHECK(outage.length == 10s);
  CHECK(outage.latency == *parse_latency("200ms..600ms"));
  CHECK(outage.errors == *parse_errors("503:90%,reset:10%"));
  CHECK(outage.on == Match{.path = "/payments"});
  CHECK_FALSE(phase("warm 1m30s").latency.has_value());
  CHECK_FALSE(phase("warm 1m30s").errors.has_value());
}

TEST_CASE("the text of a phase is read back as an equal one") {
  for (const auto* text :
       {"warm 10s", "outage 10s latency=200ms..600ms errors=503:90%,reset:10% on=/payments",
        "closed 1m30s errors=refuse", "slow 500ms latency=p50=20ms,p99=400ms",
        "well 1s errors=none", "a 1s latency=1s on=/**/b*",
        "crowded 1s rate_limit=100/s,burst=20,status=503", "free 1s rate_limit=none"}) {
    CHECK(phase(text).text() == text);
    CHECK(phase(phase(text).text()) == phase(text));
  }
}

TEST_CASE("a phase that is none is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"", "phase '' has no name", "'outage 10s errors=100%'"},
           {"latency=1s 10s", "has no name", "'outage 10s errors=100%'"},
           {"outage", "phase 'outage' has no length", "write 'outage 10s'"},
           {"outage errors=5%", "phase 'outage' has no length", "write 'outage 10s'"},
           {"outage 10", "phase 'outage': '10' has no unit", "write 10ms or 10s"},
           {"10s outage", "phase '10s' begins with its length", "write 'outage 10s'"},
           {"10s", "phase '10s' begins with its length", "write 'outage 10s'"},
           {"ok, 5s", "phase 'ok,' has a comma behind its name", "'ok 10s'"},
           {", 5s", "phase ',' has a comma behind its name", "'outage 10s'"},
           {"10s errors=5%", "phase '10s' begins with its length", "write 'outage 10s'"},
           {"outage 0s", "phase 'outage': '0s' is too short", "write 'outage 10s'"},
           {"bad day 10s", "phase 'bad': 'day' is not a duration", "250ms"},
           {"outage 10s latencey=1s", "phase 'outage': unknown key 'latencey'",
            "did you mean 'latency'?"},
           {"outage 10s speed=1", "phase 'outage': unknown key 'speed'",
            "known: latency, errors, rate_limit, capacity, size, bandwidth, body, stream, on"},
           {"outage 10s 5%", "phase 'outage': unknown key '5%'",
            "known: latency, errors, rate_limit, capacity, size, bandwidth, body, stream, on"},
           {"outage 10s errors", "phase 'outage': 'errors' has no value", "errors=503"},
           {"outage 10s errors=", "phase 'outage': 'errors' has no value", "errors=503"},
           {"outage 10s errors=5% errors=6%", "gives errors a second time", "keep one of them"},
           {"outage 10s latency=1s latency=1s", "gives latency a second time", "keep one"},
           {"outage 10s errors=5% on=/a on=/b", "gives on a second time", "keep one"},
           {"outage 10s errors=5", "phase 'outage': errors: '5' has no %", "write 5%"},
           {"outage 10s latency=5", "phase 'outage': latency: '5' has no unit", "write 5ms or 5s"},
           {"outage 10s errors=5% on=payments", "on: 'payments' is not a path", "write /payments"},
           {"outage 10s errors=5% on=/a?b=*", "on: '/a?b=*' has a star", "/a?currency"},
           {"outage 10s errors=5% on=/***", "on: '/***' has three stars", "** for one across"},
           {"outage 10s errors=5% on=POST:/a", "on: 'POST:/a' is more than a path",
            "write on=/a for all methods, or in an experiment file on: POST /a"},
           {"outage 10s errors=5% on=POST /a", "on: 'POST' is more than a path",
            "write on=/path for all methods"},
           {"outage 10s errors=5% on=/a POST", "'POST' is more than a path", "on: POST /path"},
           {"outage 10s errors=5% on=/a /b", "'/b' is more than a path", "write on=/b for all"},
           {"outage 10s rate_limit=100", "phase 'outage': rate_limit: '100' has no unit",
            "write 100/s"},
           {"outage 10s rate_limit=1/s rate_limit=1/s", "gives rate_limit a second time",
            "keep one"},
           {"outage 10s rate_limit=1/s on=/a", "on=/a: a limit counts all requests",
            "leave out the path"},
           {"outage 10s errors=refuse on=/a", "phase 'outage': on=/a: a closed port has no paths",
            "errors=reset:100%"},
           {"outage 10s on=/a", "phase 'outage': on=/a changes nothing", "latency= or errors="},
       }) {
    const auto result = parse_phase(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("a path beside a normally closed port is a contradiction") {
  const auto closed = behaviour("20ms", "refuse");
  const auto partial = phase("x 1s latency=1s on=/a");
  const auto error = contradiction({.normal = closed}, {phase("a 1s"), partial});
  REQUIRE(error.has_value());
  CHECK(error->message == "phase 'x': on=/a: a closed port has no paths");
  CHECK_FALSE(contradiction({.normal = closed}, {phase("a 1s")}).has_value());
  CHECK_FALSE(contradiction({.normal = healthy}, {partial}).has_value());
  CHECK_THROWS_AS(Plan({.normal = closed}, {partial}, Random(1)), Bug);
}

TEST_CASE("a plan without phases is a bug") {
  CHECK_THROWS_AS(Plan({.normal = healthy}, {}, Random(1)), Bug);
  CHECK_THROWS_AS(Plan({.normal = healthy}, {}, Random(1), After::normal), Bug);
}

TEST_CASE("after its last phase an upstream goes on as in it, or normally, or begins anew") {
  const std::vector<PhaseSpec> phases{phase("bad 2s errors=500:100%"),
                                      phase("slow 1s latency=1s errors=none")};
  const auto plan = [&](After after) {
    return Plan({.normal = healthy}, phases, Random(1), after);
  };
  const auto delay = [](const Plan& of, Duration now) {
    return of.decide({.ordinal = 1}, at(now)).delay;
  };
  const auto status = [](const Plan& of, Duration now) {
    return of.decide({.ordinal = 1}, at(now)).status;
  };

  const auto last = plan(After::last);
  CHECK(last.phases().size() == 2);
  CHECK(delay(last, 3s) == 1s);
  CHECK(delay(last, 100h) == 1s);

  const auto normal = plan(After::normal);
  REQUIRE(normal.phases().size() == 3);
  CHECK(normal.phases()[2].name == afterwards);
  CHECK(normal.timetable().end() == never);
  CHECK_FALSE(normal.timetable().phases()[2].fault);
  CHECK(delay(normal, 3s - 1ns) == 1s);
  for (const auto now : {Duration(3s), Duration(9999h)}) {
    CHECK(normal.decide({.ordinal = 1}, at(now)).phase == 2);
    CHECK(delay(normal, now) == delay(Plan({.normal = healthy}, {phase("a 1s")}, Random(1)), 0s));
  }

  const auto again = plan(After::again);
  CHECK(again.phases().size() == 2);
  for (const int round : {0, 1, 2, 1000}) {
    CHECK(status(again, round * 3s) == 500);
    CHECK(status(again, round * 3s + 2s - 1ns) == 500);
    CHECK(status(again, round * 3s + 2s) == 200);
    CHECK(again.phase_at(at(round * 3s + 3s - 1ns)) == 1);
  }
}

TEST_CASE("a plan tells when its next phase begins and when the port closes") {
  const std::vector<PhaseSpec> phases{phase("up 2s"), phase("down 1s errors=refuse"),
                                      phase("still-down 1s errors=refuse")};
  const auto plan = [&](After after) {
    return Plan({.normal = healthy}, phases, Random(1), after);
  };

  const auto last = plan(After::last);
  CHECK(last.next_edge(at(-1s)) == at(2s));
  CHECK(last.next_edge(at(0s)) == at(2s));
  CHECK(last.next_edge(at(2s)) == at(3s));
  CHECK(last.next_edge(at(3s)) == never);
  CHECK(last.next_edge(at(9s)) == never);
  CHECK(last.next_closing(at(0s)) == at(2s));
  CHECK(last.next_closing(at(2s)) == at(3s));
  CHECK(last.next_closing(at(3s)) == never);
  CHECK(last.refuses(at(9s)));

  const auto normal = plan(After::normal);
  CHECK(normal.next_edge(at(3s)) == at(4s));
  CHECK(normal.next_edge(at(4s)) == never);
  CHECK_FALSE(normal.refuses(at(4s)));
  CHECK(normal.next_closing(at(4s)) == never);

  const auto again = plan(After::again);
  CHECK(again.next_edge(at(3s)) == at(4s));
  CHECK(again.next_edge(at(4s)) == at(6s));
  CHECK(again.next_closing(at(3s)) == at(6s));
  CHECK(again.next_closing(at(400s)) == at(402s));
  CHECK(again.refuses(at(402s)));
  CHECK_FALSE(again.refuses(at(404s)));

  CHECK(Plan({.normal = healthy}, {phase("a 1s")}, Random(1), After::again).next_closing(at(0s)) ==
        never);
}

TEST_CASE("a port that is normally closed is closed again after the last phase") {
  const Plan plan({.normal = behaviour("20ms", "refuse")}, {phase("up 1s errors=none")}, Random(1),
                  After::normal);
  CHECK(plan.refuses(at(1s)));
  CHECK(plan.next_closing(at(0s)) == at(1s));
}

// --- What is a fault to whom

namespace {

// The faults of a caller of this path, in seconds: "5-10 20-25".
std::string faults_to(const Plan& table, const std::string& path) {
  std::string text;
  for (const auto& fault : table.faults_of({{.path = path}})) {
    text += (text.empty() ? "" : " ") + std::to_string(fault.begin.time_since_epoch() / 1s) + "-" +
            std::to_string(fault.end.time_since_epoch() / 1s);
  }
  return text;
}

}  // namespace

TEST_CASE("a fault of some requests is none to those who send others") {
  const auto table =
      plan(healthy, {"ok 5s", "down 5s errors=100% on=/a", "ok 5s", "bad 5s errors=100%"});
  CHECK(faults_to(table, "/a") == "5-10 15-20");
  CHECK(faults_to(table, "/b") == "15-20");
}

TEST_CASE("faults that follow each other at once are one fault") {
  const auto table = plan(healthy, {"ok 5s", "slow 5s latency=1s", "down 5s errors=100%", "ok 5s",
                                    "down 5s errors=100%"});
  CHECK(faults_to(table, "/") == "5-15 20-25");
}

TEST_CASE("a tighter limit is a fault, and a wider one is none") {
  const auto table =
      Plan{Upstream{.normal = healthy, .limit = *parse_rate_limit("50/s")},
           {phase("ok 5s"), phase("tight 5s rate_limit=10/s"), phase("wide 5s rate_limit=90/s")},
           Random(7)};
  CHECK(faults_to(table, "/") == "5-10");
}

TEST_CASE("a plan says what of it comes out otherwise with answers of another length") {
  using Texts = std::vector<std::string>;
  Upstream upstream;
  upstream.rules = {{.match = parse_match("/pay").value(),
                     .errors = parse_errors("reset(at=2B):1%,truncate:1%").value()}};
  const Plan plan(upstream,
                  {*parse_phase("a 1s errors=truncate(at=1KB):5%,503:1% bandwidth=50KB/s"),
                   *parse_phase("b 1s body=slice=10B,every=5ms"), *parse_phase("c 1s size=1MB"),
                   *parse_phase("d 1s errors=truncate:50%,hang(at=head):1% body=head=1s on=/x")},
                  Random(7));
  CHECK(plan.done_by_length(0) == Texts{"truncate(at=1KB)", "bandwidth=50KB/s"});
  CHECK(plan.done_by_length(1) == Texts{"body=slice=10B,every=5ms", "reset(at=2B)"});
  CHECK(plan.done_by_length(2) == Texts{"reset(at=2B)"});
  CHECK(plan.done_by_length(3) == Texts{"reset(at=2B)"});
}
