// close: a connection that dies although nobody has said so.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter close_parameters[]{
    {"after", Parameter::Type::duration, "0ms", "how long the connection is idle before that"},
};

void apply_close(const Values& values, Exchange& exchange) {
  exchange.delivery.linger = std::get<Duration>(values[0]);
  exchange.delivery.ending = exchange.delivery.linger > Duration::zero() ? Delivery::Ending::expires
                                                                         : Delivery::Ending::closes;
}

}  // namespace

const Kind& close_kind() {
  static constexpr Kind kind{
      .word = "close",
      .summary =
          "answers well and closes the connection unannounced, at once or when it was idle for a "
          "time",
      .effect =
          "The answer is complete. A client that sends its next request as the connection closes "
          "gets a reset or an end in place of an answer: the race of every keep-alive client.",
      .parameters = close_parameters,
      .not_simulated = "in virtual time there are no connections that could be used again",
      .apply = apply_close,
  };
  return kind;
}

}  // namespace tripcurve::faults
