// Turns away what is above the limit of the moment. Of one stream of requests: faults::Injector has
// one for those that arrive, and one for those that would if no breaker kept any back.
//
// The limit is asked last, and only for a request that would be served: so the draws hit the same
// requests with and without a limit, and what fails anyway takes nothing from those that could be
// served. A request that is turned away is answered at once.
//
// A phase that names its own limit starts with all of its burst, and when the phases begin anew
// with what has come back of it; the normal limit goes on where it was, through all phases that
// name none.
#pragma once

#include <vector>

#include "core/time.hpp"
#include "faults/plan.hpp"

namespace tripcurve::faults {

// Thread-safe.
class Limiter {
 public:
  explicit Limiter(const Plan& plan) : buckets_(plan.phases().size() + 1) {}

  // `action`, which `plan` has decided for a request that arrives at `now`, or what its limit makes
  // of it. Another plan than the limiter's must have the same normal limit, and no other.
  [[nodiscard]] Treatment limited(const Plan& plan, const Treatment& action, TimePoint now);

 private:
  std::vector<Bucket> buckets_;  // the normal limit's, and then by phase that of its own
};

}  // namespace tripcurve::faults
