// Writes down what is seen, on the threads of the load and of the upstream. Thread-safe, all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "through/seen.hpp"

namespace tripcurve::through {

class Log {
 public:
  // A call goes out; returns what it is ended by.
  [[nodiscard]] std::size_t sent(std::uint64_t number, TimePoint now);
  void ended(std::size_t call, CallEnd end, bool good, TimePoint now);

  // A request arrives at a dependency; returns what is told when it is over.
  [[nodiscard]] std::size_t arrived(Arrival arrival);
  void over(std::size_t arrival, TimePoint now);

  // A dependency takes no connections from now on; returns what that is ended by.
  [[nodiscard]] std::size_t shut(std::uint32_t dependency, TimePoint now);
  void opened(std::size_t shut, TimePoint now);

  // A copy, in order of time. Threads read their clocks before they get to write, so what was seen
  // moments before it may be missing.
  [[nodiscard]] Seen seen() const;

 private:
  mutable std::mutex mutex_;  // guards seen_
  Seen seen_;
};

}  // namespace tripcurve::through
