#include "breaker/dialects/yarp_balancer.hpp"

#include <algorithm>
#include <numeric>

namespace tripcurve::breaker {

YarpBalancer::YarpBalancer(std::size_t destinations, YarpAvailability availability,
                           YarpLoadBalancing load_balancing, Random random)
    : availability_(availability),
      load_balancing_(load_balancing),
      random_(random),
      unhealthy_(destinations, false),
      under_way_(destinations, 0),
      available_(destinations) {
  std::iota(available_.begin(), available_.end(), std::size_t{0});
}

void YarpBalancer::set_unhealthy(std::size_t destination, bool unhealthy) {
  unhealthy_[destination] = unhealthy;
  available_.clear();
  for (std::size_t i = 0; i < unhealthy_.size(); ++i) {
    if (!unhealthy_[i]) {
      available_.push_back(i);
    }
  }
  is_any_healthy_ = !available_.empty();
  if (!is_any_healthy_ && availability_ == YarpAvailability::healthy_or_panic) {
    available_.resize(unhealthy_.size());
    std::iota(available_.begin(), available_.end(), std::size_t{0});
  }
}

std::optional<std::size_t> YarpBalancer::begin_call() {
  if (available_.empty()) {
    return std::nullopt;
  }
  const auto destination = available_.size() == 1 ? available_.front() : pick();
  ++under_way_[destination];
  return destination;
}

std::size_t YarpBalancer::pick() {
  switch (load_balancing_) {
    case YarpLoadBalancing::power_of_two_choices:
      return pick_less_busy_of_two();
    case YarpLoadBalancing::round_robin:
      return available_[turn_++ % available_.size()];
    case YarpLoadBalancing::least_requests:
      return *std::ranges::min_element(available_, {},
                                       [&](std::size_t i) { return under_way_[i]; });
    case YarpLoadBalancing::random:
      return draw();
    case YarpLoadBalancing::first_alphabetical:
      break;
  }
  return available_.front();
}

std::size_t YarpBalancer::pick_less_busy_of_two() {
  const auto first = draw();
  auto second = draw();
  while (second == first) {
    second = draw();
  }
  return under_way_[first] <= under_way_[second] ? first : second;
}

std::size_t YarpBalancer::draw() {
  const auto size = static_cast<double>(available_.size());
  return available_[static_cast<std::size_t>(random_.unit() * size)];
}

}  // namespace tripcurve::breaker
