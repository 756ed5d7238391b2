#include "faults/worker_pool.hpp"

#include <algorithm>

namespace tripcurve::faults {

WorkerPool::Fate WorkerPool::arrive(const Capacity& capacity, Duration service, TimePoint now,
                                    Duration then) {
  using End = Fate::Kind;
  const std::scoped_lock lock(mutex_);
  come_to(now);
  while (free_at_.size() < capacity.workers) {
    free_at_.push(latest_);
  }
  while (free_at_.size() > capacity.workers) {
    free_at_.pop();
  }
  come_to(now);  // a new worker takes who waits
  const bool newest_first = capacity.order == Capacity::Order::lifo;
  while (!newest_first && !waiting_.empty()) {
    waits_until_.push(free_at_.top());
    serve_newest(free_at_.top());
  }
  const auto begin = std::max(latest_, free_at_.top());
  const bool waits = begin > latest_;
  if (waits && capacity.queue && waits_until_.size() + waiting_.size() >= *capacity.queue) {
    return {.kind = End::full, .after = latest_ - now};
  }
  if (capacity.shed && begin - latest_ > *capacity.shed) {
    waits_until_.push(latest_ + *capacity.shed);
    return {.kind = End::shed, .after = latest_ + *capacity.shed - now};
  }
  if (waits && newest_first) {
    waiting_.push_back({++last_ticket_, service, then});
    return {.kind = End::served, .after = begin + service - now, .ticket = last_ticket_};
  }
  if (waits) {
    waits_until_.push(begin);
  }
  free_at_.pop();
  free_at_.push(begin + service);
  return {.kind = End::served, .after = begin + service - now};
}

Duration WorkerPool::postponed(Ticket ticket, TimePoint now) {
  const std::scoped_lock lock(mutex_);
  come_to(now);
  if (const auto taken = due_.find(ticket); taken != due_.end()) {
    return std::max(Duration{}, taken->second - now);
  }
  const auto waits = std::ranges::lower_bound(waiting_, ticket, {}, &Waiting::ticket);
  if (waits == waiting_.end() || waits->ticket != ticket) {
    return {};  // it was answered before `now`
  }
  return soonest_end(static_cast<std::size_t>(waits - waiting_.begin())) + waits->then - now;
}

// Does what was due by `now`.
void WorkerPool::come_to(TimePoint now) {
  latest_ = std::max(latest_, now);
  while (!waits_until_.empty() && waits_until_.top() <= latest_) {
    waits_until_.pop();
  }
  while (!waiting_.empty() && free_at_.top() <= latest_) {
    serve_newest(free_at_.top());
  }
  while (!by_time_.empty() && by_time_.top().first < latest_) {
    due_.erase(by_time_.top().second);
    by_time_.pop();
  }
}

// By the worker that is free first, which is at `begin`.
void WorkerPool::serve_newest(TimePoint begin) {
  const auto [ticket, service, then] = waiting_.back();
  waiting_.pop_back();
  free_at_.pop();
  free_at_.push(begin + service);
  due_.emplace(ticket, begin + service + then);
  by_time_.emplace(begin + service + then, ticket);
}

// When a worker is done with waiting_[index], if nobody else comes.
TimePoint WorkerPool::soonest_end(std::size_t index) const {
  auto free_at = free_at_;
  for (auto i = waiting_.size(); i-- > index;) {
    const auto end = free_at.top() + waiting_[i].service;
    free_at.pop();
    if (i == index) {
      return end;
    }
    free_at.push(end);
  }
  return latest_;
}

}  // namespace tripcurve::faults
