// malformed-chunk: a chunked body that breaks within.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_malformed_chunk(const Values& /*values*/, Exchange& exchange) {
  exchange.delivery.form = Delivery::Form::bad_chunk;
  exchange.delivery.framing = Delivery::Framing::chunked;
  exchange.delivery.extent = {.unit = Extent::Unit::share, .share = 0.5};
  exchange.delivery.ending = Delivery::Ending::closes;
}

}  // namespace

const Kind& malformed_chunk_kind() {
  static constexpr Kind kind{
      .word = "malformed-chunk",
      .summary =
          "breaks a chunked body with a chunk length that is none, and closes the connection",
      .effect =
          "The client reads a good head, half of the body as a chunk, and then zz where the length "
          "of the next chunk should be.",
      .parameters = {},
      .apply = apply_malformed_chunk,
  };
  return kind;
}

}  // namespace tripcurve::faults
