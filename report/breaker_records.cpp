#include "report/breaker_records.hpp"

namespace tripcurve::report {

Json Form<Reaction::CutOff>::write(Reaction::CutOff cut_off) {
  switch (cut_off) {
    case Reaction::CutOff::run_ended:
      return "run_ended";
    case Reaction::CutOff::log_full:
      return "log_full";
    case Reaction::CutOff::none:
      break;
  }
  return {};
}

Reaction::CutOff Form<Reaction::CutOff>::read(const JsonReader& json) {
  if (json.is_null()) {
    return Reaction::CutOff::none;
  }
  const auto text = json.text();
  if (text != "run_ended" && text != "log_full") {
    json.complain("it is neither 'run_ended' nor 'log_full'");
  }
  return text == "log_full" ? Reaction::CutOff::log_full : Reaction::CutOff::run_ended;
}

Json Form<Reaction::CutOff>::schema() { return {{"enum", {"run_ended", "log_full", nullptr}}}; }

void Record<Reaction>::check(const Reaction& reaction, const JsonReader& json) {
  if (reaction.opened != reaction.time_to_open.has_value() ||
      reaction.closed_again != reaction.time_to_close.has_value()) {
    json.complain("its times contradict it");
  }
}

TransitionRow row_of(const load::BreakerEvent& event, const std::string& breaker_name,
                     const Timetable& timetable) {
  const auto& transition = event.transition;
  TransitionRow row{.at = transition.at,
                    .breaker = breaker_name,
                    .from = transition.from,
                    .to = transition.to,
                    .cause = transition.cause,
                    .sent = event.sent,
                    .earliest = event.earliest};
  if (const auto* fault = timetable.latest_fault(transition.at)) {
    row.since_fault = transition.at - fault->begin;
  }
  if (transition.from == breaker::State::half_open) {
    row.probes = event.probes;
    row.most_probes = event.most_probes;
  }
  return row;
}

load::BreakerEvent event_of(const TransitionRow& row, std::size_t breaker) {
  return {breaker,
          {.at = row.at, .from = row.from, .to = row.to, .cause = row.cause},
          row.probes.value_or(0),
          row.most_probes.value_or(0),
          row.sent,
          row.earliest};
}

}  // namespace tripcurve::report
