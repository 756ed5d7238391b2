// tls-reset: the connection is reset within the handshake.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_tls_reset(const Values& /*values*/, Exchange& exchange) {
  exchange.opening.end = Opening::End::failed;
}

}  // namespace

const Kind& tls_reset_kind() {
  static constexpr Kind kind{
      .word = "tls-reset",
      .summary = "resets the connection (RST) when its TLS handshake begins",
      .effect =
          "The client has said hello and reads ECONNRESET. The request was never sent, so that it "
          "may be repeated whatever its method is.",
      .parameters = {},
      .of = Kind::Of::connections,
      .needs_tls = true,
      .apply = apply_tls_reset,
  };
  return kind;
}

}  // namespace tripcurve::faults
