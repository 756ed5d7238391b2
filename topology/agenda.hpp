// Which of several has something to do first, without asking all of them: a tournament of their
// times.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::topology {

class Agenda {
 public:
  // `count` members, numbered from 0, none of which has anything to do.
  explicit Agenda(std::size_t count)
      : leaves_(std::bit_ceil(std::max<std::size_t>(count, 1))), due_(2 * leaves_, never) {}

  void set(std::size_t member, TimePoint due) {
    auto place = leaves_ + member;
    due_[place] = due;
    while (place > 1 && due_[place / 2] != std::min(due_[place], due_[place ^ 1U])) {
      due_[place / 2] = std::min(due_[place], due_[place ^ 1U]);
      place /= 2;
    }
  }

  // When the first has something to do; `never` if none has.
  [[nodiscard]] TimePoint next() const { return due_[1]; }

  // Which that is; of several the one with the lowest number.
  [[nodiscard]] std::size_t first() const {
    std::size_t place = 1;
    while (place < leaves_) {
      place = 2 * place + (due_[2 * place] == due_[1] ? 0 : 1);
    }
    return place - leaves_;
  }

 private:
  std::size_t leaves_;
  std::vector<TimePoint> due_;  // place 1 is the winner; 2i and 2i + 1 play for place i
};

}  // namespace tripcurve::topology
