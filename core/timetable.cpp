#include "core/timetable.hpp"

#include <utility>

#include "core/ensure.hpp"

namespace tripcurve {

Timetable::Timetable(std::vector<Phase> phases) : phases_(std::move(phases)) {
  ENSURE(!phases_.empty());
  TimePoint begin{};
  for (const auto& phase : phases_) {
    ENSURE(phase.begin == begin && phase.begin < phase.end);
    if (phase.fault) {
      if (!faults_.empty() && faults_.back().end == phase.begin) {
        faults_.back().end = phase.end;
      } else {
        faults_.push_back({phase.begin, phase.end});
      }
    }
    begin = phase.end;
  }
}

const FaultWindow* Timetable::latest_fault(TimePoint now) const {
  const FaultWindow* latest = nullptr;
  for (const auto& window : faults_) {
    if (window.begin <= now) {
      latest = &window;
    }
  }
  return latest;
}

}  // namespace tripcurve
