// reset: the connection is reset, with a real RST.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter reset_parameters[]{
    {"at", Parameter::Type::extent, "start", "how far the answer gets before that"},
};

void apply_reset(const Values& values, Exchange& exchange) {
  const auto& extent = std::get<Extent>(values[0]);
  if (extent.unit == Extent::Unit::nothing) {
    exchange.fate = Fate::reset;
    return;
  }
  exchange.delivery.extent = extent;
  exchange.delivery.ending = Delivery::Ending::resets;
}

}  // namespace

const Kind& reset_kind() {
  static constexpr Kind kind{
      .word = "reset",
      .summary = "resets the connection (RST), before, after or within the answer",
      .effect = "The client reads what was sent before, and then ECONNRESET.",
      .parameters = reset_parameters,
      .apply = apply_reset,
  };
  return kind;
}

}  // namespace tripcurve::faults
