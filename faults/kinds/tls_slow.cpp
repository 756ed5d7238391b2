// tls-slow: the handshake waits.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter tls_slow_parameters[]{
    {"by", Parameter::Type::duration, "1s", "how long the handshake waits"},
};

void apply_tls_slow(const Values& values, Exchange& exchange) {
  exchange.opening.delay = std::get<Duration>(values[0]);
}

}  // namespace

const Kind& tls_slow_kind() {
  static constexpr Kind kind{
      .word = "tls-slow",
      .summary = "answers the TLS handshake late",
      .effect =
          "The client waits for its connection. Its own timeout for connecting may end "
          "before, and so may that of the whole call.",
      .parameters = tls_slow_parameters,
      .of = Kind::Of::connections,
      .needs_tls = true,
      .apply = apply_tls_slow,
  };
  return kind;
}

}  // namespace tripcurve::faults
