#include "faults/worker_pool.hpp"

#include <algorithm>

namespace tripcurve::faults {

WorkerPool::Fate WorkerPool::arrive(const Capacity& capacity, Duration service, TimePoint now) {
  using Kind = Fate::Kind;
  const std::scoped_lock lock(mutex_);
  latest_ = std::max(latest_, now);
  while (free_at_.size() < capacity.workers) {
    free_at_.push(latest_);
  }
  while (free_at_.size() > capacity.workers) {
    free_at_.pop();
  }
  while (!waits_until_.empty() && waits_until_.top() <= latest_) {
    waits_until_.pop();
  }
  const auto begin = std::max(latest_, free_at_.top());
  const bool waits = begin > latest_;
  if (waits && capacity.queue && waits_until_.size() >= *capacity.queue) {
    return {.kind = Kind::full, .after = latest_ - now};
  }
  if (capacity.shed && begin - latest_ > *capacity.shed) {
    waits_until_.push(latest_ + *capacity.shed);
    return {.kind = Kind::shed, .after = latest_ + *capacity.shed - now};
  }
  if (waits) {
    waits_until_.push(begin);
  }
  free_at_.pop();
  free_at_.push(begin + service);
  return {.kind = Kind::served, .after = begin + service - now};
}

}  // namespace tripcurve::faults
