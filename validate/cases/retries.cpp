// Retries: how they multiply calls, what budgets and jitter do about it.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "theory/amplification.hpp"
#include "validate/cases.hpp"
#include "validate/jitter_study.hpp"

namespace tripcurve::validate {
namespace {

using client::Backoff;

// A gateway in front of a leaf, with so many layers that repeat their calls.
std::string layered(double failures, std::uint32_t attempts, std::uint32_t layers, double seconds) {
  auto yaml = fmt::format(R"(
upstream: {{errors: {:.0f}%}}
phases: [all {:.0f}s]
load: {{rate: 100/s, arrival: poisson, timeout: 1h}}
client: {{breaker: none}}
topology:
)",
                          failures * 100, seconds);
  for (std::uint32_t layer = 1; layer <= layers; ++layer) {
    const auto next = layer == layers ? std::string("upstream") : fmt::format("layer{}", layer + 1);
    yaml += fmt::format(
        "  layer{}: {{calls: {}, clients: {{{}: {{policies: [{{policy: retry, attempts: {}, delay: "
        "0s}}, breaker, timeout], breaker: none, timeout: 1h}}}}}}\n",
        layer, next, next, attempts);
  }
  return yaml;
}

double calls_per_call(const report::Summary& summary) {
  return metric_of(summary, "amplification");
}
double good(const report::Summary& summary) { return metric_of(summary, "availability"); }

}  // namespace

Section amplification_by_retries(const Effort& effort) {
  Section section{.title = "Amplification",
                  .about =
                      "Upstream requests per call, of L layers that make up to n attempts each, "
                      "while a share p of the upstream's answers are errors: geometric sums. "
                      "And what a backend of 100/s gets from 1,000 calls per second through "
                      "the SRE book's throttle.",
                  .rows = {}};
  struct Case {
    double p;
    std::uint32_t attempts, layers;
  };
  for (const auto& [p, n, layers] : {Case{.5, 3, 1}, Case{.5, 3, 2}, Case{.9, 4, 3}, Case{1, 4, 3},
                                     Case{1, 3, 5}, Case{.2, 3, 4}}) {
    // As long as gives the upstream some thousands of requests.
    const auto yaml = layered(p, n, layers, std::ceil(60 / theory::amplification(p, n, layers)));
    const auto found =
        mean_of_runs([&](std::uint32_t) { return yaml; }, 16 * effort.times, {calls_per_call, good});
    const auto name = fmt::format("L = {}, n = {}, p = {}: ", layers, n, p);
    section.rows.push_back(
        row_of(name + "requests", theory::amplification(p, n, layers), found[0], 1e-9));
    section.rows.push_back(
        row_of(name + "answered well", theory::success(p, n, layers), found[1], 1e-9));
  }
  for (const double k : {2.0, 1.1}) {
    const auto yaml = fmt::format(R"(
upstream: {{rate_limit: "100/s,status=503"}}
phases: [warm 200s, steady 100s]
load: {{rate: 1000/s, arrival: poisson}}
client: {{breaker: "sre-throttle,K={}"}}
)",
                                  k);
    const auto found = mean_of_runs(
        [&](std::uint32_t) { return yaml; }, 2 * effort.times, {[](const report::Summary& summary) {
          return metric_of(summary, "upstream_requests", {.phase = "steady"}) / 100;
        }});
    section.rows.push_back(row_of(fmt::format("throttle, K = {}: requests per second", k),
                                  theory::throttled(1000, 100, k), found[0], .01));
  }
  return section;
}

Section brooker_retries(const Effort& effort) {
  Section section{
      .title = "Brooker's retry simulator",
      .about =
          "M. Brooker, \"Fixing retries with token buckets and circuit breakers\" (2022): 100 "
          "clients of 10 calls per second, a server that fails independently. His simulator "
          "was run again for the expected numbers, with 100,000 calls each: they have an "
          "error of about 0.002 for the share answered well and 0.004 for the requests, and "
          "hold within 0.005 and 0.01. Not compared is his breaker on retries, whose ratio is "
          "over all time: no library does that.",
      .rows = {}};
  struct Published {
    double p;
    std::array<double, 2> none, three, bucket;
  };
  const auto add = [&](const std::string& what, const std::array<double, 2>& published, double p,
                       const std::string& policy) {
    const auto yaml = fmt::format(R"(
upstream: {{errors: {:.0f}%, latency: 20ms}}
phases: [all 100s]
load: {{rate: 1000/s, arrival: poisson, instances: 100}}
client: {{breaker: none, policies: [{}breaker, timeout]}}
)",
                                  p * 100, policy);
    const auto found =
        mean_of_runs([&](std::uint32_t) { return yaml; }, effort.times, {good, calls_per_call});
    section.rows.push_back(row_of(fmt::format("p = {}, {}: answered well", p, what), published[0],
                                  {found[0].mean, 0}, .005 / published[0]));
    section.rows.push_back(row_of(fmt::format("p = {}, {}: requests", p, what), published[1],
                                  {found[1].mean, 0}, .01 / published[1]));
  };
  for (const auto& [p, none, three, bucket] :
       {Published{.05, {.950, 1}, {1, 1.052}, {.9999, 1.052}},
        Published{.10, {.899, 1}, {1, 1.111}, {.984, 1.094}},
        Published{.30, {.701, 1}, {.9919, 1.421}, {.774, 1.104}},
        Published{.50, {.504, 1}, {.9374, 1.873}, {.551, 1.104}}}) {
    add("no retry", none, p, "");
    add("3 retries", three, p, "{policy: retry, attempts: 4, delay: 0s}, ");
    add("token bucket of 10 %", bucket, p,
        "{policy: retry, attempts: 4, delay: 0s, budget: bucket, budget_ratio: 10%, budget_tokens: "
        "5}, ");
  }
  return section;
}

Section jitter_study(const Effort& effort) {
  Section section{.title = "The AWS jitter study",
                  .about =
                      "M. Brooker, \"Exponential Backoff And Jitter\" (AWS Architecture Blog, "
                      "2015): clients that contend for one row. The published simulator was "
                      "run again with 100 trials for each expected number; they hold within 5 "
                      "%. tripcurve's waits, the same network.",
                  .rows = {}};
  struct Published {
    const char* name;
    std::optional<Backoff> backoff;
    std::size_t clients;
    double milliseconds;
    double writes;
  };
  // The study doubles before its first wait.
  const auto doubling = [](Backoff::Jitter jitter) {
    return Backoff{.growth = Backoff::Growth::exponential,
                   .delay = std::chrono::milliseconds(10),
                   .most = std::chrono::seconds(2),
                   .jitter = jitter};
  };
  const auto exponential = doubling(Backoff::Jitter::none);
  const auto equal = doubling(Backoff::Jitter::equal);
  const auto full = doubling(Backoff::Jitter::full);
  const Backoff decorrelated{.delay = std::chrono::milliseconds(5),
                             .most = std::chrono::seconds(2),
                             .jitter = Backoff::Jitter::decorrelated};
  for (const auto& [name, backoff, clients, milliseconds, writes] :
       std::initializer_list<Published>{{"none", std::nullopt, 50, 1132, 687},
                                        {"exponential", exponential, 50, 36237, 624},
                                        {"equal", equal, 50, 4303, 347},
                                        {"full", full, 50, 2922, 332},
                                        {"decorrelated", decorrelated, 50, 2164, 376},
                                        {"none", std::nullopt, 100, 2027, 2421},
                                        {"exponential", exponential, 100, 62862, 1853},
                                        {"equal", equal, 100, 6658, 812},
                                        {"full", full, 100, 4879, 797},
                                        {"decorrelated", decorrelated, 100, 4530, 1002},
                                        {"none", std::nullopt, 190, 3538, 7997},
                                        {"exponential", exponential, 190, 101357, 5186},
                                        {"equal", equal, 190, 9487, 1759},
                                        {"full", full, 190, 7427, 1771},
                                        {"decorrelated", decorrelated, 190, 7887, 2441}}) {
    const auto found = mean_of_contention(backoff, clients, 100 * effort.times, 1);
    const auto what = fmt::format("{} clients, jitter {}: ", clients, name);
    section.rows.push_back(row_of(what + "ms", milliseconds, {found.milliseconds.mean, 0}, .05));
    section.rows.push_back(row_of(what + "writes", writes, {found.writes.mean, 0}, .05));
  }
  return section;
}

}  // namespace tripcurve::validate
