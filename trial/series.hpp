// An experiment that is run several times, with one seed after the other, and what came of it. The
// runs may be made in any order and anywhere; they are taken in the order of their seeds, so that
// the outcome is the same.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "expect/spread.hpp"
#include "report/summary.hpp"
#include "trial/trial.hpp"

namespace tripcurve::trial {

class Series {
 public:
  // All must outlive it.
  Series(const experiment::Experiment& experiment, const Judging& judging, const Origin& origin);

  // Run i of judging.repeat, counted from 0.
  [[nodiscard]] experiment::Experiment run(std::uint64_t i) const;

  // What came of the next one. False when no further makes sense. `sample`: sample_of() it, where
  // that is known already, as it is when the summary was read from a file and has lost it.
  bool take(report::Summary summary);
  bool take(report::Summary summary, const expect::Spreads::Sample& sample);

  // What the spreads of the outcome are made of; as expect::Spreads'.
  [[nodiscard]] expect::Spreads::Sample sample_of(const report::Summary& summary) const {
    return spreads_.sample_of(summary);
  }
  [[nodiscard]] std::size_t sample_size() const { return spreads_.size(); }

  // The run that is worth showing, which is the first that did not pass, with what came of all that
  // were taken; at least one.
  [[nodiscard]] report::Summary outcome();

 private:
  const experiment::Experiment& experiment_;
  const Judging& judging_;
  const Origin& origin_;
  std::optional<report::Summary> shown_;
  report::Repeats repeats_;
  expect::Spreads spreads_;
};

}  // namespace tripcurve::trial
