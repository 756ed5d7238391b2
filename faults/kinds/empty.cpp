// empty: the connection is closed where an answer was due.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

void apply_empty(const Values& /*values*/, Exchange& exchange) { exchange.fate = Fate::empty; }

}  // namespace

const Kind& empty_kind() {
  static constexpr Kind kind{
      .word = "empty",
      .summary = "closes the connection without an answer (FIN)",
      .effect = "The client reads the end of the connection instead of an answer.",
      .parameters = {},
      .apply = apply_empty,
  };
  return kind;
}

}  // namespace tripcurve::faults
