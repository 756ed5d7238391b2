#include "sim/diff.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "core/ensure.hpp"
#include "sim/world.hpp"

namespace tripcurve::sim {
namespace {

Side live_through(const load::LoadPlan& load, const faults::Plan& faults, load::BreakerBank& bank) {
  std::vector<TimePoint> sent_at;
  const Observer observer{[] { return never; },
                          [](const sim::View&, TimePoint) { return true; },
                          {},
                          [&](const load::Attempt& call, TimePoint now) {
                            if (call.ordinal >= sent_at.size()) {
                              sent_at.resize(call.ordinal + 1, never);
                            }
                            sent_at[call.ordinal] = now;
                          }};
  faults::Injector injector(faults);
  auto outcome = run_world(load, injector, bank, ServerModel{}, observer);
  std::vector<breaker::Totals> totals;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    totals.push_back(bank.totals(i));
  }
  return {std::move(outcome.tally), bank.events_since(0), std::move(totals), std::move(sent_at)};
}

}  // namespace

Diff diff(load::LoadPlan load, const faults::Plan& faults, const Contestant& a,
          const Contestant& b) {
  ENSURE(std::holds_alternative<load::OpenLoop>(load.loop));
  load.max_in_flight = std::numeric_limits<std::uint32_t>::max();
  load.would_succeed = nullptr;
  const auto side = [&](const Contestant& contestant) {
    for (auto& policy : load.client) {
      if (auto* config = std::get_if<client::BreakerConfig>(&policy)) {
        *config = contestant.told;
      }
    }
    return live_through(load, faults, contestant.breakers);
  };
  Diff found{side(a), side(b), {}};
  auto& of_a = found.a.sent_at;
  auto& of_b = found.b.sent_at;
  const auto calls = std::max(of_a.size(), of_b.size());
  of_a.resize(calls, never);
  of_b.resize(calls, never);
  const auto [in_a, in_b] = std::ranges::mismatch(of_a, of_b);
  if (in_a != of_a.end()) {
    found.divergence = {static_cast<std::uint64_t>(in_a - of_a.begin()), *in_a, *in_b};
  }
  return found;
}

}  // namespace tripcurve::sim
