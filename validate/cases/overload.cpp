// Overload that keeps itself up, and cascades.
#include <fmt/format.h>

#include "validate/cases.hpp"

namespace tripcurve::validate {
namespace {

// A database of 300 queries per second that stands still for 10 seconds.
std::string database(double rate, const std::string& policies, const std::string& breaker = "none",
                     const std::string& rest =
                         "[healthy 20s, stall 10s latency=10s, between 200s, "
                         "last 20s]") {
  return fmt::format(R"(
phases: {}
load: {{rate: {}/s, arrival: poisson, timeout: 1s, max_in_flight: 5000}}
client: {{breaker: "{}", policies: [{}breaker, timeout]}}
topology:
  database: {{workers: 1, work: 3233us, calls: upstream}}
)",
                     rest, rate, breaker, policies);
}

// Whether the calls of the last minute were answered.
std::string recovers(const std::string& yaml) {
  const auto summary = played(yaml, 1);
  return metric_of(summary, "availability", {.phase = "last"}) > .9 ? "recovers" : "never recovers";
}

std::string budget(const std::string& ratio) {
  return fmt::format(
      "{{policy: retry, attempts: 2, delay: 0s, budget: bucket, budget_ratio: {}, budget_tokens: "
      "1}}, ",
      ratio);
}

constexpr auto one_retry = "{policy: retry, attempts: 2, delay: 0s}, ";

}  // namespace

Section metastable(const Effort& effort) {
  Section section{
      .title = "Metastable failures",
      .about =
          "N. Bronson et al., \"Metastable Failures in Distributed Systems\" (HotOS 2021): a "
          "database of 300 queries per second stands still for 10 s; clients try once more "
          "after 1 s. It recovers if and only if L(1 + r) is below the capacity, where r is "
          "the share of calls that may be repeated. Whether it does is seen 200 s "
          "after the trigger, and with a budget after 430 s.",
      .rows = {}};
  const auto add = [&](const std::string& what, const std::string& expected,
                       const std::string& yaml) {
    section.rows.push_back(row_of(what, expected, recovers(yaml)));
  };
  add("280/s, no retry", "recovers", database(280, ""));
  add("280/s, one retry", "never recovers", database(280, one_retry));
  add("140/s, one retry", "recovers", database(140, one_retry));
  add("160/s, one retry", "never recovers", database(160, one_retry));
  add("200/s, one retry", "never recovers", database(200, one_retry));
  constexpr auto patient = "[healthy 20s, stall 10s latency=10s, between 430s, last 20s]";
  add("280/s, a budget of 5 %", "recovers", database(280, budget("5%"), "none", patient));
  add("280/s, a budget of 10 %", "never recovers", database(280, budget("10%"), "none", patient));
  if (effort.times > 1) {
    add("280/s, a budget of 20 %", "never recovers", database(280, budget("20%"), "none", patient));
  }
  for (const auto* open : {"1s", "5s", "10s"}) {
    const auto yaml = database(280, one_retry, fmt::format("classic,failures=5,timeout={}", open),
                               "[healthy 20s, stall 10s latency=10s, five 5s, last 20s]");
    add(fmt::format("280/s, one retry, a breaker open for {}: within 5 s", open), "recovers", yaml);
  }
  return section;
}

namespace {

std::string shop(const std::string& client) {
  return fmt::format(R"(
upstream: {{latency: 200ms}}
phases: [healthy 20s, filling 20s latency=2250ms..2750ms, slow 60s latency=2250ms..2750ms]
endpoints: [/pay, /browse, /look]
load: {{rate: 300/s, arrival: poisson, timeout: 1h, max_in_flight: 10000}}
client: {{breaker: none}}
topology:
  gateway: {{workers: 200, queue: 0, routes: {{/pay: {{calls: order}}, /browse: {{work: 20ms}}, /look: {{work: 20ms}}}}}}
  order: {{workers: 150, calls: payment}}
  payment: {{workers: 100, calls: upstream, clients: {{upstream: {}}}}}
)",
                     client);
}

double paid(const report::Summary& summary) {
  return metric_of(summary, "goodput", {.phase = "slow", .endpoint = "/pay"});
}

double browsed(const report::Summary& summary) {
  return (metric_of(summary, "availability", {.phase = "slow", .endpoint = "/browse"}) +
          metric_of(summary, "availability", {.phase = "slow", .endpoint = "/look"})) /
         2;
}

double full_after(const report::Summary& summary) {
  const auto& first = summary.services.front().phases[1].first_full;
  return first ? to_seconds(*first - summary.phases[1].phase.begin) : 1e9;
}

double payments_busy(const report::Summary& summary) {
  return metric_of(summary, "peak_busy", {.phase = "slow", .service = "payment"});
}

}  // namespace

Section cascade(const Effort& effort) {
  Section section{
      .title = "A cascade",
      .about =
          "A gateway of 200 workers, an order service of 150 and a payment service of 100 in "
          "front of a bank whose answers come to take 2.5 s ± 10 % instead of 0.2 s; 100 "
          "payments and 200 looks at the shop (20 ms) per second. Expected numbers are those "
          "of an independent simulation.",
      .rows = {}};
  const auto plain = shop("{timeout: 5s, breaker: none}");
  const auto found = mean_of_runs([&](std::uint32_t) { return plain; }, 4 * effort.times,
                                  {paid, full_after, browsed});
  section.rows.push_back(row_of("no breaker: payments per second", 40.1, found[0], .9 / 40.1));
  section.rows.push_back(row_of("no breaker: gateway full after, s", 1.94, found[1], .16 / 1.94));
  section.rows.push_back(row_of("no breaker: shop available", .395, found[2], .015 / .395));
  const auto repaired = shop("{timeout: 1s, breaker: \"classic,failures=5,timeout=10s\"}");
  const auto better = mean_of_runs([&](std::uint32_t) { return repaired; }, 4 * effort.times,
                                   {browsed, payments_busy});
  section.rows.push_back(row_of("timeout 1 s and breaker: shop available", 1, better[0], .001));
  return section;
}

}  // namespace tripcurve::validate
