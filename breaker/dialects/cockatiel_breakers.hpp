// What cockatiel calls breakers: the objects that count results and say when to open. Its policy
// (cockatiel.hpp) decides what is told to them; they know nothing of states.
//
// Rules, read from src/breaker/{ConsecutiveBreaker,CountBreaker,SamplingBreaker}.ts at f475a69 and
// checked against recorded traces; 3.2.1 has the same:
//   ConsecutiveBreaker  failures in a row >= threshold, which can be any number: 0 or 2.5
//   CountBreaker        a ring of `size` results: failures > threshold * total (double, strictly),
//                       once total >= minimumNumberOfCalls
//   SamplingBreaker     max(5, ceil(duration / 1s)) windows of round(duration / their number) ms. A
//                       result that comes when the current one is over turns them by exactly one,
//                       however long ago that was; the new one begins now. The first result ever,
//                       or since a reset, always turns. total >= length of all * (minimumRps /
//                       1000), in double; minimumRps left out or 0 is 5 / threshold
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/call_end.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

class CockatielBreaker {
 public:
  CockatielBreaker() = default;
  CockatielBreaker(const CockatielBreaker&) = delete;
  CockatielBreaker& operator=(const CockatielBreaker&) = delete;
  virtual ~CockatielBreaker() = default;

  virtual void push(bool failure, TimePoint now) = 0;
  virtual void reset() = 0;
  [[nodiscard]] virtual bool trips() const = 0;  // asked after a failure
  [[nodiscard]] virtual std::string cause(CallEnd last) const = 0;
};

struct CockatielBreakerConfig {
  enum class Type : std::uint8_t { consecutive, count, sampling };
  Type type = Type::consecutive;
  double threshold = 0;
  std::uint64_t size = 0;           // count
  std::uint64_t minimum_calls = 0;  // count
  Duration duration{};              // sampling
  double minimum_rps = 0;           // sampling; 0: 5 / threshold

  // Of sampling.
  [[nodiscard]] std::uint64_t windows() const;
  [[nodiscard]] std::int64_t window_ms() const;
  [[nodiscard]] double volume() const;  // so many results are needed
};

[[nodiscard]] std::unique_ptr<CockatielBreaker> make_cockatiel_breaker(
    const CockatielBreakerConfig& config);

}  // namespace tripcurve::breaker
