#include "faults/limiter.hpp"

#include <cstddef>
#include <cstdint>

namespace tripcurve::faults {

Treatment Limiter::limited(const Plan& plan, const Treatment& action, TimePoint now) {
  const std::size_t phase = action.phase;
  const auto& limit = plan.limit(phase);
  if (action.item != Treatment::served || !limit.limits()) {
    return action;
  }
  auto& bucket = buckets_[plan.phases()[phase].limit ? phase + 1 : 0];
  if (bucket.take(limit, now)) {
    return action;
  }
  return {Decision{.status = limit.status,
                   .phase = action.phase,
                   .item = static_cast<std::uint16_t>(plan.kinds(phase).size() - 1),
                   .place = action.place},
          {},
          0,
          limited_kind};
}

}  // namespace tripcurve::faults
