// What a policy keeps from one call to the next, once for each instance: the places of one client
// process are nothing to another.
//
// Not thread-safe, as its policy.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "client/call_facts.hpp"

namespace tripcurve::client {

template <typename State>
class PerInstance {
 public:
  // `make(i)` makes that of the i-th.
  template <typename Make>
  PerInstance(Instances instances, const Make& make) : instances_(std::move(instances)) {
    states_.reserve(instances_.count);
    for (std::uint32_t i = 0; i < instances_.count; ++i) {
      states_.push_back(make(i));
    }
  }

  // That of the instance whose call it is. Stays where it is.
  [[nodiscard]] State& of(std::uint32_t call) {
    return states_.size() == 1 ? states_.front() : states_[instances_.of(call)];
  }

  [[nodiscard]] auto begin() { return states_.begin(); }
  [[nodiscard]] auto end() { return states_.end(); }

 private:
  Instances instances_;
  std::vector<State> states_;
};

}  // namespace tripcurve::client
