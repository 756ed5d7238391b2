#include <fmt/format.h>

#include "bench/bench.hpp"

namespace tripcurve::bench {

void print(const std::string& name, Repeats measured, const char* unit) {
  std::ranges::sort(measured);
  fmt::print("{:<52}{:>9.2f} {}  ({:.2f} to {:.2f})\n", name, measured[repeats / 2], unit,
             measured.front(), measured.back());
}

}  // namespace tripcurve::bench

int main() {
  using namespace tripcurve::bench;
#ifndef NDEBUG
  fmt::print("This is a debug build; cmake --preset release gives numbers that mean something.\n");
#endif
  bench_breaker();
  bench_histogram();
  bench_plan();
  bench_replay();
  bench_simulate();
}
