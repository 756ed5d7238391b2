// malformed-head: a status line that is none.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_malformed_head(const Values& /*values*/, Exchange& exchange) {
  exchange.delivery.form = Delivery::Form::bad_head;
  exchange.delivery.ending = Delivery::Ending::closes;
}

}  // namespace

const Kind& malformed_head_kind() {
  static constexpr Kind kind{
      .word = "malformed-head",
      .summary = "answers with a status line that is none, and closes the connection",
      .effect =
          "The client reads HTTP/1.1 2xx, a word where the status should be, and header fields "
          "after it.",
      .parameters = {},
      .replaces = true,
      .apply = apply_malformed_head,
  };
  return kind;
}

}  // namespace tripcurve::faults
