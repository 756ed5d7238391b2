// full-backlog: the queue of connections that wait to be accepted is full.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_full_backlog(const Values& /*values*/, Exchange& exchange) {
  exchange.opening.end = Opening::End::never;
}

}  // namespace

const Kind& full_backlog_kind() {
  static constexpr Kind kind{
      .word = "full-backlog",
      .summary = "accepts nobody: the queue of waiting connections is full",
      .effect =
          "The operating system drops what asks for a connection, so that connecting takes until "
          "the client's own timeout. It is about the whole port, so it has no share.",
      .parameters = {},
      .of = Kind::Of::port,
      .apply = apply_full_backlog,
  };
  return kind;
}

}  // namespace tripcurve::faults
