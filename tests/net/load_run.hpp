// A load on a port of this machine, for tests: plans of one phase, and a run of one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "breaker/registry.hpp"
#include "core/units.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "net/client.hpp"
#include "net/clock.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net::testing {

inline Timetable one_phase(Duration length) { return Timetable({Phase{"all", {}, at(length)}}); }

// `calls` calls, evenly over `length`.
inline load::LoadPlan open_loop(std::uint64_t calls,
                                Duration length = std::chrono::milliseconds(50)) {
  const Rate rate{static_cast<double>(calls) / to_seconds(length)};
  return {.timetable = one_phase(length),
          .loop = load::OpenLoop{.rate = rate},
          .timeout = std::chrono::seconds(10)};
}

inline load::LoadPlan closed_loop(std::uint32_t workers, Duration length) {
  return {.timetable = one_phase(length),
          .loop = load::ClosedLoop{.workers = workers},
          .timeout = std::chrono::seconds(10)};
}

inline constexpr auto never_opens = "classic,FailureThreshold=1000000000";

// A load on a port of 127.0.0.1, started at once; one client for each shard of the plan.
class Run {
 public:
  Run(std::uint16_t port, load::LoadPlan plan, const std::string& breaker = never_opens,
      Duration head_start = {})
      : Run(Target{.host = "127.0.0.1", .port = port, .loopback = true}, std::move(plan), breaker,
            head_start) {}
  Run(Target target, load::LoadPlan plan, const std::string& breaker, Duration head_start = {})
      : target_(std::move(target)),
        plan_(std::move(plan)),
        bank_(*breaker::parse_choice(breaker), load::BreakerScope::client, plan_.endpoints,
              Random(1)),
        clock_(head_start) {
    for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) {
      clients_.push_back(std::make_unique<Client>(target_, plan_, shard, bank_, clock_));
    }
    for (const auto& client : clients_) {
      client->start();
    }
  }

  [[nodiscard]] Client& client() { return *clients_.front(); }
  [[nodiscard]] const load::BreakerBank& bank() const { return bank_; }
  [[nodiscard]] bool done() const {
    return std::ranges::all_of(clients_, [](const auto& client) { return client->done(); });
  }

  // What was counted, when all is over.
  [[nodiscard]] load::Counts counts() {
    REQUIRE(eventually([&] { return done(); }));
    load::Counts sum;
    for (const auto& client : clients_) {
      for (const auto& phase : client->tally().phases) {
        sum += phase.counts();
      }
    }
    return sum;
  }

 private:
  Target target_;
  load::LoadPlan plan_;
  load::BreakerBank bank_;
  SteadyClock clock_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace tripcurve::net::testing
