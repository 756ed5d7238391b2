// header-flood: a head that is too long.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter header_flood_parameters[]{
    {"size", Parameter::Type::size, "1MB", "how long the header fields are together"},
};

void apply_header_flood(const Values& values, Exchange& exchange) {
  exchange.delivery.form = Delivery::Form::header_flood;
  exchange.delivery.amount = std::get<std::uint64_t>(values[0]);
}

}  // namespace

const Kind& header_flood_kind() {
  static constexpr Kind kind{
      .word = "header-flood",
      .summary = "answers with a head of a megabyte",
      .effect =
          "The client reads one header field after the other. Most clients give up at 8 KiB to 300 "
          "KiB.",
      .parameters = header_flood_parameters,
      .apply = apply_header_flood,
  };
  return kind;
}

}  // namespace tripcurve::faults
