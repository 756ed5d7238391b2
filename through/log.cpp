#include "through/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tripcurve::through {

std::size_t Log::sent(std::uint64_t number, TimePoint now) {
  const std::scoped_lock lock(mutex_);
  seen_.calls.push_back({.number = number, .sent = now});
  return seen_.calls.size() - 1;
}

void Log::ended(std::size_t call, CallEnd end, bool good, TimePoint now) {
  const std::scoped_lock lock(mutex_);
  auto& one = seen_.calls[call];
  one.ended = now;
  one.end = end;
  one.good = good;
}

std::size_t Log::arrived(Arrival arrival) {
  const std::scoped_lock lock(mutex_);
  arrival.over = never;
  seen_.arrivals.push_back(std::move(arrival));
  return seen_.arrivals.size() - 1;
}

void Log::over(std::size_t arrival, TimePoint now) {
  const std::scoped_lock lock(mutex_);
  seen_.arrivals[arrival].over = now;
}

std::size_t Log::shut(std::uint32_t dependency, TimePoint now) {
  const std::scoped_lock lock(mutex_);
  seen_.shut.push_back({.from = now, .dependency = dependency});
  return seen_.shut.size() - 1;
}

void Log::opened(std::size_t shut, TimePoint now) {
  const std::scoped_lock lock(mutex_);
  seen_.shut[shut].until = now;
}

Seen seen_at(const Seen& seen, std::uint32_t dependency) {
  Seen part{.calls = seen.calls};
  std::ranges::copy_if(seen.arrivals, std::back_inserter(part.arrivals),
                       [&](const Arrival& one) { return one.dependency == dependency; });
  std::ranges::copy_if(seen.shut, std::back_inserter(part.shut),
                       [&](const Shut& one) { return one.dependency == dependency; });
  return part;
}

Seen Log::seen() const {
  Seen copy;
  {
    const std::scoped_lock lock(mutex_);
    copy = seen_;
  }
  std::ranges::stable_sort(copy.calls, {}, &Call::sent);
  std::ranges::stable_sort(copy.arrivals, {}, &Arrival::at);
  std::ranges::stable_sort(copy.shut, {}, &Shut::from);
  return copy;
}

}  // namespace tripcurve::through
