// Puts rows in the order in which their calls began. Logs are written when calls end, so a slow
// call's line stands behind those of calls that began after it. A row waits until one is seen that
// began `window` later; one that comes after its turn is late, which is the caller's to judge.
//
// Memory is bounded: at most `most_waiting` rows wait. Rows of one instant stay in the order of
// their lines. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "replay/time_reader.hpp"

namespace tripcurve::replay {

struct Row {
  EpochTime began = 0;
  Duration latency{};
  CallEnd end{};
  std::uint32_t key = 0;  // of the breaker that guards it (replay/keys.hpp)
};

class Reorder {
 public:
  static constexpr std::size_t most_waiting = std::size_t{1} << 22U;

  explicit Reorder(Duration window) : window_(window) {}

  // False if it is late: a row that began later was taken already.
  [[nodiscard]] bool push(const Row& row);

  // Whether the first row's turn has come; all have at the end of the trace.
  [[nodiscard]] bool is_ready() const;
  // The first row. There must be one.
  [[nodiscard]] Row pop();
  [[nodiscard]] bool empty() const { return size() == 0; }

  // When the latest row that was taken began; nothing before the first.
  [[nodiscard]] std::optional<EpochTime> taken() const { return taken_; }

  // When the latest row of all began.
  [[nodiscard]] EpochTime newest() const { return newest_; }

  // How many rows did not come in order.
  [[nodiscard]] std::uint64_t moved() const { return moved_; }
  // Rows were taken early because too many waited.
  [[nodiscard]] bool was_full() const { return was_full_; }

 private:
  struct Early {
    Row row;
    std::uint64_t number = 0;
    friend bool operator>(const Early& a, const Early& b) {
      return a.row.began != b.row.began ? a.row.began > b.row.began : a.number > b.number;
    }
  };

  [[nodiscard]] std::size_t size() const { return in_order_ + early_.size(); }
  [[nodiscard]] const Row& front() const { return ring_[head_]; }
  [[nodiscard]] bool is_early_first() const {
    return !early_.empty() && (in_order_ == 0 || early_.front().row.began < front().began);
  }
  void push_in_order(const Row& row);

  Duration window_;
  EpochTime newest_ = 0;
  std::optional<EpochTime> taken_;
  std::vector<Row> ring_ = std::vector<Row>(1024);  // those that came in order
  std::size_t head_ = 0;
  std::size_t in_order_ = 0;
  std::vector<Early> early_;  // a heap: those that began before the last of these
  std::uint64_t moved_ = 0;
  mutable bool was_full_ = false;
};

}  // namespace tripcurve::replay
