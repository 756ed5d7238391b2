// What one call pays for its breaker: asking leave and telling how it ended.

#include <string>

#include "bench/bench.hpp"
#include "breaker/registry.hpp"
#include "load/breaker_bank.hpp"

namespace tripcurve::bench {
namespace {

constexpr CallEnd good{CallEnd::Kind::answer, 200};
constexpr auto gap = std::chrono::microseconds(10);

}  // namespace

void bench_breaker() {
  for (const auto& dialect : breaker::dialects()) {
    const std::string name(dialect.name);
    const auto choice = *breaker::parse_choice(name);

    const auto breaker = choice.make(Random(1));
    TimePoint now{};
    print(name + ", acquire and record", nanoseconds_per_operation([&](std::uint64_t n) {
            for (std::uint64_t i = 0; i < n; ++i) {
              now += gap;
              const auto admission = breaker->try_acquire(now);
              breaker->record(admission.permit, breaker::Outcome::success, good, now);
            }
          }),
          "ns");

    load::BreakerBank bank(choice, load::BreakerScope::client, {load::Endpoint{}}, Random(1));
    now = TimePoint{};
    print(name + " in a bank, acquire and record", nanoseconds_per_operation([&](std::uint64_t n) {
            for (std::uint64_t i = 0; i < n; ++i) {
              now += gap;
              const auto admission = bank.try_acquire(0, now);
              bank.record(0, admission.permit, breaker::Outcome::success, good, now);
            }
          }),
          "ns");

    print(name + " in a bank, has a request leaked",
          nanoseconds_per_operation([&](std::uint64_t n) {
            for (std::uint64_t i = 0; i < n; ++i) {
              keep(bank.passage(load::Leave{.breaker = 0, .spell = i}));
            }
          }),
          "ns");
  }
}

}  // namespace tripcurve::bench
