// refuse: the port is closed.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {

const Kind& refuse_kind() {
  static constexpr Kind kind{
      .word = "refuse",
      .summary = "closes the port: nobody gets a connection",
      .effect =
          "Connecting fails (ECONNREFUSED), and connections that are open are cut off. It is about "
          "the whole port, so it has no share.",
      .parameters = {},
      .of = Kind::Of::port,
  };
  return kind;
}

}  // namespace tripcurve::faults
