#include <string>
#include <vector>

#include "core/ensure.hpp"
#include "faults/plan.hpp"
#include "faults/virtual_time.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;

namespace {

Rule rule(std::string_view match, std::string_view latency, std::string_view errors) {
  Rule rule{.match = parse_match(match).value()};
  if (!latency.empty()) {
    rule.latency = parse_latency(latency).value();
  }
  if (!errors.empty()) {
    rule.errors = parse_errors(errors).value();
  }
  return rule;
}

Plan plan(std::vector<Rule> rules, const std::vector<std::string>& phases,
          std::string_view errors = "none") {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(parse_phase(text).value());
  }
  return {{.normal = {parse_latency("20ms").value(), parse_errors(errors).value()},
           .rules = std::move(rules)},
          specs,
          Random(7)};
}

Treatment ask(const Plan& plan, std::string_view path, Duration now = 0s) {
  return plan.decide({.ordinal = 1, .path = path}, at(now));
}

}  // namespace

TEST_CASE("a rule changes what it names for its requests and keeps the rest") {
  const auto ruled = plan({rule("/slow", "1s", ""), rule("/bad", "", "500:100%")}, {"all 10s"});
  CHECK(ask(ruled, "/slow").delay == 1s);
  CHECK(ask(ruled, "/slow").status == 200);
  CHECK(ask(ruled, "/bad").delay == 20ms);
  CHECK(ask(ruled, "/bad").status == 500);
  CHECK(ask(ruled, "/").delay == 20ms);
  CHECK(ask(ruled, "/").status == 200);
}

TEST_CASE("the first rule that matches is the one, even if it changes nothing") {
  const auto ruled = plan(
      {rule("/health", "", ""), rule("/pay/*", "1s", ""), rule("/**", "", "100%")}, {"all 10s"});
  CHECK(ask(ruled, "/health").status == 200);
  CHECK(ask(ruled, "/pay/1").status == 200);
  CHECK(ask(ruled, "/pay/1").delay == 1s);
  CHECK(ask(ruled, "/pay/1/2").status == 503);
}

TEST_CASE("a rule may be about a method or a header") {
  const auto ruled = plan({rule("POST", "1s", ""), rule("x-tenant=gold", "2s", "")}, {"all 10s"});
  const std::vector<Header> gold{{"X-Tenant", "gold"}};
  const auto delay = [&](const Request& request) { return ruled.decide(request, at(0s)).delay; };
  CHECK(delay({.method = "POST"}) == 1s);
  CHECK(delay({.method = "GET"}) == 20ms);
  CHECK(delay({.headers = gold}) == 2s);
  CHECK(ruled.needs_headers());
  CHECK_FALSE(plan({rule("POST /a", "1s", "")}, {"all 10s"}).needs_headers());
  PhaseSpec phase = parse_phase("all 1s latency=1s").value();
  phase.on = parse_match("x-tenant=gold").value();
  CHECK(Plan({}, {phase}, Random(1)).needs_headers());
}

TEST_CASE("a phase changes what it names for the requests of every rule") {
  const auto ruled = plan({rule("/slow", "1s", "500:100%")},
                          {"warm 1s", "later 1s latency=2s", "well 1s errors=none",
                           "off 1s latency=3s errors=502:100% on=/slow"});
  CHECK(ask(ruled, "/slow", 1s).delay == 2s);
  CHECK(ask(ruled, "/slow", 1s).status == 500);
  CHECK(ask(ruled, "/slow", 2s).delay == 1s);
  CHECK(ask(ruled, "/slow", 2s).status == 200);
  CHECK(ask(ruled, "/slow", 3s).delay == 3s);
  CHECK(ask(ruled, "/slow", 3s).status == 502);
  CHECK(ask(ruled, "/", 3s).delay == 20ms);
  CHECK(ask(ruled, "/", 3s).status == 200);
}

TEST_CASE("a phase on some paths leaves the others to their rules") {
  const auto ruled =
      plan({rule("/slow", "1s", "")}, {"outage 1s errors=100% on=/pay/**"}, "500:100%");
  CHECK(ask(ruled, "/slow").delay == 1s);
  CHECK(ask(ruled, "/slow").status == 500);
  CHECK(ask(ruled, "/pay/1").status == 503);
}

TEST_CASE("the kinds are those of the phase, of its rules, and of those it leaves alone") {
  const auto ruled =
      plan({rule("/a", "", "500:50%,reset:50%"), rule("/b", "", "hang:100%")},
           {"warm 1s", "outage 1s errors=502:100% on=/pay", "all 1s errors=504:100%"}, "503:100%");
  CHECK(ruled.kinds(0) == std::vector<std::string>{"503", "500", "reset", "hang"});
  CHECK(ruled.kinds(1) == std::vector<std::string>{"502", "503", "500", "reset", "hang"});
  CHECK(ruled.kinds(2) == std::vector<std::string>{"504"});
  for (const auto* path : {"/", "/a", "/b", "/pay"}) {
    for (const auto now : {0s, 1s, 2s}) {
      for (std::uint64_t i = 0; i < 100; ++i) {
        const auto action = ruled.decide({.ordinal = i, .path = path}, at(now));
        REQUIRE(action.item < ruled.kinds(action.phase).size());
        REQUIRE(ruled.kinds(action.phase)[action.item] == kind(action.fate, action.status));
      }
    }
  }
}

TEST_CASE("a rule does not move the draws of other requests") {
  const auto without = plan({}, {"all 10s"}, "30%");
  const auto with = plan({rule("/a", "1s", "90%")}, {"all 10s"}, "30%");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    REQUIRE(with.decide({.ordinal = i}, at(0s)).status ==
            without.decide({.ordinal = i}, at(0s)).status);
  }
}

TEST_CASE("a phase is a fault when it is worse than normal for the requests of any rule") {
  const auto is_fault = [](const std::string& setting) {
    return plan({rule("/fast", "1ms", "")}, {"warm 1s", "x 1s" + setting}, "5%")
        .timetable()
        .phases()[1]
        .fault;
  };
  CHECK_FALSE(is_fault(""));
  CHECK(is_fault(" latency=10ms"));
  CHECK_FALSE(is_fault(" latency=1ms"));
  CHECK_FALSE(is_fault(" errors=5%"));
  CHECK(is_fault(" errors=6%"));
  CHECK_FALSE(plan({rule("/bad", "", "1%")}, {"only 1s"}).timetable().phases()[0].fault);
}

TEST_CASE("the behaviour of each phase and rule can be asked for") {
  const auto ruled = plan({rule("/a", "1s", "")}, {"slow 1s errors=5% on=/a"});
  CHECK(ruled.behaviour(0).latency == *parse_latency("20ms"));
  CHECK(ruled.behaviour(0).errors == *parse_errors("5%"));
  CHECK(ruled.behaviour(0, 0) == Behaviour{*parse_latency("1s"), *parse_errors("5%")});
  CHECK(ruled.unchanged(0) == Behaviour{*parse_latency("1s"), Errors()});
  CHECK(ruled.unchanged() == ruled.upstream().normal);
}

TEST_CASE("what a rule cannot say is a contradiction") {
  const auto words = [](const Upstream& upstream) {
    const auto error = contradiction(upstream, {*parse_phase("a 1s")});
    return error ? error->message : "";
  };
  const Behaviour closed{{}, *parse_errors("refuse")};
  CHECK(words({.rules = {rule("POST /a", "", "refuse")}}) ==
        "rule 'POST /a': a closed port has no paths");
  CHECK(words({.normal = closed, .rules = {rule("/a", "1s", "")}}) ==
        "rule '/a': a closed port has no paths");
  CHECK(words({.rules = {{.match = {}, .latency = *parse_latency("1s")}}}) ==
        "rule '' names no requests");
  CHECK(words({.rules = {rule("/a", "1s", "50%")}}).empty());
  CHECK_THROWS_AS(plan({rule("/a", "", "refuse")}, {"a 1s"}), Bug);
}

TEST_CASE("what a phase with a match cannot say is a contradiction however it was made") {
  const auto words = [](std::string_view text, const Match& on) {
    auto phase = *parse_phase(text);
    phase.on = on;
    const auto error = contradiction(phase);
    return error ? error->message : "";
  };
  const auto post = *parse_match("POST /a");
  CHECK(words("x 1s errors=refuse", post) == "phase 'x': on=POST /a: a closed port has no paths");
  CHECK(words("x 1s rate_limit=1/s", post) ==
        "phase 'x': on=POST /a: a limit counts all requests together");
  CHECK(words("x 1s", post) == "phase 'x': on=POST /a changes nothing");
  CHECK(words("x 1s errors=5%", {}) == "phase 'x': on= names no requests");
  CHECK(words("x 1s errors=5%", post).empty());
}

TEST_CASE("a closed port is closed for the requests of every rule") {
  const auto ruled = plan({rule("/a", "1s", "50%")}, {"up 1s", "down 1s errors=refuse"});
  CHECK_FALSE(ruled.refuses(at(0s)));
  CHECK(ruled.refuses(at(1s)));
}

TEST_CASE(
    "a rule that says also comes on top of the first that matches, and keeps nothing from it") {
  Upstream upstream{.normal = {.latency = *parse_latency("1ms"), .errors = {}}};
  upstream.rules = {
      {.match = *parse_match("/pay"), .latency = *parse_latency("20ms")},
      {.match = *parse_match("x-tenant=gold"), .errors = *parse_errors("503:100%"), .also = true},
      {.match = *parse_match("/**"), .latency = *parse_latency("5ms")},
      {.match = *parse_match("/**?slow"), .latency = *parse_latency("3s"), .also = true}};
  const Plan plan(upstream, {*parse_phase("all 1h")}, Random(1));
  const std::vector<Header> gold{{"X-Tenant", "gold"}};
  const auto met = [&](std::string_view path, const std::vector<Header>& headers) {
    return plan.decide({.path = path, .headers = headers}, TimePoint{});
  };
  CHECK(met("/pay", {}).delay == std::chrono::milliseconds(20));
  CHECK(met("/pay", {}).status == 200);
  CHECK(met("/pay", gold).delay == std::chrono::milliseconds(20));
  CHECK(met("/pay", gold).status == 503);
  CHECK(met("/other", gold).delay == std::chrono::milliseconds(5));
  CHECK(met("/other", gold).status == 503);
  CHECK(met("/pay?slow", gold).delay == std::chrono::seconds(3));
  CHECK(met("/pay?slow", gold).status == 503);
  CHECK(plan.rules_at(met("/pay?slow", gold).place) == std::vector<std::size_t>{0, 1, 3});
  CHECK(plan.rules_at(met("/other", {}).place) == std::vector<std::size_t>{2});
}

TEST_CASE("more rules that say also than can be told apart are refused") {
  Upstream upstream;
  upstream.rules.assign(
      most_also, {.match = *parse_match("/a"), .latency = *parse_latency("1ms"), .also = true});
  CHECK_FALSE(contradiction(upstream, {}));
  upstream.rules.push_back(
      {.match = *parse_match("/b"), .latency = *parse_latency("1ms"), .also = true});
  CHECK(contradiction(upstream, {}).value().message.find("one too many") != std::string::npos);
}

TEST_CASE("drawn per client or connection, all of its requests are hit or none") {
  const auto per = GENERATE(std::string("client"), std::string("connection"));
  const Plan plan({}, {*parse_phase("gray 1h errors=503:20%,reset:10%,per=" + per)}, Random(7));
  constexpr std::uint64_t many = 1000;
  std::uint64_t hit = 0;
  for (std::uint64_t one = 0; one < many; ++one) {
    const auto met = [&](std::uint64_t ordinal) {
      const Request request{.ordinal = ordinal,
                            .connection = per == "connection" ? one : ordinal,
                            .client = per == "client" ? one : ordinal};
      return plan.decide(request, TimePoint{}).item;
    };
    const auto first = met(3 * one);
    CHECK(met(3 * one + 1) == first);
    CHECK(met(3 * one + 2) == first);
    hit += first == Treatment::served ? 0U : 1U;
  }
  CHECK(hit > 250);  // of 300 that are expected, 3.5 deviations
  CHECK(hit < 350);
}

TEST_CASE("what is drawn per client says so, and contradicts what goes by the order of requests") {
  const auto errors = *parse_errors("503:20%,per=client");
  CHECK(errors.text() == "503:20%,per=client");
  CHECK(*parse_errors(errors.text()) == errors);
  CHECK(parse_errors("503:20%,per=request")->text() == "503:20%");
  CHECK(errors.peak() == 1);
  CHECK(errors.total() == 0.2);
  CHECK(errors.schedule()->remarks().front().find("once for each client") != std::string::npos);
  for (const auto& [text, message] : {
           std::pair{"503:20%,burst=5,per=client", "goes by the order of requests"},
           std::pair{"503:20%,per=clients", "per: 'clients' is nothing that faults are drawn for"},
           std::pair{"slow-accept:20%,per=client", "which are drawn for by themselves"},
           std::pair{"503:20%,per=client,per=connection", "a second time"},
       }) {
    INFO(text);
    const auto result = parse_errors(text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find(message) != std::string::npos);
  }
}

TEST_CASE("draws per connection are not simulated, and those per client are") {
  const auto refused = [](std::string_view phase) {
    return not_simulated({}, {*parse_phase(phase)}).has_value();
  };
  CHECK(refused("gray 1s errors=5%,per=connection"));
  CHECK_FALSE(refused("gray 1s errors=5%,per=client"));
}
