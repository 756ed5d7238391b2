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
          "that were answered while something arrived that may have been of other calls, or while "
          "the dependency took no connections"),
      field<&through::PhaseCounts::hidden>(
          "hidden", "of `unknown`: while the dependency took no connections"),
      field<&through::PhaseCounts::lost>("lost", "that had no answer, and did not arrive"),
      field<&through::PhaseCounts::extra>("extra",
                                          "arrivals beyond the first of a call, such as retries"),
      field<&through::PhaseCounts::strange>("strange",
                                            "arrivals of no call, such as health checks"),
      field<&through::PhaseCounts::while_open>("while_open",
                                               "arrivals past the breaker while it was certainly "
                                               "open"),
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
      field<&through::Calibration::late>(
          "late_ms",
          "so long after its answer a call may still arrive; 0 where calls arrive first"),
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
      field<&through::Spell::alone>(
          "alone",
          "calls that were withheld, surely or maybe in it, while none was under way at the "
          "dependency"),
  };
};

template <>
struct Record<through::ClaimSpell> {
  static constexpr auto name = "claim_spell";
  static constexpr std::array fields{
      field<&through::ClaimSpell::claim, NameOrNull>(
          "claim",
          "`open`, or `closed/half_open` where its words may mean either; null where it said "
          "nothing of the breaker"),
      field<&through::ClaimSpell::words>("words", "what it said first, or why that is no state"),
      field<&through::ClaimSpell::first>("first_ms", "when it was first asked that said so"),
      field<&through::ClaimSpell::last>("last_ms", "when it had last answered so"),
      field<&through::ClaimSpell::readings>("readings", "answers in a row"),
  };
};

template <>
struct Record<through::Lag> {
  static constexpr auto name = "claim_lag";
  static constexpr std::array fields{
      field<&through::Lag::to>("to", "the state that the breaker was observed to enter"),
      field<within<&through::Lag::when, &through::Bounds::earliest>>("earliest_ms",
                                                                     "it did so after this"),
      field<within<&through::Lag::when, &through::Bounds::latest>>("latest_ms", "and by this"),
      field<&through::Lag::least>("lag_least_ms",
                                  "so long after it the source still said otherwise"),
      field<&through::Lag::most>("lag_most_ms",
                                 "by then it said so; null if it never did while the state lasted"),
  };
};

template <>
struct Record<through::Contradiction> {
  static constexpr auto name = "claim_contradiction";
  static constexpr std::array fields{
      field<&through::Contradiction::claim>("claim", "what it said"),
      field<&through::Contradiction::state>("state",
                                            "the breaker's state as observed, most of the time"),
      field<&through::Contradiction::first>("first_ms", "when it was first asked that was wrong"),
      field<&through::Contradiction::last>("last_ms", "when it had last answered so"),
      field<&through::Contradiction::readings>("readings", "answers in a row"),
      field<&through::Contradiction::to_the_end>("to_the_end", "true if no later answer was right"),
  };
};

template <>
struct Record<through::WrongTime> {
  static constexpr auto name = "claim_wrong_time";
  static constexpr std::array fields{
      field<&through::WrongTime::begin>("from_ms", "from when"),
      field<&through::WrongTime::end>("to_ms", "until when"),
      field<&through::WrongTime::certain>(
          "certain",
          "true: it was certainly wrong; false: it was, or may have been, because changes and "
          "answers are known between two times only"),
  };
};

template <>
struct Record<through::Claimed> {
  static constexpr auto name = "claimed";
  static constexpr std::array fields{
      field<&through::Claimed::source>("source", "what was asked"),
      field<&through::Claimed::readings>("readings", "answers that say a state"),
      field<&through::Claimed::missing>("missing", "answers that do not, and calls without one"),
      field<&through::Claimed::wrong>("wrong",
                                      "of `readings`: that certainly contradict what was observed"),
      field<&through::Claimed::why_missing, NameOrNull>("why_missing", "of the first of `missing`"),
      field<&through::Claimed::spells>("spells",
                                       "[what it said](#what-it-said), one after the other"),
      field<&through::Claimed::lags>("lags", "[how late it was](#a-lag), by change"),
      field<&through::Claimed::contradictions>("contradictions",
                                               "[where it was wrong](#a-contradiction)"),
      field<&through::Claimed::wrong_times>("wrong_times",
                                            "[when it was, or may have been](#a-wrong-time)"),
  };
};

template <>
struct Record<through::Silence> {
  static constexpr auto name = "instance_silence";
  static constexpr std::array fields{
      field<within<&through::Silence::began, &through::Bounds::earliest>>(
          "from_ms", "when its last request before arrived"),
      field<within<&through::Silence::began, &through::Bounds::latest>>(
          "sure_ms", "from then on it is no chance that nothing arrives"),
      field<&through::Silence::ended>("to_ms", "when the next one arrived, or the run ended"),
      field<&through::Silence::to_end>("to_end", "true if none arrived until the end of the run"),
  };
};

template <>
struct Record<through::Instance> {
  static constexpr auto name = "instance";
  static constexpr std::array fields{
      field<&through::Instance::name>("name",
                                      "what tells it apart: a field's value, or an address"),
      field<&through::Instance::arrivals>("arrivals", "requests of it to the dependency"),
      field<&through::Instance::silences>("silences", "[when it sent none](#a-silence)"),
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
      field<&through::Observed::unseen>(
          "unseen",
          "where its breaker may have been open without anybody seeing it, and what would show it"),
      field_if_any<&through::Observed::instances>(
          "instances",
          "[the instances](#an-instance) of the service, as far as their requests tell them apart; "
          "absent without `through.instances`"),
      field_if_any<&through::Observed::claimed>(
          "claimed",
          "[what the service says itself](#what-the-service-says) of its breaker, by source; "
          "absent "
          "without `--states`"),
  };
};

}  // namespace tripcurve::report
