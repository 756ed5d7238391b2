#include "experiment/experiment.hpp"

#include "tests/support/catch.hpp"

namespace tripcurve::experiment {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the built-in experiment is an outage of 8s in a run of 20s") {
  const auto plan = fault_plan(outage());
  const auto& timetable = plan.timetable();
  CHECK(timetable.phases().size() == 3);
  CHECK(timetable.end() == at(20s));
  REQUIRE(timetable.faults().size() == 1);
  CHECK(timetable.faults()[0].begin == at(5s));
  CHECK(timetable.faults()[0].end == at(13s));
}

TEST_CASE("the load has the experiment's timetable, limits and seed") {
  auto experiment = outage();
  experiment.seed = 7;
  experiment.threads = 3;
  experiment.max_in_flight = 55;
  experiment.timeout = 250ms;
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};

  auto plan = load_plan(experiment);

  CHECK(plan.timetable.end() == at(20s));
  CHECK(std::get<load::OpenLoop>(plan.loop).rate == Rate{200});
  CHECK(plan.shards == 3);
  CHECK(plan.max_in_flight == 55);
  CHECK(plan.timeout == 250ms);
  CHECK(plan.endpoints == experiment.endpoints);
  CHECK(plan.random.next() == Random(7).next());
}

TEST_CASE("the seed decides which requests the upstream fails") {
  auto experiment = outage();
  const auto fates = [&] {
    const auto plan = fault_plan(experiment);
    std::vector<faults::Fate> all;
    for (std::uint64_t i = 0; i < 200; ++i) {
      all.push_back(plan.decide({.ordinal = i}, at(6s)).fate);
    }
    return all;
  };
  const auto once = fates();
  CHECK(once == fates());
  experiment.seed = 2;
  CHECK(once != fates());
}

TEST_CASE("a client has one breaker or one for each endpoint") {
  auto experiment = outage();
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  CHECK(breaker_bank(experiment).size() == 1);
  experiment.scope = load::BreakerScope::endpoint;
  const auto bank = breaker_bank(experiment);
  CHECK(bank.size() == 2);
  CHECK(bank.name(1) == "/b");
}

TEST_CASE("stages, instances and what ends count as are in the load and the bank") {
  auto experiment = outage();
  experiment.loop =
      load::OpenLoop{.stages = {{15s, Rate{0}, Rate{300}}, {5s, Rate{300}, Rate{300}}}};
  experiment.instances = 3;
  experiment.counting.failure_statuses = *parse_failure_statuses("5xx,429");
  experiment.counting.breaker_counts = *parse_outcome_changes("timeout=ignored");
  const auto plan = load_plan(experiment);
  CHECK(std::get<load::OpenLoop>(plan.loop).stages.size() == 2);
  CHECK(plan.instances == 3);
  CHECK(plan.caller == OutcomeRules().with(*parse_outcome_changes("429=failure")));
  CHECK(plan.breaker_counts ==
        OutcomeRules().with(*parse_outcome_changes("429=failure,timeout=ignored")));
  CHECK(breaker_bank(experiment).size() == 3);
}

TEST_CASE("the breaker counts as its library, then as everybody, then as it is told alone") {
  auto experiment = outage();
  experiment.breaker = *breaker::parse_choice("polly");
  const auto of = [&](int status) {
    const CallEnd end{CallEnd::Kind::answer, static_cast<std::uint16_t>(status)};
    return std::pair(caller_rules(experiment).of(end), breaker_rules(experiment).of(end));
  };
  using enum Outcome;
  CHECK(of(429) == std::pair(success, failure));
  CHECK(of(404) == std::pair(success, success));
  experiment.counting.imported = *parse_outcome_changes("4xx=failure,500=success");
  CHECK(of(404) == std::pair(success, failure));
  CHECK(of(500) == std::pair(failure, success));
  experiment.counting.failure_statuses = *parse_failure_statuses("500,404");
  CHECK(of(500) == std::pair(failure, failure));
  CHECK(of(503) == std::pair(success, success));
  CHECK(of(429) == std::pair(success, success));
  experiment.counting.counts = *parse_outcome_changes("404=ignored");
  CHECK(of(404) == std::pair(ignored, ignored));
  experiment.counting.breaker_counts = *parse_outcome_changes("404=failure,timeout=ignored");
  CHECK(of(404) == std::pair(ignored, failure));

  // And the two texts say all of it.
  const auto [counts, breaker_counts] = counts_texts(experiment);
  auto again = outage();
  again.breaker = experiment.breaker;
  again.counting.counts = *parse_outcome_changes(counts);
  again.counting.breaker_counts = *parse_outcome_changes(breaker_counts);
  CHECK(caller_rules(again) == caller_rules(experiment));
  CHECK(breaker_rules(again) == breaker_rules(experiment));
}

TEST_CASE("stages must last as long as the phases") {
  auto experiment = outage();
  CHECK_FALSE(contradiction(experiment));
  experiment.loop = load::ClosedLoop{};
  CHECK_FALSE(contradiction(experiment));
  load::OpenLoop loop{.stages = {{15s, Rate{1}, Rate{1}}, {5s, Rate{2}, Rate{2}}}};
  experiment.loop = loop;
  CHECK_FALSE(contradiction(experiment));
  loop.stages[1].length = 4500ms;
  experiment.loop = loop;
  REQUIRE(contradiction(experiment));
  CHECK(contradiction(experiment)->message ==
        "the stages of the load last 19.5s together, but the phases last 20s");
  CHECK(contradiction(experiment)->hint == "make the last stage 500ms longer");
  loop.stages[1].length = 6s;
  experiment.loop = loop;
  CHECK(contradiction(experiment)->hint == "make the stages 1s shorter in total");
  load::ClosedLoop closed{.stages = {{15s, 0, 9}, {5s, 9, 9}}};
  experiment.loop = closed;
  CHECK_FALSE(contradiction(experiment));
  closed.stages.pop_back();
  experiment.loop = closed;
  CHECK(contradiction(experiment)->hint == "make the last stage 5s longer");
}

TEST_CASE("a rejected worker waits as long as it thinks, no less than 10 ms, or as it is told") {
  using load::ClosedLoop;
  CHECK(ClosedLoop{}.pause_after_fail_fast(0ms) == 10ms);
  CHECK(ClosedLoop{}.pause_after_fail_fast(1s) == 1s);
  CHECK(ClosedLoop{}.pause_after_fail_fast(2ms) == 10ms);
  CHECK(ClosedLoop{.fail_fast_pause = 5ms}.pause_after_fail_fast(1s) == 5ms);
}

TEST_CASE("a call would succeed when its endpoint is answered well and within the timeout") {
  auto experiment = outage();
  experiment.upstream.normal = {*faults::parse_latency("20ms"), {}};
  experiment.phases = {*faults::parse_phase("healthy 1s"),
                       *faults::parse_phase("limited 1s errors=429:100%"),
                       *faults::parse_phase("failing 1s errors=503:100%"),
                       *faults::parse_phase("cut 1s errors=reset:100%"),
                       *faults::parse_phase("slow 1s latency=1s"),
                       *faults::parse_phase("hung 1s errors=hang:100%"),
                       *faults::parse_phase("down 1s errors=refuse")};
  const auto would_succeed = [&](Duration when) {
    const auto plan = fault_plan(experiment);
    faults::Injector injector(plan);
    return experiment::would_succeed(experiment, injector)({.ordinal = 1}, at(when));
  };
  CHECK(would_succeed(500ms));
  CHECK(would_succeed(1500ms));
  experiment.counting.failure_statuses = *parse_failure_statuses("429");
  CHECK_FALSE(would_succeed(1500ms));
  CHECK(would_succeed(2500ms));
  experiment.counting = {.counts = *parse_outcome_changes("429=ignored")};
  CHECK_FALSE(would_succeed(1500ms));  // nor is it a good answer
  experiment.counting = {.breaker_counts = *parse_outcome_changes("429=failure,503=success")};
  CHECK(would_succeed(1500ms));  // it is the caller whose answer is good
  for (const auto when : {2500ms, 3500ms, 4500ms, 5500ms, 6500ms}) {
    CHECK_FALSE(would_succeed(when));
  }
  experiment.timeout = 1001ms;
  CHECK(would_succeed(4500ms));
}

TEST_CASE("what a breaker sees of the load is an instance's part of its highest rate") {
  auto experiment = outage();
  experiment.loop = load::OpenLoop{.stages = {{20s, Rate{100}, Rate{600}}}};
  CHECK(traffic(experiment).calls_per_second == 600);
  experiment.instances = 3;
  CHECK(traffic(experiment).calls_per_second == 200);
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  CHECK(traffic(experiment).calls_per_second == 200);
  experiment.scope = load::BreakerScope::endpoint;
  CHECK(traffic(experiment).calls_per_second == 100);
}

TEST_CASE("an answer that is no failure does not make a fault worse for the breaker") {
  auto experiment = outage();
  experiment.phases = {*faults::parse_phase("healthy 5s"),
                       *faults::parse_phase("limited 5s errors=429:40%,503:10%"),
                       *faults::parse_phase("recovered 5s")};
  CHECK(traffic(experiment).outage_errors < 0.11);
  const auto uncounted = traffic(experiment).uncounted;
  REQUIRE(uncounted.size() == 1);
  CHECK(uncounted[0].end == CallEnd{CallEnd::Kind::answer, 429});
  CHECK(uncounted[0].share > 0.39);
  experiment.counting.failure_statuses = *parse_failure_statuses("429,503");
  CHECK(traffic(experiment).outage_errors > 0.49);
  CHECK(traffic(experiment).uncounted.empty());
  // Ignored calls are none of those that failures are a share of, unless the library counts them.
  experiment.counting = {.counts = *parse_outcome_changes("429=ignored")};
  CHECK(std::abs(traffic(experiment).outage_errors - 1.0 / 6) < 0.01);
  experiment.breaker = *breaker::parse_choice("opossum");
  CHECK(std::abs(traffic(experiment).outage_errors - 0.1) < 0.01);
  experiment.counting = {};
  experiment.phases[1] = *faults::parse_phase("down 5s errors=refuse");
  CHECK(traffic(experiment).outage_errors == 1);
}

TEST_CASE("a lone phase is an outage when it is worse than normal, and else there is none") {
  auto experiment = outage();
  experiment.upstream.normal.errors = *faults::parse_errors("30%");
  experiment.phases = {*faults::parse_phase("steady 5s")};
  CHECK(traffic(experiment).outage_length == Duration::zero());
  CHECK(traffic(experiment).normal_errors > 0.29);
  experiment.phases = {*faults::parse_phase("worse 5s errors=60%")};
  CHECK(traffic(experiment).outage_length == 5s);
  CHECK(traffic(experiment).outage_errors > 0.59);
}

TEST_CASE("a limit whose status is a failure is an outage of what exceeds it") {
  auto experiment = outage();  // at 200/s
  experiment.upstream.normal.latency = {};
  const auto outage_errors = [&](const char* limit) {
    experiment.phases = {*faults::parse_phase("free 5s"),
                         *faults::parse_phase(std::string("crowded 5s rate_limit=") + limit)};
    return traffic(experiment).outage_errors;
  };
  CHECK(outage_errors("50/s,status=503") == 0.75);
  CHECK(outage_errors("200/s,status=503") == 0);
  CHECK(outage_errors("50/s") == 0);  // a 429 is no failure
}

TEST_CASE("an outage is what the breaker's own endpoints meet") {
  auto experiment = outage();
  experiment.upstream.normal = {};
  experiment.upstream.rules = {
      {.match = *faults::parse_match("/gone"), .errors = *faults::parse_errors("404:100%")}};
  experiment.endpoints = {{.path = "/pay"}, {.path = "/gone"}};
  experiment.phases = {*faults::parse_phase("healthy 5s"),
                       *faults::parse_phase("outage 5s errors=503:80% on=/pay")};
  CHECK(std::abs(traffic(experiment).outage_errors - 0.4) < 0.001);
  CHECK(std::abs(traffic(experiment).uncounted.at(0).share - 0.5) < 0.001);
  experiment.scope = load::BreakerScope::endpoint;
  CHECK(std::abs(traffic(experiment).outage_errors - 0.8) < 0.001);
  CHECK(traffic(experiment).uncounted.empty());
}

TEST_CASE("a good day's traffic of one breaker is its share of the load, without the faults") {
  auto experiment = outage();
  experiment.upstream.normal = {*faults::parse_latency("10ms..30ms"), *faults::parse_errors("2%")};
  experiment.instances = 4;
  experiment.loop = load::OpenLoop{.rate = Rate{200}, .arrival = load::Arrival::poisson};
  const auto open = everyday(experiment);
  REQUIRE(open);
  CHECK(open->calls_per_second == 50);
  CHECK(open->failures == testing::Approx(.02));
  CHECK(open->poisson);
  CHECK(open->latency == experiment.upstream.normal.latency);
  CHECK(open->timeout == experiment.timeout);

  // 20 workers, each of which calls every 20 ms + 480 ms.
  experiment.loop = load::ClosedLoop{.workers = 20, .think = DurationDistribution::fixed(480ms)};
  CHECK(everyday(experiment)->calls_per_second == testing::Approx(10));

  experiment.upstream.normal.errors = *faults::parse_errors("100%");
  CHECK_FALSE(everyday(experiment));
}

TEST_CASE("slow modes are no good day that a forecast knows, if the breaker counts slow calls") {
  auto experiment = outage();
  experiment.upstream.normal.errors = *faults::parse_errors("200:1%@2s");
  CHECK(everyday(experiment));
  experiment.breaker = *breaker::parse_choice("resilience4j");
  CHECK(everyday(experiment));  // to which calls of a minute are slow
  experiment.breaker = *breaker::parse_choice("resilience4j,slowCallDurationThreshold=1s");
  CHECK_FALSE(everyday(experiment));
  experiment.timeout = 500ms;  // before a call could be so slow
  CHECK(everyday(experiment));
}

breaker::Choice breaker_named(const char* text) { return *breaker::parse_choice(text); }

TEST_CASE("the other run has the other breaker and what its library counts, and is not judged") {
  auto experiment = outage();
  experiment.counting.imported = *parse_outcome_changes("4xx=failure");
  experiment.counting.counts = *parse_outcome_changes("404=ignored");
  experiment.versus = Twin{breaker_named("polly")};
  experiment.expectations = {*expect::parse_expectation("opens == 1")};
  experiment.baseline = {*expect::parse_expectation("opens == 0")};
  const auto twin = twin_of(experiment);
  CHECK(twin.breaker == breaker_named("polly"));
  CHECK_FALSE(twin.counting.imported);
  CHECK(twin.counting.counts == experiment.counting.counts);
  CHECK(twin.expectations.empty());
  CHECK(twin.baseline.empty());
  CHECK_FALSE(twin.versus);
  CHECK(twin.seed == experiment.seed);
  CHECK(twin.phases == experiment.phases);
  CHECK(twin.name == "outage versus polly");
}

TEST_CASE("the other run of a further dependency has its breaker, its upstream and its phases") {
  auto experiment = outage();
  experiment.through = Through{.url = "http://localhost:8080/", .listen = 9000, .name = "payments"};
  Dependency stock{.name = "stock", .listen = 9001, .like = breaker_named("polly")};
  const auto alike = twin_of(experiment, stock);
  CHECK(alike.breaker == breaker_named("polly"));
  CHECK_FALSE(alike.through);
  CHECK(alike.phases == experiment.phases);
  stock.upstream.emplace().normal.latency = faults::Latency::fixed(std::chrono::milliseconds(7));
  stock.phases = {*faults::parse_phase("stock-outage 2s errors=100%")};
  const auto other = twin_of(experiment, stock);
  CHECK(other.upstream == *stock.upstream);
  CHECK(other.phases == stock.phases);
}

TEST_CASE("in a topology, the other breaker stands only where there was one") {
  auto experiment = outage();
  experiment.breaker = breaker_named("none");
  topology::Link guarded{.to = topology::upstream, .breaker = breaker_named("classic,failures=2")};
  guarded.breaker_counts = *parse_outcome_changes("404=failure");
  const topology::Link plain{.to = topology::upstream, .breaker = breaker_named("none")};
  experiment.topology.services = {{.name = "it", .links = {guarded, plain}}};
  experiment.versus = Twin{breaker_named("polly")};
  auto twin = twin_of(experiment);
  CHECK(twin.breaker == breaker_named("none"));
  const auto& links = twin.topology.services.front().links;
  CHECK(links[0].breaker == breaker_named("polly"));
  CHECK_FALSE(links[0].breaker_counts);
  CHECK(links[1].breaker == breaker_named("none"));

  experiment.breaker = breaker_named("classic");
  CHECK(twin_of(experiment).breaker == breaker_named("polly"));
  experiment.topology.services.clear();
  experiment.breaker = breaker_named("none");
  CHECK(twin_of(experiment).breaker == breaker_named("polly"));
}

TEST_CASE("the other run of a shared breaker has the same breaker, once for all") {
  auto experiment = outage();
  experiment.instances = 3;
  experiment.versus = Twin{};
  const auto twin = twin_of(experiment);
  CHECK(twin.breaker == experiment.breaker);
  CHECK(twin.scope == load::BreakerScope::shared);
  CHECK(breaker_bank(twin).size() == 1);
  CHECK(breaker_bank(experiment).size() == 3);
}

}  // namespace
}  // namespace tripcurve::experiment
