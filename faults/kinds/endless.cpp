// endless: a body that never ends.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_endless(const Values& /*values*/, Exchange& exchange) {
  exchange.delivery.framing = Delivery::Framing::chunked;
  exchange.delivery.endless = true;
}

}  // namespace

const Kind& endless_kind() {
  static constexpr Kind kind{
      .word = "endless",
      .summary = "sends a body that never ends, as fast as the client reads it",
      .effect = "The client reads a good head and chunks for ever. bandwidth= slows them down.",
      .parameters = {},
      .apply = apply_endless,
  };
  return kind;
}

}  // namespace tripcurve::faults
