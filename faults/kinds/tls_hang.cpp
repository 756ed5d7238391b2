// tls-hang: the handshake never goes on.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_tls_hang(const Values& /*values*/, Exchange& exchange) {
  exchange.opening.end = Opening::End::never;
}

}  // namespace

const Kind& tls_hang_kind() {
  static constexpr Kind kind{
      .word = "tls-hang",
      .summary = "accepts the connection and never answers its TLS handshake",
      .effect =
          "The client waits for its connection until a timeout of its own. Many clients have one "
          "for connecting by TCP and none for the handshake.",
      .parameters = {},
      .of = Kind::Of::connections,
      .needs_tls = true,
      .apply = apply_tls_hang,
  };
  return kind;
}

}  // namespace tripcurve::faults
