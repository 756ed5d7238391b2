// hang: nothing more comes, ever.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter hang_parameters[]{
    {"at", Parameter::Type::extent, "start", "how far the answer gets before that"},
};

void apply_hang(const Values& values, Exchange& exchange) {
  const auto& extent = std::get<Extent>(values[0]);
  if (extent.unit == Extent::Unit::nothing) {
    exchange.fate = Fate::hang;
    return;
  }
  exchange.delivery.extent = extent;
  exchange.delivery.ending = Delivery::Ending::stalls;
}

}  // namespace

const Kind& hang_kind() {
  static constexpr Kind kind{
      .word = "hang",
      .summary = "sends nothing more until the client gives up, from the start or midway",
      .effect =
          "The client waits until its own timeout. A hang after the head has been an answer to "
          "everything that judges by the status.",
      .parameters = hang_parameters,
      .apply = apply_hang,
  };
  return kind;
}

}  // namespace tripcurve::faults
