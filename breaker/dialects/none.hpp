// none: no breaker at all, the control of an experiment.
#pragma once

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

class None final : public Breaker {
 public:
  [[nodiscard]] Admission try_acquire(TimePoint now) override { return admit(now); }
  std::string_view record(const Permit& /*permit*/, Outcome /*outcome*/, CallEnd /*end*/,
                          TimePoint /*now*/) override {
    return {};
  }
};

[[nodiscard]] const Dialect& none_dialect();

}  // namespace tripcurve::breaker
