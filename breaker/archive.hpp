// What breakers did as values that parts of shared work keep (shards/values.hpp).
#pragma once

#include "breaker/breaker.hpp"
#include "breaker/totals.hpp"

namespace tripcurve::breaker {

template <typename Archive>
void archive(Archive& archive, Totals& totals) {
  archive(totals.initial_, totals.state_, totals.since_, totals.transitions_, totals.opens_,
          totals.trips_, totals.closes_, totals.spent_);
}

template <typename Archive>
void archive(Archive& archive, Transition& transition) {
  archive(transition.at, transition.from, transition.to, transition.cause);
}

}  // namespace tripcurve::breaker
