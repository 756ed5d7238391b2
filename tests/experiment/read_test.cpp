#include "experiment/read.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiment/write.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::experiment {
namespace {

using namespace std::chrono_literals;

const std::map<std::string, std::string> variables{
    {"RATE", "300"}, {"EMPTY", ""}, {"TRAP", "a: b"}};
const std::map<std::string, std::string> files{{"application.yml",
                                                "resilience4j:\n"
                                                "  circuitbreaker:\n"
                                                "    instances:\n"
                                                "      payments: {slidingWindowSize: 20}\n"
                                                "  timelimiter:\n"
                                                "    instances:\n"
                                                "      payments: {timeoutDuration: 2s}\n"}};

const Surroundings surroundings{
    .file = [](const std::string& path) -> Result<std::string> {
      const auto found = files.find(path);
      return found == files.end() ? Result<std::string>(Error{"no " + path, ""}) : found->second;
    },
    .variable = [](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    },
    .seed = 77};

Experiment read(const std::string& text) {
  auto reading = read_experiment("there/payments.yaml", text, surroundings);
  for (const auto& error : reading.errors) {
    UNSCOPED_INFO(error.message);
  }
  REQUIRE(reading.errors.empty());
  return reading.experiment;
}

const std::string phases = "phases: [healthy 5s, outage 10s errors=100%, recovered 5s]\n";

TEST_CASE("a file that says only what happens has the defaults of the flags") {
  const auto experiment = read(phases);
  CHECK(experiment.name == "payments");
  CHECK(experiment.file == "there/payments.yaml");
  CHECK(experiment.seed == 77);
  CHECK(experiment.upstream == decltype(experiment.upstream){});
  CHECK(experiment.phases.size() == 3);
  CHECK(std::get<load::OpenLoop>(experiment.loop).rate == Rate{200});
  CHECK(experiment.timeout == 1s);
  CHECK(experiment.max_in_flight == 1000);
  CHECK(experiment.threads == 1);
  CHECK(experiment.breaker.text() == outage().breaker.text());
  CHECK(experiment.scope == load::BreakerScope::client);
  CHECK(experiment.expectations.empty());
}

TEST_CASE("everything that flags can say, a file can say") {
  const auto experiment = read(
      "name: bank\n"
      "description: slow\n"
      "seed: 7\n"
      "upstream: {latency: 20ms, errors: 1%}\n"
      "phases:\n"
      "  - {name: healthy, for: 5s}\n"
      "  - {name: outage, for: 10s, latency: 2s..3s, errors: '500:10%,reset:5%', on: /pay}\n"
      "endpoints: [/pay, /refund]\n"
      "load: {rate: 12/m, arrival: poisson, timeout: 5s, max_in_flight: 50, threads: 2}\n"
      "client: {breaker: 'gobreaker,Timeout=5s', breaker_per: endpoint}\n"
      "outputs: {markdown: report.md, json: '-'}\n");
  CHECK(experiment.name == "bank");
  CHECK(experiment.description == "slow");
  CHECK(experiment.seed == 7);
  REQUIRE(experiment.phases.size() == 2);
  CHECK(experiment.phases[1] ==
        *faults::parse_phase("outage 10s latency=2s..3s errors=500:10%,reset:5% on=/pay"));
  CHECK(std::get<load::OpenLoop>(experiment.loop).arrival == load::Arrival::poisson);
  CHECK(std::get<load::OpenLoop>(experiment.loop).rate == Rate{0.2});
  CHECK(experiment.timeout == 5s);
  CHECK(experiment.max_in_flight == 50);
  CHECK(experiment.threads == 2);
  CHECK(experiment.breaker.text() == "gobreaker,Timeout=5s");
  CHECK(experiment.scope == load::BreakerScope::endpoint);
  CHECK(breaker_bank(experiment).size() == 2);
  CHECK(experiment.outputs == std::vector<Output>{{"markdown", "report.md"}, {"json", "-"}});
}

TEST_CASE("workers are a closed loop") {
  const auto experiment = read(phases + "load: {workers: 5, think: 20ms}\n");
  CHECK(std::get<load::ClosedLoop>(experiment.loop).workers == 5);
  CHECK(std::get<load::ClosedLoop>(experiment.loop).think == DurationDistribution::fixed(20ms));
  CHECK_FALSE(std::get<load::ClosedLoop>(experiment.loop).fail_fast_pause);
  const auto pausing = read(phases + "load: {workers: 5, think: 20ms, fail_fast_pause: 5ms}\n");
  CHECK(std::get<load::ClosedLoop>(pausing.loop).fail_fast_pause == 5ms);
}

TEST_CASE("workers are a number, or stages of it, and think as long as a distribution says") {
  const auto closed = [](const std::string& load) {
    return std::get<load::ClosedLoop>(read(phases + "load: " + load + "\n").loop);
  };
  CHECK(closed("{workers: 5}").stages.empty());
  const auto loop = closed(
      "{workers: [5s 0->200, {for: 10s, workers: 200}, {for: 5s, workers: "
      "200->0}], think: 'p50=1s,p99=5s'}");
  CHECK(loop.stages == std::vector{load::parse_worker_stage("5s 0->200").value(),
                                   load::parse_worker_stage("10s 200").value(),
                                   load::parse_worker_stage("5s 200->0").value()});
  CHECK(loop.think.text() == "p50=1s,p99=5s");
}

TEST_CASE("stages are written as the flag or as blocks") {
  const auto experiment =
      read(phases + "load: {stages: ['10s 50/s->200/s', {for: 10s, rate: 200/s}], instances: 3}\n");
  const auto& stages = std::get<load::OpenLoop>(experiment.loop).stages;
  REQUIRE(stages.size() == 2);
  CHECK(stages[0] == *load::parse_stage("10s 50/s->200/s"));
  CHECK(stages[1] == *load::parse_stage("10s 200/s"));
  CHECK(experiment.instances == 3);
}

TEST_CASE("failure statuses are one text or a list") {
  CHECK(read(phases + "client: {failure_statuses: '5xx,429'}\n").counting.failure_statuses ==
        *parse_failure_statuses("5xx,429"));
  CHECK(read(phases + "client: {failure_statuses: [500-503, 429]}\n").counting.failure_statuses ==
        *parse_failure_statuses("500-503,429"));
}

TEST_CASE("what ends count as is one text or a map, whose later items win") {
  const auto changes = *parse_outcome_changes("4xx=ignored,404=failure,timeout=success");
  for (const auto* written : {"'4xx=ignored,404=failure,timeout=success'",
                              "{4xx: ignored, 404: failure, timeout: success}"}) {
    const auto experiment = read(phases + "client: {counts: " + written + "}\n");
    CHECK(experiment.counting.counts == changes);
    CHECK(read(phases + "client: {breaker_counts: " + written + "}\n").counting.breaker_counts ==
          changes);
  }
}

TEST_CASE("requests are told apart by method, path and header, as text or as a block") {
  const auto experiment = read(
      "upstream:\n"
      "  rate_limit: 100/s,burst=20\n"
      "  rules:\n"
      "    - {match: {method: POST, path: /pay/**, header: {x-tenant: gold}}, latency: 5ms}\n"
      "    - {match: POST /pay/** x-tenant=gold, abort: {httpStatus: 500, percentage: {value: "
      "5}}}\n"
      "phases:\n"
      "  - {name: outage, for: 5s, errors: 50%, on: POST /pay/*}\n"
      "  - {name: crowded, for: 5s, rate_limit: 5/s}\n"
      "endpoints: [/, POST /pay/1, {method: PUT, path: /pay/2, header: {x-tenant: gold}}]\n");
  const auto& upstream = experiment.upstream;
  CHECK(upstream.limit == *faults::parse_rate_limit("100/s,burst=20"));
  REQUIRE(upstream.rules.size() == 2);
  CHECK(upstream.rules[0].match == *faults::parse_match("POST /pay/** x-tenant=gold"));
  CHECK(upstream.rules[0].match == upstream.rules[1].match);
  CHECK(upstream.rules[0].latency == *faults::parse_latency("5ms"));
  CHECK(upstream.rules[1].errors == *faults::parse_errors("500:5%"));
  CHECK(experiment.phases[0].on == *faults::parse_match("POST /pay/*"));
  CHECK(experiment.phases[1].limit == *faults::parse_rate_limit("5/s"));
  CHECK(load::names(experiment.endpoints) ==
        std::vector<std::string>{"/", "POST /pay/1", "PUT /pay/2"});
  CHECK(experiment.endpoints[2].headers == std::vector<Header>{{"x-tenant", "gold"}});
}

TEST_CASE("JSON is read, too") {
  const auto reading = read_experiment("e.json", R"({"phases": ["healthy 5s"], "seed": 3})", {});
  CHECK(reading.errors.empty());
  CHECK(reading.experiment.seed == 3);
}

TEST_CASE("Istio's words for faults say the same") {
  const auto experiment = read(
      "phases:\n"
      "  - name: slow\n"
      "    for: 5s\n"
      "    delay: {fixedDelay: 5s, percentage: {value: 100}}\n"
      "    abort: {httpStatus: 500, percentage: {value: 12.5}}\n");
  CHECK(experiment.phases[0] == *faults::parse_phase("slow 5s latency=5s errors=500:12.5%"));
}

TEST_CASE("a breaker's settings stand in a block, nested or short, and a list is one value") {
  CHECK(read(phases + "client: {breaker: {dialect: classic, failures: 7, Timeout: 9s}}\n")
            .breaker.text() == "classic,FailureThreshold=7,Timeout=9s");
  CHECK(read(phases + "client: {breaker: {dialect: cockatiel, breaker: {type: "
                      "ConsecutiveBreaker, threshold: 3}}}\n")
            .breaker.text() == "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=3");
}

TEST_CASE("an imported breaker brings its timeout, unless the load has one") {
  const std::string client = "client: {breaker: {import: application.yml, instance: payments}}\n";
  const auto experiment = read(phases + client);
  CHECK(experiment.breaker.text() == "resilience4j,slidingWindowSize=20");
  CHECK(experiment.timeout == 2s);
  REQUIRE(experiment.notes.size() == 1);
  CHECK(experiment.notes[0] == "timeout there/application.yml:7:7: 2s");
  CHECK(read(phases + client + "load: {timeout: 3s}\n").timeout == 3s);
}

TEST_CASE("an expectation knows its scope and where it stands") {
  const auto experiment = read(phases +
                               "baseline: [availability > 99%]\n"
                               "expect:\n"
                               "  - opens >= 1\n"
                               "  - {phase: outage, that: [trips == 1, fail_fast_share > 50%]}\n");
  REQUIRE(experiment.baseline.size() == 1);
  REQUIRE(experiment.expectations.size() == 3);
  CHECK(experiment.expectations[0].place == "there/payments.yaml:4:5");
  CHECK(experiment.expectations[0].scope == report::Scope{});
  CHECK(experiment.expectations[2].text() == "fail_fast_share > 50%");
  CHECK(experiment.expectations[2].scope.phase == "outage");
  CHECK(experiment.expectations[2].place == "there/payments.yaml:5:40");
}

TEST_CASE("variables are filled in, with their default where they are not set or empty") {
  CHECK(read(phases + "load: {rate: '${RATE}/s'}\n").name == "payments");
  CHECK(std::get<load::OpenLoop>(read(phases + "load: {rate: '${RATE}/s'}\n").loop).rate ==
        Rate{300});
  CHECK(read(phases + "name: '${NONE:-a b}-${EMPTY:-c}${EMPTY}'\n").name == "a b-c");
  CHECK(read(phases + "name: ${NONE:-}x\n").name == "x");
}

TEST_CASE("a file knows the variables that it was filled in with, each once") {
  const auto experiment =
      read(phases + "name: '${RATE} ${NONE:-none} ${RATE} $${TRAP}'\nload: {rate: '${RATE}/s'}\n");
  CHECK(experiment.variables == std::vector<Experiment::Variable>{{"RATE", "300"}});
}

TEST_CASE("two dollars before a brace are no variable, and a lone dollar is a dollar") {
  CHECK(read(phases + "name: '$${RATE} $5 ${RATE}$'\n").name == "${RATE} $5 300$");
}

TEST_CASE("a variable is text and adds no keys") {
  CHECK(read(phases + "name: ${TRAP}\n").name == "a: b");
}

TEST_CASE("a mistake keeps its place when there are variables before it") {
  const auto reading = read_experiment(
      "e.yaml", phases + "name: ${RATE}\nload: {rate: '${RATE}', threads: 0}\n", surroundings);
  REQUIRE(reading.errors.size() == 2);
  CHECK(reading.errors[0].message.starts_with("e.yaml:3:14: "));
  CHECK(reading.errors[1].message.starts_with("e.yaml:3:34: "));
}

TEST_CASE("a service that says nothing has no limit, and does nothing") {
  const auto topology = read(phases + "topology: {front: {calls: back}, back: {}}\n").topology;
  REQUIRE(topology.services.size() == 2);
  const auto& front = topology.services[0];
  CHECK_FALSE(front.workers);
  CHECK_FALSE(front.queue);
  REQUIRE(front.links.size() == 1);
  CHECK(front.links[0].to == 1);
  CHECK_FALSE(front.links[0].timeout);
  CHECK(front.links[0].breaker.text() == "none");
  REQUIRE(front.routes.size() == 1);
  CHECK(front.routes[0].path.empty());
  CHECK(topology.services[1].routes[0].calls.empty());
}

TEST_CASE("routes share the link to a service that they both call") {
  const auto topology = read(phases +
                             "endpoints: [/a, /b]\n"
                             "topology:\n"
                             "  front:\n"
                             "    routes: {/a: {calls: [back, upstream]}, /b: {calls: {service: "
                             "back, optional: true}}}\n"
                             "  back: {calls: upstream}\n")
                            .topology;
  const auto& [a, b] = std::pair(topology.services[0].routes[0], topology.services[0].routes[1]);
  CHECK(topology.services[0].links.size() == 2);
  CHECK(a.calls == std::vector<topology::Call>{{0, false}, {1, false}});
  CHECK(b.calls == std::vector<topology::Call>{{0, true}});
}

TEST_CASE("the client of a link may be its library's, which says its timeout, too") {
  const auto link_of = [](const std::string& client) {
    return read(phases + "topology: {it: {calls: upstream, clients: {upstream: " + client + "}}}\n")
        .topology.services[0]
        .links[0];
  };
  const auto imported = link_of("{breaker: {import: application.yml, instance: payments}}");
  CHECK(imported.breaker.dialect().name == "resilience4j");
  CHECK(imported.timeout == 2s);
  CHECK(link_of("{timeout: 1s, breaker: {import: application.yml, instance: payments}}").timeout ==
        1s);
  const auto whole =
      link_of("{policies: ['retry,attempts=2', timeout], breaker_counts: 404=failure}");
  CHECK(whole.policies.size() == 2);
  CHECK(whole.breaker_counts);
}

TEST_CASE("what the file of a link's breaker leaves to say names the link") {
  const auto experiment = read(
      phases +
      "topology: {it: {calls: upstream, clients: {upstream: {breaker: {import: application.yml, "
      "instance: payments}}}}}\n");
  for (const auto* lines : {&experiment.warnings, &experiment.notes}) {
    for (const auto& line : *lines) {
      CHECK(line.starts_with("it -> upstream: "));
    }
  }
}

TEST_CASE("a thousand services in a row are read, and more than can be are refused") {
  const auto row = [](int count) {
    auto text = phases + "topology:\n";
    for (int i = 0; i < count; ++i) {
      text += "  s" + std::to_string(i) + ": {calls: " +
              (i + 1 < count ? "s" + std::to_string(i + 1) : std::string("upstream")) + "}\n";
    }
    return text;
  };
  CHECK(read(row(1000)).topology.services.size() == 1000);
  const auto reading = read_experiment("e.yaml", row(10'001), surroundings);
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].message == "e.yaml:3:3: 10001 services are more than 10000");
}

TEST_CASE("a path in a file leads from the file's folder") {
  CHECK(beside("tests/e.yaml", "../a.yml") == "tests/../a.yml");
  CHECK(beside("e.yaml", "a.yml") == "a.yml");
  CHECK(beside("tests/e.yaml", "/etc/a.yml") == "/etc/a.yml");
}

TEST_CASE("a service that the load goes through is read whole, and has the breaker") {
  const auto experiment = read(phases + R"(
through:
  url: http://127.0.0.1:8080/checkout
  dependency: {listen: 9000}
  id_header: X-Order
  like: {import: application.yml, instance: payments}
  start:
    command: python3 service.py
    environment: {PORT: 8080, NAME: pay}
    folder: services
    output: out.log
    ready: {url: 'http://127.0.0.1:8080/health', line: up, port: 8080, within: 10s}
    grace: 2s
)");
  REQUIRE(experiment.through);
  const auto& through = *experiment.through;
  CHECK(through.url == "http://127.0.0.1:8080/checkout");
  CHECK(through.listen == 9000);
  CHECK(through.id_header == "X-Order");
  CHECK(through.start == Start{.command = "python3 service.py",
                               .environment = {{"PORT", "8080"}, {"NAME", "pay"}},
                               .folder = "services",
                               .output = "out.log",
                               .ready_url = "http://127.0.0.1:8080/health",
                               .ready_line = "up",
                               .ready_port = 8080,
                               .ready_within = 10s,
                               .grace = 2s});
  CHECK(experiment.breaker.text() == "none");
  REQUIRE(experiment.versus);
  CHECK(experiment.versus->text() == "resilience4j,slidingWindowSize=20");
  CHECK(names(experiment).breakers == std::vector<std::string>{"service"});

  const auto again = read(write_experiment(experiment));
  CHECK(again.through == experiment.through);
  CHECK(again.versus == experiment.versus);
}

TEST_CASE("a service may have several dependencies, of which the first is the experiment's") {
  const auto experiment = read(phases + R"(
through:
  url: http://localhost:8080/
  dependencies:
    payments: {listen: 9000}
    stock: {listen: 9001, upstream: {latency: 7ms}, phases: [calm 20s]}
    mail: {listen: 9002, like: 'classic,failures=3'}
  instances: X-Pod
)");
  const auto& through = *experiment.through;
  CHECK(through.name == "payments");
  CHECK(through.listen == 9000);
  REQUIRE(through.others.size() == 2);
  CHECK(through.others[0].upstream->normal.latency.text() == "7ms");
  CHECK(through.others[0].phases.size() == 1);
  CHECK_FALSE(through.others[1].upstream);
  CHECK_FALSE(through.others[0].like);
  CHECK(through.others[1].like->text() == "classic,FailureThreshold=3");
  CHECK(through.instances == "X-Pod");
  CHECK(names(experiment).breakers == std::vector<std::string>{"payments", "stock", "mail"});
  const auto plans = other_plans(experiment);
  REQUIRE(plans.size() == 2);
  CHECK(plans[0].timetable().faults().empty());
  CHECK_FALSE(plans[1].timetable().faults().empty());
  CHECK(read(write_experiment(experiment)).through == experiment.through);
}

TEST_CASE("where a service says its breaker's state is a text, a block or a list of them") {
  const auto with = [](const std::string& states) {
    const auto experiment = read(phases +
                                 "through:\n  url: http://localhost:8080/\n  dependency: {listen: "
                                 "9000}\n  states:" +
                                 states);
    CHECK(read(write_experiment(experiment)).through == experiment.through);
    return experiment.through->states;
  };
  const auto text = with(" prometheus http://h/metrics breaker=a");
  REQUIRE(text.size() == 1);
  CHECK(text[0] == claims::parse_source("prometheus http://h/metrics breaker=a").value());
  const auto list = with(R"(
    - {kind: prometheus, url: 'http://h/m', metric: m, values: {0: closed, 2: open}, every: 1s}
    - {kind: prometheus, url: 'http://h/m', metric: m, label: state, breaker: my payments}
    - hystrix http://h/stream)");
  REQUIRE(list.size() == 3);
  CHECK(list[0] ==
        claims::parse_source("prometheus http://h/m metric=m values=0:closed,2:open every=1s")
            .value());
  CHECK(list[1].breaker == "my payments");
  CHECK(list[2].every == 100ms);
}

TEST_CASE("how a service is started may be said in a single text") {
  const auto experiment = read(phases +
                               "through: {url: 'http://localhost:8080', dependency: {listen: 9000},"
                               " start: ./service --fast}");
  CHECK(experiment.through->start == Start{.command = "./service --fast"});
}

}  // namespace
}  // namespace tripcurve::experiment
