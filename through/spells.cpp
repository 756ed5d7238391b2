#include "through/spells.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/plural.hpp"

namespace tripcurve::through {
namespace {

using breaker::State;

class Watch {
 public:
  Watch(const Seen& seen, const Patience& patience) : seen_(seen), patience_(patience) {}

  void note(const Verdict& verdict) {
    if (verdict.kind == Verdict::Kind::out) {
      out(verdict);
    } else if (verdict.kind == Verdict::Kind::withheld) {
      withheld(verdict);
    }
  }

  [[nodiscard]] std::vector<Change> changes() && { return std::move(changes_); }

 private:
  // Calls in a row of one kind: how many, and when the first of them was decided at the latest.
  struct Row {
    std::uint64_t count = 0;
    TimePoint first_decided{};
    void add(TimePoint decided) {
      if (count++ == 0) {
        first_decided = decided;
      }
    }
  };

  void out(const Verdict& verdict) {
    switch (state_) {
      case State::open:
        if (verdict.from < opened_by_) {
          return;  // it may have been let out before the breaker opened
        }
        enter(State::half_open, {last_withheld_, verdict.decided}, "a call went out again");
        [[fallthrough]];
      case State::half_open:
        note_probe(verdict);
        // What a half-open breaker lets out before it has heard of the first is no sign.
        if (first_probe_end_ <= verdict.from) {
          outs_.add(verdict.decided);
        }
        if (outs_.count >= patience_.out) {
          const auto earliest =
              others_withhold() ? first_probe_ : std::max(last_withheld_, first_probe_);
          enter(State::closed, {earliest, verdict.decided},
                fmt::format("{} {}", count_of(outs_.count, "call"),
                            others_withhold() ? "went out, and few were withheld in between"
                                              : "in a row went out, and none was withheld"));
        }
        break;
      case State::closed:
      case State::forced_open:
      case State::disabled:
        break;
    }
    last_out_ = std::max(last_out_, verdict.from);
    last_out_end_ = std::max(last_out_end_, seen_.calls[verdict.call].ended);
    row_ = {};
  }

  void withheld(const Verdict& verdict) {
    if (state_ == State::half_open) {
      // One that a half-open breaker had no place for says only that it was not closed; one that a
      // cache may have answered says nothing alone.
      if (!others_withhold() || ++held_between_ > usual_between()) {
        outs_ = {};
        held_between_ = 0;
      }
      if (verdict.from < last_probe_end_) {
        last_withheld_ = std::max(last_withheld_, verdict.from);
        return;
      }
    }
    row_.add(verdict.decided);
    const bool answered = state_ == State::half_open && probes_answered_;
    if (state_ != State::open && row_.count >= (answered ? patience_.again : patience_.withheld)) {
      // A cache may have answered the first of them while the breaker still waited for its last
      // answer.
      opened_by_ = others_withhold()
                       ? std::clamp(last_out_end_, row_.first_decided, verdict.decided)
                       : row_.first_decided;
      enter(State::open, {last_out_, opened_by_},
            row_.count == 1
                ? "a call was answered that did not go out"
                : fmt::format("{} calls in a row were answered, and none went out", row_.count));
    }
    last_withheld_ = std::max(last_withheld_, verdict.from);
  }

  // Calls are withheld even while all is well.
  [[nodiscard]] bool others_withhold() const { return patience_.again > 1; }

  // So many calls at most are withheld in between when the breaker is closed.
  [[nodiscard]] std::uint64_t usual_between() const {
    const auto expected = patience_.withheld_per_out * static_cast<double>(outs_.count + 1);
    return 3 + static_cast<std::uint64_t>(2 * expected);
  }

  void note_probe(const Verdict& verdict) {
    const auto& call = seen_.calls[verdict.call];
    if (probes_.empty()) {
      first_probe_ = verdict.decided;
      first_probe_end_ = call.ended;
    }
    last_probe_end_ = std::max(last_probe_end_, call.ended);
    // Where nobody waited for the answer, the service may still do so.
    probes_answered_ = probes_answered_ && call.end && call.end->kind() == CallEnd::Kind::answer;
    std::uint32_t at_once = 1;
    for (const auto& [from, until] : probes_) {
      at_once += verdict.decided < until ? 1U : 0U;
    }
    most_probes_ = std::max(most_probes_, at_once);
    probes_.emplace_back(verdict.decided, call.ended);
    if (verdict.from < first_probe_end_) {
      early_ = {static_cast<std::uint32_t>(probes_.size()), most_probes_};
    }
  }

  void enter(State next, Bounds when, std::string cause) {
    when.earliest = std::clamp(when.earliest, TimePoint{}, when.latest);
    if (!changes_.empty()) {
      when.latest = std::max(when.latest, changes_.back().when.latest);
      when.earliest = std::max(when.earliest, changes_.back().when.earliest);
    }
    // Once the first was answered, the breaker may have been closed, and what went out no trial.
    const auto [probes, most] =
        next == State::closed ? early_
                              : std::pair(static_cast<std::uint32_t>(probes_.size()), most_probes_);
    changes_.push_back({state_, next, when, std::move(cause), probes, most});
    state_ = next;
    probes_.clear();
    most_probes_ = 0;
    early_ = {};
    outs_ = {};
    held_between_ = 0;
    row_ = {};
    last_probe_end_ = {};
    probes_answered_ = true;
  }

  const Seen& seen_;
  const Patience& patience_;
  State state_ = State::closed;
  std::vector<Change> changes_;
  Row row_;                         // withheld
  Row outs_;                        // of a half-open breaker
  std::uint64_t held_between_ = 0;  // withheld meanwhile
  TimePoint opened_by_{};
  TimePoint last_out_{};       // when the last call was sent that went out
  TimePoint last_out_end_{};   // when the last of these was answered
  TimePoint last_withheld_{};  // when the last call was sent that was withheld
  TimePoint first_probe_{};    // when it arrived
  TimePoint first_probe_end_{};
  TimePoint last_probe_end_{};
  bool probes_answered_ = true;                          // all of them
  std::vector<std::pair<TimePoint, TimePoint>> probes_;  // of this half_open: arrival and end
  std::uint32_t most_probes_ = 0;
  std::pair<std::uint32_t, std::uint32_t> early_{};  // these two, before the first was answered
};

}  // namespace

std::vector<Change> changes(const Seen& seen, const Verdicts& verdicts, const Patience& patience) {
  Watch watch(seen, patience);
  for (const auto& verdict : verdicts.all) {
    watch.note(verdict);
  }
  return std::move(watch).changes();
}

}  // namespace tripcurve::through
