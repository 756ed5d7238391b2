// The record of the other run that a run is set beside. Not for other folders.
#pragma once

#include <array>
#include <string>

#include "report/breaker_records.hpp"
#include "report/number_records.hpp"
#include "report/record.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

struct CommandWord : Form<std::string> {
  static Json schema() { return {{"enum", {"run", "simulate"}}}; }
};

template <>
struct Record<Versus> {
  static constexpr auto name = "versus";
  static constexpr std::array fields{
      field<&Versus::breaker>("breaker",
                              "the other breaker, in the form of `--breaker`; `shared` if it is "
                              "one breaker of the same kind for all calls"),
      field<&Versus::command, CommandWord>(
          "command",
          "`simulate` or `run`: a run on tripcurve's own upstream is compared with a simulation"),
      field<&Versus::totals>("totals",
                             "[like a phase](#a-phase-and-the-totals), over the whole other run"),
      field<&Versus::phases>("phases", "its phases, in order"),
      field<&Versus::breakers>("breakers", "[its breakers](#a-breaker)"),
      field_if_any<&Versus::false_opens>(
          "false_opens",
          "trips of all of its breakers while nothing was wrong on purpose; absent if not all of "
          "its transitions were kept"),
  };
};

}  // namespace tripcurve::report
