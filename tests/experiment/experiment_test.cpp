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

TEST_CASE("stages, instances and failure statuses are in the load and the bank") {
  auto experiment = outage();
  experiment.loop =
      load::OpenLoop{.stages = {{15s, Rate{0}, Rate{300}}, {5s, Rate{300}, Rate{300}}}};
  experiment.instances = 3;
  experiment.failures = *parse_failure_statuses("5xx,429");
  const auto plan = load_plan(experiment);
  CHECK(std::get<load::OpenLoop>(plan.loop).stages.size() == 2);
  CHECK(plan.instances == 3);
  CHECK(plan.failures == experiment.failures);
  CHECK(breaker_bank(experiment).size() == 3);
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
  CHECK(contradiction(experiment)->message == "the stages of the load last 19.5s, the phases 20s");
  CHECK(contradiction(experiment)->hint == "make the last stage 500ms longer");
  loop.stages[1].length = 6s;
  experiment.loop = loop;
  CHECK(contradiction(experiment)->hint == "make the stages 1s shorter together");
}

TEST_CASE("a request would succeed when the plan answers it well and in time") {
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
    return load_plan(experiment).would_succeed(1, 0, at(when));
  };
  CHECK(would_succeed(500ms));
  CHECK(would_succeed(1500ms));
  experiment.failures = *parse_failure_statuses("429");
  CHECK_FALSE(would_succeed(1500ms));
  CHECK(would_succeed(2500ms));
  experiment.failures = FailureStatuses();
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
  experiment.failures = *parse_failure_statuses("429,503");
  CHECK(traffic(experiment).outage_errors > 0.49);
  experiment.phases[1] = *faults::parse_phase("down 5s errors=refuse");
  CHECK(traffic(experiment).outage_errors == 1);
}

TEST_CASE("a limit whose status is a failure is an outage of what exceeds it") {
  auto experiment = outage();  // at 200/s
  experiment.upstream.normal.latency = {};
  const auto outage_errors = [&](const char* limit) {
    experiment.phases = {*faults::parse_phase("free 5s"),
                         *faults::parse_phase(std::string("crowded 5s limit=") + limit)};
    return traffic(experiment).outage_errors;
  };
  CHECK(outage_errors("50/s,status=503") == 0.75);
  CHECK(outage_errors("200/s,status=503") == 0);
  CHECK(outage_errors("50/s") == 0);  // a 429 is no failure
}

}  // namespace
}  // namespace tripcurve::experiment
