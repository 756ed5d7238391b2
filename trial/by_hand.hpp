// The faults that a person switches on and off by hand while a trial goes on, and when.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "faults/injection.hpp"
#include "faults/plan.hpp"
#include "report/summary.hpp"

namespace tripcurve::trial {

// Thread-safe.
class ByHand {
 public:
  // `injection` is what the upstream asks, and must outlive this.
  explicit ByHand(faults::Injection& injection) : injection_(injection) {}

  // From now on the upstream is as these settings of a phase say; what they do not name is as it
  // normally is. Refuses what faults::read_setting and Injection::set do, settings that are none,
  // and of an upstream that passes on what a service answers, what cannot be done to that.
  [[nodiscard]] std::optional<Error> inject(const faults::Settings& settings,
                                            faults::Plan::Answers answers, TimePoint now);
  // The plan holds again. Does nothing when nothing is injected.
  void clear(TimePoint now);

  // What is injected, as it is written. Empty when nothing is.
  [[nodiscard]] faults::Settings injected() const;

  // That the upstream was sent to another phase.
  void went_to(const std::string& phase, TimePoint now);

  // That the upstream was set back to its beginning.
  void began_anew(TimePoint now);

  // What was done, in order, from the `first`-th on.
  [[nodiscard]] std::vector<report::Intervention> since(std::size_t first) const;

 private:
  faults::Injection& injection_;
  mutable std::mutex mutex_;  // guards interventions_, and keeps them in the order they took effect
  std::vector<report::Intervention> interventions_;
};

}  // namespace tripcurve::trial
