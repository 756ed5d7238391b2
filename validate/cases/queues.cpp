// A service of a topology with so many workers, alone, under Poisson arrivals.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "theory/queues.hpp"
#include "validate/cases.hpp"

namespace tripcurve::validate {
namespace {

constexpr std::uint32_t fewest_runs = 8;

// Calls per second, when the work takes `work_ms` on average and the load is so many of these.
std::string queue_of(double load, std::uint64_t workers, const std::string& work, double work_ms,
                     const std::string& queue = "") {
  return fmt::format(R"(
phases: [{{name: warm, for: 10s}}, {{name: steady, for: 15s}}]
load: {{rate: {}/s, arrival: poisson, timeout: 1h, max_in_flight: 100000}}
client: {{breaker: none}}
topology:
  server: {{workers: {}, work: "{}"{}}}
)",
                     load * 1000 / work_ms, workers, work, queue);
}

// 400 calls per second of exponential work.
std::string busy_service(double load, std::uint64_t workers, const std::string& queue = "") {
  return queue_of(load, workers, fmt::format("mean={}us", load * 2500), load * 2.5, queue);
}

double waiting(const report::Summary& summary) {
  return metric_of(summary, "mean_waiting", {.phase = "steady", .service = "server"});
}

double turned_away(const report::Summary& summary) {
  const auto& steady = summary.services.front().phases.back();
  return static_cast<double>(steady.full) / static_cast<double>(steady.arrived);
}

std::string lognormal(double sigma, double mean_ms) {
  const double median_ns = mean_ms * 1e6 * std::exp(-sigma * sigma / 2);
  return fmt::format("p50={:.0f}ns,p84.1344746={:.0f}ns", median_ns, median_ns * std::exp(sigma));
}

}  // namespace

Section queues(const Effort& effort) {
  Section section{
      .title = "Queues",
      .about =
          "A service of a topology with so many workers, under Poisson arrivals: M/M/1, M/M/c "
          "and M/G/1 (Erlang; Pollaczek and Khinchine), as `simulate` reports it. Lq is the "
          "mean number of calls that wait, B the share that is turned away without a queue; "
          "the load is in workers that it keeps busy.",
      .rows = {}};
  const auto runs = fewest_runs * effort.times;
  const auto add = [&](std::string what, double expected, const std::string& yaml,
                       const Number& number, double tolerance) {
    const auto found = mean_of_runs([&](std::uint32_t) { return yaml; }, runs, {number});
    section.rows.push_back(row_of(std::move(what), expected, found.front(), tolerance));
  };
  for (const auto& [load, workers] : {std::pair{.8, 1U}, std::pair{8.0, 10U}, std::pair{16.0, 20U},
                                      std::pair{45.0, 50U}, std::pair{90.0, 100U}}) {
    add(fmt::format("M/M/{}, load {}: Lq", workers, load), theory::length_of_line(load, workers),
        busy_service(load, workers), waiting, .01);
  }
  for (const auto& [load, workers] :
       {std::pair{8.0, 10U}, std::pair{16.0, 20U}, std::pair{90.0, 100U}}) {
    add(fmt::format("M/M/{0}/{0}, load {1}: B", workers, load), theory::erlang_b(load, workers),
        busy_service(load, workers, ", queue: 0"), turned_away, .01);
  }
  add("M/D/1, load 0.8: Lq", .8 * theory::wait_for_one(.8, 0), queue_of(.8, 1, "2ms", 2), waiting,
      .01);
  for (const double sigma : {.5, 1.0, 1.5}) {
    add(fmt::format("M/G/1, lognormal with sigma {}, load 0.8: Lq", sigma),
        .8 * theory::wait_for_one(.8, theory::lognormal_variation(sigma)),
        queue_of(.8, 1, lognormal(sigma, 2), 2), waiting, .01);
  }
  return section;
}

}  // namespace tripcurve::validate
