// What comes to the breakers of a topology's links, and to the load's own in front of one.
#include "experiment/link_traffic.hpp"

#include "experiment/read.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::experiment {
namespace {

using namespace std::chrono_literals;
using tripcurve::testing::Approx;

// 100 calls a second: order calls inventory and payment, payment calls the upstream, which answers
// after 200 ms, and in an outage of 20 s after 3 s.
Experiment story(const std::string& payment, const std::string& order = "timeout: 5s",
                 const std::string& outage = "latency=3s") {
  const auto reading = read_experiment("e.yaml",
                                       "phases: [ok 10s, outage 20s " + outage +
                                           "]\n"
                                           "upstream: {latency: 200ms}\n"
                                           "load: {rate: 100/s, timeout: 10s}\n"
                                           "client: {breaker: 'classic,failures=5'}\n"
                                           "topology:\n"
                                           "  order:\n"
                                           "    calls: [inventory, payment]\n"
                                           "    clients: {payment: {" +
                                           order +
                                           ", breaker: 'classic,failures=5'}}\n"
                                           "  inventory: {work: 5ms}\n"
                                           "  payment: {calls: upstream, clients: {upstream: {" +
                                           payment + ", breaker: 'classic,failures=5'}}}\n",
                                       {});
  for (const auto& error : reading.errors) {
    FAIL(error.message);
  }
  return reading.experiment;
}

breaker::Traffic traffic_of(const Experiment& experiment, std::string_view link) {
  for (const auto& one : traffic_of_links(experiment)) {
    if (one.link == link) {
      return one.traffic;
    }
  }
  FAIL("no such link");
  return {};
}

}  // namespace

TEST_CASE("each link with a breaker is judged, and no other") {
  std::vector<std::string> links;
  for (const auto& one : traffic_of_links(story("timeout: 1s"))) {
    links.push_back(one.link);
  }
  CHECK(links == std::vector<std::string>{"order -> payment", "payment -> upstream"});
}

TEST_CASE("the client in front of the upstream sees its answers, cut by its own timeout") {
  const auto cut = traffic_of(story("timeout: 1s"), "payment -> upstream");
  CHECK(cut.calls_per_second == Approx(100));
  CHECK(cut.timeout == 1s);
  CHECK(cut.normal_errors == 0);
  CHECK(cut.normal_latency == 200ms);
  CHECK(cut.outage_errors == 1);
  CHECK(cut.outage_latency == 3s);
  CHECK(cut.outage_length == 20s);
  CHECK(traffic_of(story("timeout: 4s"), "payment -> upstream").outage_errors == 0);
}

TEST_CASE("a client further out sees what the service behind it makes of them") {
  const auto failed = traffic_of(story("timeout: 1s"), "order -> payment");
  CHECK(failed.outage_errors == 1);
  CHECK(failed.outage_latency == 1s);
  const auto slow = traffic_of(story("timeout: 4s"), "order -> payment");
  CHECK(slow.outage_errors == 0);
  CHECK(slow.outage_latency == 3s);
  CHECK(slow.timeout == 5s);
  CHECK(traffic_of(story("timeout: 4s", "timeout: 2s"), "order -> payment").outage_errors == 1);
}

TEST_CASE("the load's own breaker is judged by the answers of the first service") {
  const auto own = traffic(story("timeout: 1s"));
  CHECK(own.calls_per_second == Approx(100));
  CHECK(own.timeout == 10s);
  CHECK(own.normal_latency == 205ms);
  CHECK(own.outage_errors == 1);
  CHECK(own.outage_latency == 1005ms);
  CHECK(traffic(story("timeout: 4s")).outage_errors == 0);
}

TEST_CASE("a link carries the retries of its callers, and its own if they are around the breaker") {
  const auto rate = [](const std::string& policies) {
    return traffic_of(story("timeout: 1s" + policies, "timeout: 5s", "errors=100%"),
                      "payment -> upstream");
  };
  const auto retry = std::string("{policy: retry, attempts: 3, delay: 0s}");
  // On a good day nothing is tried again.
  CHECK(rate(", policies: [" + retry + ", breaker, timeout]").calls_per_second == Approx(100));
  const auto failing = story("timeout: 1s, policies: [" + retry + ", breaker, timeout]",
                             "timeout: 5s", "errors=100%");
  CHECK(traffic_of(failing, "payment -> upstream").outage_errors == 1);
}

}  // namespace tripcurve::experiment
