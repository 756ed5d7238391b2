// The records of the breakers of a run and of their transitions. Not for other folders.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "forecast/words.hpp"
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
                                                           "when the fault begins, as planned"),
      field<within<&Reaction::fault, &FaultWindow::end>>("fault_end_ms",
                                                         "when it ends, as planned"),
      field<&Reaction::opened>("opened",
                               "true if it was open when the fault began, or opened in the window"),
      field<&Reaction::time_to_open>("time_to_open_ms",
                                     "from the start of the fault to the first opening in the "
                                     "window; 0 if it was already open; null if it did not open"),
      field<&Reaction::closed_again>(
          "closed_again",
          "true if it was closed when the fault ended and did not open late, or if it closed "
          "before the next fault; also false if that is not known"),
      field<&Reaction::time_to_close>(
          "time_to_close_ms",
          "from the end of the fault to the first closing after it; 0 if it was closed when the "
          "fault ended; null if `closed_again` is false"),
      field<&Reaction::opened_for_previous>("opened_for_previous",
                                            "true if it could not open for this fault, because "
                                            "late answers from the previous fault had opened it"),
      field<&Reaction::cut_off>(
          "cut_off",
          "why it is not known whether it closed: `run_ended` (during the fault) or `log_full` "
          "(later transitions were not kept); otherwise null"),
  };
  static void check(const Reaction& reaction, const JsonReader& json);
};

inline constexpr std::array all_methods{
    forecast::Method::closed_form, forecast::Method::exact_chain, forecast::Method::approximation,
    forecast::Method::simulation, forecast::Method::importance_sampling};

template <>
struct Form<forecast::Method> : WordForm<forecast::Method, all_methods> {};

template <>
struct Record<forecast::FalseTrips> {
  static constexpr auto name = "forecast";
  static constexpr std::array fields{
      field<&forecast::FalseTrips::per_month>(
          "per_month", "trips in 30 days, on average, although nothing is wrong on purpose"),
      field<&forecast::FalseTrips::low>("low",
                                        "lower end of the 95 % interval; equal to "
                                        "`per_month` if the method leaves nothing to chance"),
      field<&forecast::FalseTrips::high>("high", "upper end"),
      field<&forecast::FalseTrips::method>(
          "method",
          "`closed_form`, `exact_chain`, `approximation` (within 1 %), or, of the breaker itself, "
          "`simulation` or `importance_sampling`"),
  };
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
          "the name in reports: `client` or the endpoint, preceded by the client's number if there "
          "are several clients; the next two fields give its parts"),
      field<&load::BreakerIdentity::instance, InstanceNumber>(
          "instance", "the client whose calls it guards, counted from 1"),
      field<&load::BreakerIdentity::endpoint, NameOrNull>(
          "endpoint", "the endpoint that it guards; null if it guards all"),
  };
};

template <>
struct Record<BreakerSummary> {
  static constexpr auto name = "breaker";
  static constexpr auto fields = joined(
      fields_of<&BreakerSummary::identity>(),
      std::array{
          field<&BreakerSummary::dialect>(
              "dialect",
              "the dialect and the settings that were given, in the form of `--breaker`"),
          field<&BreakerSummary::initial_state>("initial_state",
                                                "the state in which it was created, which is not a "
                                                "transition; `closed` in most libraries"),
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
          field<within<&BreakerSummary::last_probes, &load::Probes::sent>>(
              "last_probes",
              "if the breaker ends half-open: like `probes` of [a transition](#a-transition); "
              "otherwise 0"),
          field<within<&BreakerSummary::last_probes, &load::Probes::most>>(
              "last_most_probes", "likewise, like `most_probes`"),
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
  std::optional<TimePoint> earliest{};
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
      field<&TransitionRow::since_fault>("since_fault_ms",
                                         "time since the latest fault began, even after it has "
                                         "ended; null before the first fault"),
      field<&TransitionRow::sent>(
          "call_sent_ms",
          "when the call whose result caused the transition was sent; null if a call that asked "
          "for permission caused it, or the passing of time"),
      field_if_any<&TransitionRow::probes>("probes",
                                           "calls that were let through while it was half-open; "
                                           "only present when it leaves that state"),
      field_if_any<&TransitionRow::most_probes>("most_probes",
                                                "the most of these calls at once; likewise"),
      field_if_any<&TransitionRow::earliest>(
          "earliest_ms",
          "of a breaker that is only observed (`run --through`): it happened between this and "
          "`t_ms`; otherwise absent"),
  };
};

}  // namespace tripcurve::report
