// slow-close: the end of the connection, which ends the body, comes late.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter slow_close_parameters[]{
    {"after", Parameter::Type::duration, "2s", "how long the end comes after the last byte"},
};

void apply_slow_close(const Values& values, Exchange& exchange) {
  exchange.delivery.framing = Delivery::Framing::until_close;
  exchange.delivery.linger = std::get<Duration>(values[0]);
  exchange.delivery.ending = Delivery::Ending::closes;
}

}  // namespace

const Kind& slow_close_kind() {
  static constexpr Kind kind{
      .word = "slow-close",
      .summary = "ends the body by closing the connection, and does so late",
      .effect =
          "The client reads the whole body at once. It has no Content-Length, so that only the end "
          "of the connection tells that it was all.",
      .parameters = slow_close_parameters,
      .apply = apply_slow_close,
  };
  return kind;
}

}  // namespace tripcurve::faults
