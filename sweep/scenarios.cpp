#include "sweep/scenarios.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "faults/plan.hpp"

namespace tripcurve::sweep {
namespace {

using faults::PhaseSpec;

PhaseSpec phase(std::string name, Duration length) {
  return {.name = std::move(name), .length = length};
}

PhaseSpec failing(std::string name, Duration length, const char* errors) {
  auto fault = phase(std::move(name), length);
  auto parsed = faults::parse_errors(errors);
  ENSURE(parsed.ok());
  fault.errors = *std::move(parsed);
  return fault;
}

// All is well, the fault for 30 % of the time, and all is well again for as long as it takes.
std::vector<PhaseSpec> around(Duration length, std::vector<PhaseSpec> faults) {
  std::vector<PhaseSpec> phases{phase("normal", length / 5)};
  std::ranges::move(faults, std::back_inserter(phases));
  phases.push_back(phase("recovered", length / 2));
  return phases;
}

Duration fault_of(Duration length) { return length * 3 / 10; }

std::vector<PhaseSpec> down(Duration length, Duration /*timeout*/) {
  return around(length, {failing("down", fault_of(length), "hang:100%")});
}

std::vector<PhaseSpec> slow(Duration length, Duration timeout) {
  auto fault = phase("slow", fault_of(length));
  auto latency = faults::parse_latency(format_duration(timeout / 2) + ".." +
                                       format_duration(timeout / 2 + timeout));
  ENSURE(latency.ok());
  fault.latency = *std::move(latency);
  return around(length, {std::move(fault)});
}

std::vector<PhaseSpec> partial(Duration length, Duration /*timeout*/) {
  return around(length, {failing("partial", fault_of(length), "503:30%")});
}

std::vector<PhaseSpec> flapping(Duration length, Duration /*timeout*/) {
  constexpr int times = 8;
  std::vector<PhaseSpec> faults;
  const auto bad = fault_of(length) / times / 3;
  for (int i = 0; i < times; ++i) {
    faults.push_back(failing("bad", bad * 2, "503:100%"));
    faults.push_back(phase("good", bad * 4));
  }
  std::vector<PhaseSpec> phases{phase("normal", length / 5)};
  std::ranges::move(faults, std::back_inserter(phases));
  phases.push_back(phase("recovered", length / 5));
  return phases;
}

std::vector<PhaseSpec> ramp(Duration length, Duration /*timeout*/) {
  const auto step = fault_of(length) / 8;
  return around(
      length, {failing("down", step * 4, "503:100%"), failing("recovering-75", step, "503:75%"),
               failing("recovering-50", step, "503:50%"), failing("recovering-25", step, "503:25%"),
               failing("recovering-10", step, "503:10%")});
}

std::vector<PhaseSpec> bursts(Duration length, Duration /*timeout*/) {
  constexpr int times = 20;
  std::vector<PhaseSpec> phases;
  for (int i = 0; i < times; ++i) {
    phases.push_back(phase("normal", length / times * 29 / 30));
    phases.push_back(failing("burst", length / times / 30, "503:50%"));
  }
  phases.push_back(phase("normal", length / times));
  return phases;
}

constexpr std::array all_stories{
    Story{.name = "down",
          .summary = "no request is answered; every call waits for its timeout",
          .meaning = "After 20 % of the time no request is answered any more (errors=hang:100%), "
                     "for 30 % of the time. Every call that is sent then waits for its timeout.",
          .phases = down},
    Story{.name = "slow",
          .summary = "answers take 0.5 to 1.5 times the timeout",
          .meaning = "For 30 % of the time answers take between half the timeout and 1.5 times the "
                     "timeout, so that half of the calls time out and the others are slow.",
          .phases = slow},
    Story{.name = "partial",
          .summary = "30 % of the requests fail",
          .meaning = "For 30 % of the time, 30 % of the requests are answered 503. The others are "
                     "answered well, so a breaker that opens also rejects good calls.",
          .phases = partial},
    Story{.name = "flapping",
          .summary = "down and up again, eight times in a row",
          .meaning = "Eight outages in which all requests are answered 503, each for 2.5 % of the "
                     "time and with twice as long between them.",
          .phases = flapping},
    Story{.name = "ramp",
          .summary = "down, and then back step by step",
          .meaning =
              "An outage for 15 % of the time, then 75 %, 50 %, 25 % and 10 % errors, each for "
              "3.75 % of the time. The fault ends when all of that is over.",
          .phases = ramp},
    Story{.name = "bursts",
          .summary = "everyday bursts of errors, which a breaker must ride out",
          .meaning =
              "A good day: 20 short bursts, each for 0.17 % of the time (1 s of 10 minutes), in "
              "which half of the requests are answered 503. Every trip is a false one.",
          .everyday = true,
          .phases = bursts},
};

bool is_fault(const PhaseSpec& one, const experiment::Experiment& experiment) {
  const faults::Plan plan(experiment.upstream, {one}, Random(0));
  return plan.timetable().phases().front().fault;
}

}  // namespace

std::span<const Story> stories() { return all_stories; }

Result<const Story*> find_story(std::string_view name) {
  const auto found = std::ranges::find(all_stories, name, &Story::name);
  if (found != all_stories.end()) {
    return &*found;
  }
  std::vector<std::string_view> names;
  for (const auto& story : all_stories) {
    names.push_back(story.name);
  }
  return Error{"there is no scenario " + quoted(name), did_you_mean(name, names)};
}

Scenario scenario_of(const Story& story, Duration length, Duration timeout) {
  return {std::string(story.name), story.phases(length, timeout), story.everyday};
}

std::vector<faults::PhaseSpec> phases_of(const Scenario& scenario,
                                         const experiment::Experiment& experiment, Random random) {
  auto phases = scenario.phases;
  for (auto& one : phases) {
    const auto factor = 0.8 + 0.4 * random.unit();
    if (is_fault(one, experiment)) {
      one.length = Duration(std::llround(static_cast<double>(one.length.count()) * factor));
    }
  }
  return phases;
}

}  // namespace tripcurve::sweep
