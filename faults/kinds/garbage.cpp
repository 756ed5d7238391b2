// garbage: bytes that are no HTTP.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter garbage_parameters[]{
    {"size", Parameter::Type::size, "64B", "how many bytes"},
};

void apply_garbage(const Values& values, Exchange& exchange) {
  exchange.delivery.form = Delivery::Form::garbage;
  exchange.delivery.amount = std::get<std::uint64_t>(values[0]);
  exchange.delivery.ending = Delivery::Ending::closes;
}

}  // namespace

const Kind& garbage_kind() {
  static constexpr Kind kind{
      .word = "garbage",
      .summary = "sends bytes that are no HTTP in place of an answer, and closes the connection",
      .effect =
          "The client reads noise. It ends with an empty line, so that it cannot be taken for a "
          "head that is still coming.",
      .parameters = garbage_parameters,
      .replaces = true,
      .apply = apply_garbage,
  };
  return kind;
}

}  // namespace tripcurve::faults
