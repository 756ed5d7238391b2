// What policies ask of the calls that go through them: pure functions of the call, so that the same
// seed gives the same answers in every world.
#pragma once

#include <cstdint>
#include <functional>

namespace tripcurve::client {

// Those whose calls go through one machine.
struct Instances {
  std::uint32_t count = 1;
  // Which of these makes a call, counted from 0.
  std::function<std::uint32_t(std::uint32_t call)> of = [](std::uint32_t) {
    return std::uint32_t{0};
  };
  // Its number in the run, where others make their calls through other machines.
  std::function<std::uint32_t(std::uint32_t instance)> number = [](std::uint32_t instance) {
    return instance;
  };
};

struct CallFacts {
  // An even number in [0, 1) for the wait before a call's retry, counted from 0.
  std::function<double(std::uint32_t call, std::uint32_t retry)> draw;
  // Which thing the call asks for, if calls to each endpoint ask for `keys` different ones.
  std::function<std::uint64_t(std::uint32_t call, std::uint64_t keys)> key =
      [](std::uint32_t, std::uint64_t) { return std::uint64_t{0}; };
  Instances instances{};
};

// The number of a thing, of `keys` at each endpoint, for an even draw in [0, 1).
[[nodiscard]] inline std::uint64_t key_of(std::uint32_t endpoint, std::uint64_t keys, double draw) {
  return endpoint * keys + static_cast<std::uint64_t>(draw * static_cast<double>(keys));
}

}  // namespace tripcurve::client
