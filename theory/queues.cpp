#include "theory/queues.hpp"

#include <cmath>

namespace tripcurve::theory {

double erlang_b(double load, std::uint64_t servers) {
  double blocked = 1;
  for (std::uint64_t i = 1; i <= servers; ++i) {
    blocked = load * blocked / (static_cast<double>(i) + load * blocked);
  }
  return blocked;
}

double erlang_c(double load, std::uint64_t servers) {
  const double blocked = erlang_b(load, servers);
  return blocked / (1 - load / static_cast<double>(servers) * (1 - blocked));
}

double wait_in_line(double load, std::uint64_t servers) {
  return erlang_c(load, servers) / (static_cast<double>(servers) - load);
}

double length_of_line(double load, std::uint64_t servers) {
  return load * wait_in_line(load, servers);
}

double wait_for_one(double load, double variation) {
  return load / (1 - load) * (1 + variation * variation) / 2;
}

double lognormal_variation(double sigma) { return std::sqrt(std::expm1(sigma * sigma)); }

}  // namespace tripcurve::theory
