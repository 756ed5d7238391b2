// The phases of an experiment: who is when, and in which of them something is wrong on purpose.
//
// Faults, load, report and live all read the same timetable, so "the outage" means the same
// stretch of time everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace tripcurve {

struct Phase {
  std::string name;
  TimePoint begin;
  TimePoint end;       // not part of the phase
  bool fault = false;  // worse than the upstream's normal behaviour
};

// An unbroken stretch of faulty phases: what "since the fault began" counts from.
struct FaultWindow {
  TimePoint begin;
  TimePoint end;
};

class Timetable {
 public:
  // `phases` follow each other without a gap, from time zero; at least one.
  explicit Timetable(std::vector<Phase> phases);

  [[nodiscard]] const std::vector<Phase>& phases() const { return phases_; }
  [[nodiscard]] const std::vector<FaultWindow>& faults() const { return faults_; }
  [[nodiscard]] TimePoint end() const { return phases_.back().end; }

  // The phase at `now`; before the first it is the first, after the last the last.
  [[nodiscard]] std::size_t index_at(TimePoint now) const {
    std::size_t i = 0;
    for (const auto* phase = phases_.data(); phase != &phases_.back() && phase->end <= now;
         ++phase) {
      ++i;
    }
    return i;
  }

  // The fault window that `now` lies in, or the last one that is over; nullptr before the first.
  [[nodiscard]] const FaultWindow* latest_fault(TimePoint now) const;

 private:
  std::vector<Phase> phases_;
  std::vector<FaultWindow> faults_;
};

}  // namespace tripcurve
