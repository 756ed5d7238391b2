// The records of the breakers of a run and of their transitions. Not for other folders.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "report/record.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

inline constexpr std::array all_states{breaker::State::closed, breaker::State::open,
                                       breaker::State::half_open, breaker::State::forced_open,
                                       breaker::State::disabled};

template <>
struct Form<breaker::State> : WordForm<breaker::State, all_states> {};

template <>
struct Form<Reaction::CutOff> {
  static Json write(Reaction::CutOff cut_off);
  static Reaction::CutOff read(const JsonReader& json);
  static Json schema();
  static constexpr std::string_view type = "string";
};

template <>
struct Record<Reaction> {
  static constexpr auto name = "reaction";
  static constexpr std::array fields{
      field<within<&Reaction::fault, &FaultWindow::begin>>("fault_begin_ms",
                                                           "begin of the fault, as planned"),
      field<within<&Reaction::fault, &FaultWindow::end>>("fault_end_ms", "its end, as planned"),
      field<&Reaction::opened>("opened", "it was open as the fault began, or opened in the window"),
      field<&Reaction::time_to_open>(
          "time_to_open_ms",
          "from the fault's begin to the first opening in the window; 0 when it was open already; "
          "null when it did not open"),
      field<&Reaction::closed_again>(
          "closed_again",
          "it was closed as the fault ended and had no opening to come, or closed before the next "
          "fault; false also when that is not known"),
      field<&Reaction::time_to_close>(
          "time_to_close_ms",
          "from the fault's end to the first closing after it; 0 when it was closed as the fault "
          "ended; null when `closed_again` is false"),
      field<&Reaction::opened_for_previous>(
          "opened_for_previous",
          "it did not open for this fault and could not: late answers of the fault before had "
          "opened it"),
      field<&Reaction::cut_off>(
          "cut_off",
          "why nothing is known of its closing: `run_ended` (during the fault) or `log_full` "
          "(later transitions were not kept); else null"),
  };
  static void check(const Reaction& reaction, const JsonReader& json);
};

struct InstanceNumber : Form<std::uint32_t> {
  static Json schema() { return {{"type", "integer"}, {"minimum", 1}}; }
};

template <>
struct Record<load::BreakerIdentity> {
  static constexpr auto name = "breaker_identity";
  static constexpr std::array fields{
      field<&load::BreakerIdentity::name>(
          "name",
          "what reports call it: `client`, or the endpoint, with the client's number in front when "
          "there are several. Nothing need be read out of it:"),
      field<&load::BreakerIdentity::instance, InstanceNumber>(
          "instance", "the client whose calls it guards, counted from 1"),
      field<&load::BreakerIdentity::endpoint, NameOrNull>(
          "endpoint", "the endpoint it guards; null when it guards all"),
  };
};

template <>
struct Record<BreakerSummary> {
  static constexpr auto name = "breaker";
  static constexpr auto fields = joined(
      fields_of<&BreakerSummary::identity>(),
      std::array{
          field<&BreakerSummary::dialect>(
              "dialect", "the dialect and the settings that were given, as `--breaker` takes them"),
          field<&BreakerSummary::initial_state>(
              "initial_state",
              "the state it was made in, which is no transition; `closed` in most libraries"),
          field<&BreakerSummary::final_state>(
              "final_state", "`closed`, `open`, `half_open`, `forced_open` or `disabled`"),
          field<&BreakerSummary::opens>(
              "opens",
              "times it opened: from `closed`, `disabled` or `half_open` to `open` or "
              "`forced_open`"),
          field<&BreakerSummary::trips>("trips", "of these, those from `closed` or `disabled`"),
          field<&BreakerSummary::closes>(
              "closes",
              "times it closed: from `open`, `forced_open` or `half_open` to `closed` or "
              "`disabled`"),
          field<&BreakerSummary::time_closed>("time_closed_ms", "time in `closed` or `disabled`"),
          field<&BreakerSummary::time_open>("time_open_ms", "time in `open` or `forced_open`"),
          field<&BreakerSummary::time_half_open>("time_half_open_ms", "time in `half_open`"),
          field<&BreakerSummary::reactions>(
              "reactions", "one per fault that the run reached, in order: see below"),
          field<within<&BreakerSummary::last_probes, &load::BreakerBank::Probes::sent>>(
              "last_probes",
              "of a breaker that ends half-open: as `probes` of [a transition](#a-transition); "
              "else 0"),
          field<within<&BreakerSummary::last_probes, &load::BreakerBank::Probes::most>>(
              "last_most_probes", "likewise, as `most_probes`"),
      });
};

// A transition as it stands in a file, where its breaker has a name.
struct TransitionRow {
  TimePoint at{};
  std::string breaker{};
  breaker::State from{}, to{};
  std::string cause{};
  std::optional<Duration> since_fault{};
  std::optional<TimePoint> sent{};
  std::optional<std::uint32_t> probes{}, most_probes{};
};

[[nodiscard]] TransitionRow row_of(const load::BreakerEvent& event, const std::string& breaker_name,
                                   const Timetable& timetable);
[[nodiscard]] load::BreakerEvent event_of(const TransitionRow& row, std::size_t breaker);

template <>
struct Record<TransitionRow> {
  static constexpr auto name = "transition";
  static constexpr std::array fields{
      field<&TransitionRow::at>("t_ms", "when"),
      field<&TransitionRow::breaker>("breaker", "the breaker's name"),
      field<&TransitionRow::from>("from", "the state that it left"),
      field<&TransitionRow::to>("to", "the state that it entered"),
      field<&TransitionRow::cause>("cause", "why, in words: `5 failures in a row, the last a 503`"),
      field<&TransitionRow::since_fault>(
          "since_fault_ms",
          "since the begin of the latest fault, also after its end; null before the first"),
      field<&TransitionRow::sent>(
          "call_sent_ms",
          "when the call was sent whose end brought the transition about; null when a call that "
          "asked for leave did, or the time"),
      field_if_any<&TransitionRow::probes>(
          "probes",
          "calls that were let out while it was half-open; only where it leaves that state"),
      field_if_any<&TransitionRow::most_probes>("most_probes",
                                                "the most of them at once; likewise"),
  };
};

}  // namespace tripcurve::report
