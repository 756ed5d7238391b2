// The metrics of several runs of one experiment: the smallest, the middle and the largest value of
// each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "expect/expectation.hpp"
#include "expect/metrics.hpp"
#include "report/summary.hpp"

namespace tripcurve::expect {

// Every metric over the whole run, and those that the expectations narrow to a scope.
class Spreads {
 public:
  explicit Spreads(std::span<const Expectation> expectations);

  // What one run has of each of them, or nothing. Empty of a run that was not completed, which
  // counts for nothing: its numbers are of a part of a run. Of several values of one metric (of its
  // breakers, of its faults) the worst counts. Thread-safe, if nothing is added meanwhile.
  using Sample = std::vector<std::optional<double>>;
  [[nodiscard]] Sample sample_of(const report::Summary& summary) const;
  [[nodiscard]] std::size_t size() const { return subjects_.size(); }

  void add(const Sample& sample);

  // In the order they are listed; without those that had a value in no run.
  [[nodiscard]] std::vector<report::Repeats::Spread> take() const;

 private:
  struct Subject {
    NamedMetric named;
    report::Scope scope{};
    std::vector<double> values{};
  };
  void add_subject(const NamedMetric& named, const report::Scope& scope);

  std::vector<Subject> subjects_;
  std::uint64_t completed_ = 0;
};

}  // namespace tripcurve::expect
