#include "faults/limiter.hpp"

#include <cstddef>
#include <cstdint>

namespace tripcurve::faults {

Treatment Limiter::limited(const Treatment& action, TimePoint now) {
  const std::size_t phase = action.phase;
  const auto& limit = plan_.limit(phase);
  if (action.item != Treatment::served || !limit.limits()) {
    return action;
  }
  auto& bucket = buckets_[plan_.phases()[phase].limit ? phase + 1 : 0];
  if (bucket.take(limit, now)) {
    return action;
  }
  return {Decision{.status = limit.status,
                   .phase = action.phase,
                   .item = static_cast<std::uint16_t>(plan_.kinds(phase).size() - 1),
                   .place = action.place,
                   .overruled = true}};
}

}  // namespace tripcurve::faults
