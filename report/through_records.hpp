// The records of what was observed of a service that calls went through. Not for other folders.
#pragma once

#include <array>

#include "report/breaker_records.hpp"
#include "report/record.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

template <>
struct Record<through::PhaseCounts> {
  static constexpr auto name = "through_counts";
  static constexpr std::array fields{
      field<&through::PhaseCounts::calls>("calls", "calls to the service that were sent in it"),
      field<&through::PhaseCounts::out>("out", "of these, that arrived at the dependency"),
      field<&through::PhaseCounts::withheld>("withheld", "that were answered, and did not arrive"),
      field<&through::PhaseCounts::withheld_good>(
          "withheld_good", "of `withheld`: answered well, by a fallback or a cache"),
      field<&through::PhaseCounts::unknown>(
          "unknown",
          "that were answered while something arrived that may have been of other calls; 0 where "
          "the service passes the identity of a call on"),
      field<&through::PhaseCounts::lost>("lost", "that had no answer, and did not arrive"),
      field<&through::PhaseCounts::extra>("extra",
                                          "arrivals beyond the first of a call, such as retries"),
      field<&through::PhaseCounts::strange>("strange",
                                            "arrivals of no call, such as health checks"),
      field<&through::PhaseCounts::while_open>("while_open",
                                               "arrivals while the breaker was certainly open"),
      field<&through::PhaseCounts::stray>("stray",
                                          "of `withheld`: while the breaker was certainly closed"),
  };
};

template <>
struct Record<through::Calibration> {
  static constexpr auto name = "through_calibration";
  static constexpr std::array fields{
      field<&through::Calibration::until>("until_ms", "of the calls that had ended before"),
      field<&through::Calibration::answered>("answered", "calls that were answered"),
      field<&through::Calibration::out>("out", "of these, that arrived at the dependency"),
      field<&through::Calibration::withheld>(
          "withheld", "of these, that did not: a cache or a fallback answered"),
      field<&through::Calibration::extra>("extra",
                                          "arrivals beyond the first of a call, such as retries"),
      field<&through::Calibration::strange>("strange",
                                            "arrivals of no call, such as health checks"),
      field<&through::Calibration::attributed>(
          "attributed", "true if the service passes the identity of a call on"),
      field<within<&through::Calibration::patience, &through::Patience::withheld>>(
          "rows_to_open", "so many withheld calls in a row are taken for an open breaker"),
      field<within<&through::Calibration::patience, &through::Patience::out>>(
          "rows_to_close", "so many calls in a row that went out, for a closed one"),
  };
};

template <>
struct Record<through::Spell> {
  static constexpr auto name = "through_spell";
  static constexpr std::array fields{
      field<&through::Spell::state>("state", "`closed`, `open` or `half_open`"),
      field<within<&through::Spell::began, &through::Bounds::earliest>>("began_earliest_ms",
                                                                        "it began after this"),
      field<within<&through::Spell::began, &through::Bounds::latest>>("began_latest_ms",
                                                                      "and by this"),
      field<within<&through::Spell::ended, &through::Bounds::earliest>>(
          "ended_earliest_ms", "it ended after this; of the last, the end of the run"),
      field<within<&through::Spell::ended, &through::Bounds::latest>>("ended_latest_ms",
                                                                      "and by this"),
      field<&through::Spell::calls>("calls", "calls that were surely sent in it"),
      field<&through::Spell::out>("out", "of these, that arrived at the dependency"),
      field<&through::Spell::withheld>("withheld",
                                       "of these, that were answered and did not arrive"),
      field<&through::Spell::under_way>(
          "under_way",
          "the fewest calls that were under way at the dependency while another was withheld"),
  };
};

template <>
struct Record<through::Observed> {
  static constexpr auto name = "through";
  static constexpr std::array fields{
      field<&through::Observed::calibration>(
          "calibration", "[how the service calls](#the-calibration) while all is well"),
      field<&through::Observed::spells>("spells", "[the stays of its breaker](#a-stay) in states"),
      field<&through::Observed::notes>("notes", "what stands out, in sentences"),
      field<&through::Observed::doubts>(
          "doubts",
          "why what looks like its breaker may be something else, and what would tell that apart"),
  };
};

}  // namespace tripcurve::report
