// slow-accept: connections wait until they are accepted.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter slow_accept_parameters[]{
    {"by", Parameter::Type::duration, "1s", "how long a connection waits"},
};

void apply_slow_accept(const Values& values, Exchange& exchange) {
  exchange.opening.delay = std::get<Duration>(values[0]);
}

}  // namespace

const Kind& slow_accept_kind() {
  static constexpr Kind kind{
      .word = "slow-accept",
      .summary = "accepts connections late",
      .effect =
          "The connection is there at once, because the operating system makes it, but what "
          "the client sends is read only then. With TLS, the handshake waits as well.",
      .parameters = slow_accept_parameters,
      .of = Kind::Of::connections,
      .apply = apply_slow_accept,
  };
  return kind;
}

}  // namespace tripcurve::faults
