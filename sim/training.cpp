// What a release is trained with while it is built (cmake/TripcurveProfile.cmake): experiments in
// virtual time, with every dialect and with other clients, in some seconds. The more calls a kind
// of experiment makes here, the more its paths count when the compiler lays out the code.
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "client/registry.hpp"
#include "core/ensure.hpp"
#include "core/random.hpp"
#include "faults/injector.hpp"
#include "faults/phase.hpp"
#include "faults/plan.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "sim/world.hpp"

namespace {

using namespace tripcurve;

struct Lesson {
  std::string_view breaker = "classic";
  std::vector<std::string> policies{};  // none: a breaker around a timeout
  load::Loop loop = load::OpenLoop{.rate = Rate{10'000}, .arrival = load::Arrival::poisson};
  std::string_view latency = "p50=20ms,p99=200ms";
  std::string_view errors = "2%";
  std::vector<std::string> phases{"all 10s"};
};

template <typename T>
T valid(Result<T> parsed) {
  if (!parsed) {
    throw std::invalid_argument(parsed.error().message);
  }
  return *std::move(parsed);
}

client::Policies policies_of(const Lesson& lesson, const load::LoadPlan& load) {
  std::vector<client::PolicyChoice> chosen;
  for (const auto& text : lesson.policies) {
    chosen.push_back(valid(client::parse_policy_choice(text)));
  }
  return chosen.empty() ? client::Policies{}
                        : client::policies_of(chosen, {.timeout = load.timeout});
}

std::uint64_t take(const Lesson& lesson) {
  std::vector<faults::PhaseSpec> phases;
  for (const auto& text : lesson.phases) {
    phases.push_back(valid(faults::parse_phase(text)));
  }
  const Random random(1);
  const faults::Plan plan({.normal = {.latency = valid(faults::parse_latency(lesson.latency)),
                                      .errors = valid(faults::parse_errors(lesson.errors))}},
                          phases, random);
  load::LoadPlan load{.timetable = plan.timetable(), .loop = lesson.loop};
  load.random = random;
  load.client = policies_of(lesson, load);
  faults::Injector injector(plan);
  load.would_succeed = [&](const load::LoadPlan::Kept& call, TimePoint now) {
    const auto& [method, path, headers] = load.endpoints[call.endpoint];
    return injector.would_succeed({call.ordinal, method, path, headers}, now, {load.timeout},
                                  load.caller);
  };
  load::BreakerBank bank(valid(breaker::parse_choice(lesson.breaker)), load::BreakerScope::client,
                         load.endpoints, random);
  const sim::Observer nobody{[] { return never; },
                             [](const sim::View&, TimePoint) { return true; }};
  return sim::run_world(load, injector, bank, {}, nobody).tally.phases.front().counts().calls;
}

std::vector<Lesson> lessons() {
  const load::OpenLoop steady{.rate = Rate{10'000}};
  const load::ClosedLoop closed{.workers = 200};
  const std::vector<std::string> outage{"healthy 2s", "failing 2s errors=60%",
                                        "hanging 1s errors=hang:50%", "recovered 3s"};
  std::vector<Lesson> all{
      {.phases = {"all 60s"}},
      {.loop = steady, .latency = "20ms", .errors = "0%", .phases = {"all 120s"}},
      {.loop = closed},
      {.policies = {"retry,attempts=3"}, .phases = outage},
      {.policies = {"bulkhead", "hedging"}, .phases = outage},
  };
  for (const auto& dialect : breaker::dialects()) {
    all.push_back({.breaker = dialect.name});
    all.push_back({.breaker = dialect.name, .phases = outage});
  }
  return all;
}

}  // namespace

int main() {
  for (const auto& lesson : lessons()) {
    ENSURE(take(lesson) > 0);
  }
}
