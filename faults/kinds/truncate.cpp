// truncate: the connection is closed within the body.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter truncate_parameters[]{
    {"at", Parameter::Type::extent, "50%", "how much of the body is sent"},
};

void apply_truncate(const Values& values, Exchange& exchange) {
  exchange.delivery.extent = std::get<Extent>(values[0]);
  exchange.delivery.ending = Delivery::Ending::closes;
  if (exchange.delivery.extent.unit == Extent::Unit::nothing) {
    exchange.fate = Fate::empty;
  }
}

}  // namespace

const Kind& truncate_kind() {
  static constexpr Kind kind{
      .word = "truncate",
      .summary = "closes the connection within the body, short of its Content-Length",
      .effect =
          "The client reads the head and a part of the body, and then the end of the connection.",
      .parameters = truncate_parameters,
      .apply = apply_truncate,
  };
  return kind;
}

}  // namespace tripcurve::faults
