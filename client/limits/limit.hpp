// A limit of how many calls may be under way at once, learned from how long those before them took.
//
// Each algorithm is a file of its own in this folder and says which library's it is. The policy
// (client/policies/adaptive.hpp) keeps to the limit and makes a sample of every call that ends.
//
// Not thread-safe. Times never run backwards.
#pragma once

#include <cstdint>
#include <functional>

#include "core/time.hpp"

namespace tripcurve::client {

// A call that was inside and has ended.
struct LimitSample {
  TimePoint began{};            // when it had its place
  Duration rtt{};               // from then to its end; more than zero
  std::uint32_t in_flight = 0;  // that were inside when it began, itself among them
  bool dropped = false;         // turned away or timed out: a sign of overload
};

class Limit {
 public:
  // An even number in [0, 1), where an algorithm wants chance.
  using Draw = std::function<double()>;

  Limit() = default;
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
  virtual ~Limit() = default;

  // How many may be inside at `now`. What time alone changes has happened by then.
  [[nodiscard]] virtual std::uint32_t at(TimePoint now) = 0;

  // It ends at `began + rtt`, which is now.
  virtual void sample(const LimitSample& sample) = 0;
};

}  // namespace tripcurve::client
