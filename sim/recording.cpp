#include "sim/recording.hpp"

#include "core/ensure.hpp"

namespace tripcurve::sim {

void Recording::feed(std::span<const RecordedCall> calls) {
  fed_.erase(fed_.begin(), fed_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  fed_.insert(fed_.end(), calls.begin(), calls.end());
}

std::optional<load::RecordedArrival> Recording::next() {
  if (next_ == fed_.size()) {
    ENSURE(is_over_);
    return std::nullopt;
  }
  const auto& call = fed_[next_++];
  while (begun_[place(ordinal_)].is_there) {
    widen();
  }
  begun_[place(ordinal_)] = {call, ordinal_, true};
  ++ordinal_;
  return load::RecordedArrival{.due = call.due, .endpoint = call.endpoint};
}

RecordedCall Recording::take(std::uint64_t ordinal) {
  auto& begun = begun_[place(ordinal)];
  ENSURE(begun.is_there && begun.ordinal == ordinal);
  begun.is_there = false;
  return begun.call;
}

// Breakers that hold calls back hold many.
void Recording::widen() {
  auto old = std::exchange(begun_, std::vector<Begun>(begun_.size() * 2));
  for (auto& begun : old) {
    if (begun.is_there) {
      begun_[place(begun.ordinal)] = begun;
    }
  }
}

}  // namespace tripcurve::sim
