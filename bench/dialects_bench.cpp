// What one call pays for its breaker, in the way that bench/dialects/run compares with the library
// that the dialect emulates: on the wall's clock, by one thread and by two that share the breaker.
//
// Usage: bench_dialects CHOICE, such as gobreaker,Interval=10s. Prints lines "case threads ns":
//   call        leave and success, the caller knowing the time, as the load generator does
//   call+clock  the same, with a reading of the clock before each of the two
//   rejected    leave refused by the open breaker; not for what does not open by failures

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/bench.hpp"
#include "breaker/registry.hpp"
#include "load/breaker_bank.hpp"

namespace tripcurve::bench {
namespace {

using WallClock = std::chrono::steady_clock;

constexpr CallEnd good{CallEnd::Kind::answer, 200};
constexpr CallEnd bad{CallEnd::Kind::answer, 503};
constexpr auto long_enough = std::chrono::milliseconds(20);
constexpr auto about_a_call = std::chrono::nanoseconds(10);  // so that time goes on as it does

// How long `threads` take for `work(n)` each.
template <typename Work>
Duration time_of(unsigned threads, std::uint64_t n, Work work) {
  const auto start = WallClock::now();
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) {
      others.emplace_back([=] { work(n); });
    }
    work(n);
  }
  return WallClock::now() - start;
}

template <typename Work>
void measure(std::string_view what, unsigned threads, Work work) {
  std::uint64_t n = 1;
  // Twice, because one hiccup of the machine is as long.
  while (std::min(time_of(threads, n, work), time_of(threads, n, work)) < long_enough) {
    n *= 2;
  }
  Repeats all;
  for (auto& one : all) {
    one = static_cast<double>(time_of(threads, n, work).count()) / static_cast<double>(n);
  }
  std::ranges::sort(all);
  fmt::print("{} {} {:.2f}\n", what, threads, all[repeats / 2]);
}

// One breaker, as the load generator has it.
class Subject {
 public:
  explicit Subject(const breaker::Choice& choice)
      : bank_(choice, load::BreakerScope::client, {load::Endpoint{}}, Random(1)) {}

  breaker::Admission ask(TimePoint now) {
    if (bank_.next_tick() <= now) {
      bank_.tick(now);
    }
    return bank_.try_acquire(0, now);
  }
  void tell(const breaker::Permit& permit, breaker::Outcome outcome, TimePoint now) {
    bank_.record(0, permit, outcome, outcome == breaker::Outcome::success ? good : bad, now);
  }

 private:
  load::BreakerBank bank_;
};

void bench_calls(const breaker::Choice& choice, unsigned threads) {
  const auto now = [start = WallClock::now()] { return TimePoint{} + (WallClock::now() - start); };

  Subject told(choice);
  measure("call", threads, [&](std::uint64_t n) {
    TimePoint known = now();
    for (std::uint64_t i = 0; i < n; ++i) {
      known += about_a_call;
      told.tell(told.ask(known).permit, breaker::Outcome::success, known);
    }
  });

  Subject clocked(choice);
  measure("call+clock", threads, [&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto permit = clocked.ask(now()).permit;
      clocked.tell(permit, breaker::Outcome::success, now());
    }
  });
}

// The time at which it rejects, after failures in quick succession.
std::optional<TimePoint> open(Subject& subject) {
  TimePoint now{};
  for (int i = 0; i < 10'000; ++i) {
    now += std::chrono::milliseconds(1);
    const auto admission = subject.ask(now);
    if (admission.answer == breaker::Admission::Answer::rejected) {
      return now;
    }
    subject.tell(admission.permit, breaker::Outcome::failure, now);
  }
  return std::nullopt;
}

void bench_rejections(const breaker::Choice& choice) {
  Subject subject(choice);
  if (const auto opened = open(subject)) {
    measure("rejected", 1, [&subject, now = *opened](std::uint64_t n) {
      for (std::uint64_t i = 0; i < n; ++i) {
        keep(subject.ask(now));
      }
    });
  }
}

}  // namespace
}  // namespace tripcurve::bench

int main(int argc, char** argv) {
  using namespace tripcurve;
  const auto choice = breaker::parse_choice(argc == 2 ? argv[1] : "");
  if (!choice) {
    fmt::print(stderr, "{}; usage: bench_dialects CHOICE\n", choice.error().message);
    return 2;
  }
  for (const unsigned threads : {1U, 2U}) {
    bench::bench_calls(*choice, threads);
  }
  bench::bench_rejections(*choice);
}
