// half-close: the upstream closes its side and listens on.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_half_close(const Values& /*values*/, Exchange& exchange) {
  exchange.delivery.ending = Delivery::Ending::half_closes;
}

}  // namespace

const Kind& half_close_kind() {
  static constexpr Kind kind{
      .word = "half-close",
      .summary = "answers well, ends its side of the connection, and listens on",
      .effect =
          "The answer is complete, and then the client reads the end of the connection. Requests "
          "that it still sends there are taken and never answered.",
      .parameters = {},
      .not_simulated = "in virtual time there are no connections that could be used again",
      .apply = apply_half_close,
  };
  return kind;
}

}  // namespace tripcurve::faults
