#include "sim/playback.hpp"

#include <algorithm>
#include <utility>

#include "core/ensure.hpp"
#include "sim/instants.hpp"

namespace tripcurve::sim {

struct Playback::Running {
  Running(const load::LoadPlan& load, load::BreakerBank& bank, Recording& recording)
      : instant(load, bank, recording) {}

  Instants<Recording> instant;
  TimePoint now{};
};

Playback::Playback(load::LoadPlan load, load::BreakerBank& bank, Rejected rejected)
    : load_(std::move(load)),
      bank_(bank),
      rejected_(std::move(rejected)),
      nothing_(load_.timetable.phases().size(), load_.endpoints.size()) {
  ENSURE(load_.shards == 1);
  load_.loop = load::Recorded{&recording_};
  load_.would_succeed = [this](const load::LoadPlan::Kept& kept, TimePoint) {
    const auto call = recording_.reject(kept.ordinal);
    rejected_(call);
    return load_.caller.of(call.end) == Outcome::success;
  };
}

Playback::~Playback() = default;

void Playback::play(std::span<const RecordedCall> calls) {
  if (calls.empty()) {
    return;
  }
  recording_.feed(calls);
  if (!running_) {
    running_ = std::make_unique<Running>(load_, bank_, recording_);
  }
  play_before(calls.back().due);
}

void Playback::end() {
  recording_.end();
  if (running_) {
    play_before(never);
  }
}

void Playback::play_before(TimePoint limit) {
  auto& instant = running_->instant;
  while (!instant.engine().done()) {
    const auto next = instant.next();
    if (next >= limit) {
      return;
    }
    running_->now = std::max(running_->now, next);
    instant.play(running_->now, [](const load::Attempt&, TimePoint) {});
  }
}

TimePoint Playback::now() const { return running_ ? running_->now : TimePoint{}; }

const load::Tally& Playback::tally() const {
  return running_ ? running_->instant.engine().tally() : nothing_;
}

}  // namespace tripcurve::sim
