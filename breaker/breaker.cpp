#include "breaker/breaker.hpp"

namespace tripcurve::breaker {

std::string_view name(State state) {
  switch (state) {
    case State::closed:
      return "closed";
    case State::open:
      return "open";
    case State::half_open:
      return "half_open";
    case State::forced_open:
      return "forced_open";
    case State::disabled:
      return "disabled";
  }
  return "unknown";
}

}  // namespace tripcurve::breaker
