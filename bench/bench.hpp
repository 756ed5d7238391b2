// Times small pieces of work: runs each for a while, several times, and prints the median. The
// spread beside it tells how much to trust it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>

namespace tripcurve::bench {

// Makes the compiler believe that `value` is looked at.
template <typename T>
inline void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// Seconds of its own processor time that this thread spends in `work()`, which a busy machine
// disturbs less than the time on the wall.
template <typename Work>
double seconds(Work work) {
  const auto spent = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const double before = spent();
  work();
  return spent() - before;
}

inline constexpr std::size_t repeats = 7;
using Repeats = std::array<double, repeats>;

// Nanoseconds per operation, once per repeat. `work(n)` does n of them.
template <typename Work>
Repeats nanoseconds_per_operation(Work work) {
  std::uint64_t count = 1;
  double taken = 0;
  while ((taken = seconds([&] { work(count); })) < 0.05) {
    count *= 2;
  }
  Repeats all;
  for (auto& one : all) {
    one = seconds([&] { work(count); }) * 1e9 / static_cast<double>(count);
  }
  return all;
}

// Prints "name  median unit  (least to most)".
void print(const std::string& name, Repeats measured, const char* unit);

// One file each.
void bench_breaker();
void bench_histogram();
void bench_plan();
void bench_replay();
void bench_simulate();

}  // namespace tripcurve::bench
