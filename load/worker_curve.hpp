// Which workers of a closed loop are there when.
//
// A stage is a line of their number. As k6's ramping VUs do (ramping_vus.go, getRawExecutionSteps):
// while the line rises, worker w, counted from zero, comes when the line reaches w + 1; while it
// falls, the worker goes when the line reaches w. So each worker's times are a function of the
// stages alone, and neither the answers nor the number of threads changes them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "load/load_plan.hpp"

namespace tripcurve::load {

class WorkerCurve {
 public:
  explicit WorkerCurve(const ClosedLoop& loop);

  // When that worker is there for the first time, from `now` on: `now` itself if it is there then;
  // `never` if it does not come any more. After the last stage nobody is there.
  [[nodiscard]] TimePoint there_from(std::uint32_t worker, TimePoint now) const;

 private:
  struct Piece {
    TimePoint begin;
    TimePoint end;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };
  struct Stay {
    TimePoint begin;
    TimePoint end;  // no longer there
  };
  [[nodiscard]] static Stay stay(std::uint32_t worker, const Piece& piece);

  std::vector<Piece> pieces_;
};

// The most workers that the loop ever has.
[[nodiscard]] std::uint32_t peak_workers(const ClosedLoop& loop);

}  // namespace tripcurve::load
