// What a real library did under a load, beside the simulation of it.
#include <fmt/format.h>

#include <functional>
#include <utility>

#include "validate/cases.hpp"
#include "validate/published.hpp"

namespace tripcurve::validate {
namespace {

constexpr int phase_s = 50;
constexpr auto settings =
    "resilience4j,slidingWindowSize=20,minimumNumberOfCalls=10,failureRateThreshold=50,"
    "waitDurationInOpenState=10s,automaticTransitionFromOpenToHalfOpenEnabled=true,"
    "permittedNumberOfCallsInHalfOpenState=5,slowCallDurationThreshold=2s,"
    "slowCallRateThreshold=80";

std::string users() {
  std::string phases;
  for (const auto& phase : measured_phases) {
    phases += fmt::format(
        "  - {{name: {}, for: {}s, latency: 0ms..50ms, errors: '200:{}%@2s..3s,503:{}%@0ms'}}\n",
        phase.name, phase_s, phase.slow_percent, phase.failing_percent);
  }
  return fmt::format(R"(
phases:
{}
load: {{workers: ['5s 0->20', '{}s 20'], think: 1s, timeout: 10s}}
client: {{breaker: "{}"}}
)",
                     phases, phase_s * measured_phases.size() - 5, settings);
}

// Of the calls of a phase.
Ratio percent_of(std::size_t phase, std::function<std::uint64_t(const load::Counts&)> part) {
  return {.part =
              [phase, part = std::move(part)](const report::Summary& summary) {
                return 100 * static_cast<double>(part(summary.phases[phase].counts));
              },
          .whole =
              [phase](const report::Summary& summary) {
                return static_cast<double>(summary.phases[phase].counts.calls);
              }};
}

}  // namespace

Section measured_resilience4j(const Effort& effort) {
  Section section{
      .title = "A measured closed loop",
      .about =
          "resilience4j 2.4.0 in real time (`tests/recorders/resilience4j-load`): 1000 breakers, "
          "each with 20 users who think for 1 s, in front of a service that answers in 0 to 50 "
          "ms, in 2 to 3 s, or with a 503 at once; a window of 20 calls, at least 10, 50 %, 10 "
          "s open with the automatic transition, 5 trials, slow above 2 s at 80 %. Shares of "
          "the calls of each phase, in percent; they hold within 1.5 points.",
      .rows = {}};
  constexpr double points = 1.5;
  std::vector<Ratio> shares;
  for (std::size_t i = 0; i < measured_phases.size(); ++i) {
    shares.push_back(percent_of(i, [](const load::Counts& counts) { return counts.ok; }));
    shares.push_back(percent_of(i, [](const load::Counts& counts) { return counts.failed(); }));
    shares.push_back(percent_of(i, [](const load::Counts& counts) { return counts.fail_fast; }));
  }
  const auto yaml = users();
  const auto found = ratios_of_runs([&](std::uint32_t) { return yaml; }, 20 * effort.times, shares);
  for (std::size_t i = 0; i < measured_phases.size(); ++i) {
    const auto& phase = measured_phases.at(i);
    const auto add = [&](const char* what, double calls, const Estimate& estimate) {
      const double expected = 100 * calls / phase.calls();
      section.rows.push_back(row_of(fmt::format("{} ({} % slow, {} % 503): {}", phase.name,
                                                phase.slow_percent, phase.failing_percent, what),
                                    expected, estimate, expected > 0 ? points / expected : 0));
    };
    add("answered well", phase.quick + phase.slow, found[3 * i]);
    add("failed", phase.failed, found[3 * i + 1]);
    add("rejected", phase.rejected, found[3 * i + 2]);
  }
  return section;
}

}  // namespace tripcurve::validate
