#include "load/workers.hpp"

#include <algorithm>

#include "core/ensure.hpp"

namespace tripcurve::load {
namespace {

// For the heap's functions, which put the greatest on top.
constexpr auto is_later = [](const auto& one, const auto& other) { return other.is_before(one); };

}  // namespace

Workers::Workers(const LoadPlan& plan, std::uint32_t shard)
    : loop_(std::get<ClosedLoop>(plan.loop)),
      curve_(loop_),
      shard_(shard),
      shards_(plan.shards),
      instances_(plan.instances),
      thoughts_(plan.random.fork("load/think")),
      calls_of_instance_(plan.instances) {
  ENSURE(loop_.pause_after_fail_fast({}) > Duration::zero());
  const auto peak = peak_workers(loop_);
  for (auto worker = shard; worker < peak; worker += shards_) {
    wait(thinking_, worker, TimePoint{});
    calls_of_worker_.push_back(0);
  }
}

TimePoint Workers::next_due() const {
  TimePoint first = never;
  for (const auto* lane : {&thinking_, &pausing_}) {
    if (!lane->empty()) {
      first = std::min(first, lane->front().due);
    }
  }
  return unordered_.empty() ? first : std::min(first, unordered_.front().due);
}

Workers::Turn Workers::take() {
  const auto worker = take_first().worker;
  ++calls_of_worker_[worker / shards_];
  const auto instance = worker % instances_;
  // Each instance goes its own round in each shard, or one that gets every second ordinal would
  // never call every second endpoint.
  return {.worker = worker,
          .instance = instance,
          .ordinal = shard_ + shards_ * calls_++,
          .endpoint = shard_ + calls_of_instance_[instance]++};
}

void Workers::back(std::uint32_t worker, TimePoint now, bool rejected) {
  const auto think = thought(worker, now);
  if (rejected) {
    wait(pausing_, worker, now + loop_.pause_after_fail_fast(think));
  } else {
    wait(thinking_, worker, now + think);
  }
}

std::uint32_t Workers::there_before(TimePoint limit) const {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < calls_of_worker_.size(); ++i) {
    const auto worker = shard_ + static_cast<std::uint32_t>(i) * shards_;
    count += curve_.there_from(worker, TimePoint{}) < limit ? 1U : 0U;
  }
  return count;
}

void Workers::wait(Lane& lane, std::uint32_t worker, TimePoint due) {
  const Waiting waiting{curve_.there_from(worker, due), waits_++, worker};
  if (waiting.due == never) {
    return;  // it has gone for good
  }
  if (lane.empty() || lane.back().due <= waiting.due) {
    lane.push_back(waiting);
  } else {
    unordered_.push_back(waiting);
    std::ranges::push_heap(unordered_, is_later);
  }
}

Workers::Waiting Workers::take_first() {
  const bool from_pause =
      thinking_.empty() || (!pausing_.empty() && pausing_.front().is_before(thinking_.front()));
  auto& lane = from_pause ? pausing_ : thinking_;
  if (!unordered_.empty() && (lane.empty() || unordered_.front().is_before(lane.front()))) {
    std::ranges::pop_heap(unordered_, is_later);
    const auto first = unordered_.back();
    unordered_.pop_back();
    return first;
  }
  ENSURE(!lane.empty());
  const auto first = lane.front();
  lane.pop_front();
  return first;
}

Duration Workers::thought(std::uint32_t worker, TimePoint now) {
  if (loop_.think.is_fixed()) {
    return loop_.think.quantile(0);
  }
  const auto call = calls_of_worker_[worker / shards_];
  return loop_.think.sample(thoughts_.fork(worker).fork(call), {.now = now});
}

}  // namespace tripcurve::load
