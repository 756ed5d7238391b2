#include "report/formats.hpp"
#include "report/json_values.hpp"
#include "report/result_record.hpp"

namespace tripcurve::report {

std::string start_line(const RunFacts& facts) {
  Json line{{"event", "start"},
            {"schema_version", schema_version},
            {"tool_version", facts.tool_version},
            {"command", facts.command},
            {"seed", facts.seed},
            {"experiment", experiment_value(facts.experiment_json)}};
  if (!facts.target.empty()) {
    line["target"] = facts.target;
  }
  line["phases"] = Form<std::vector<Phase>>::write(facts.timetable.phases());
  line["breakers"] = Json::array();
  for (const auto& breaker : facts.breakers) {
    line["breakers"].push_back(breaker.identity.name);
  }
  line["dialect"] = facts.dialect;
  return render(line);
}

std::string phase_line(const Phase& phase) {
  return render(Json{{"event", "phase"},
                     {"t_ms", to_milliseconds(phase.begin)},
                     {"name", phase.name},
                     {"fault", phase.fault}});
}

std::string transition_line(const load::BreakerEvent& event, const std::string& breaker_name,
                            const Timetable& timetable) {
  Json line{{"event", "transition"}};
  line.update(Form<TransitionRow>::write(row_of(event, breaker_name, timetable)));
  return render(line);
}

std::string intervention_line(const Intervention& intervention) {
  Json line{{"event", "intervention"}};
  line.update(Form<Intervention>::write(intervention));
  return render(line);
}

std::string second_line(const Tick& tick) {
  return render(Json{{"event", "second"},
                     {"t_ms", to_milliseconds(tick.end)},
                     {"calls", tick.delta.calls},
                     {"sent", tick.delta.sent},
                     {"ok", tick.delta.ok},
                     {"failed", tick.delta.failed()},
                     {"timeouts", tick.delta.timeouts},
                     {"fail_fast", tick.delta.fail_fast},
                     {"dropped", tick.delta.dropped},
                     {"in_flight", tick.in_flight},
                     {"p50_ms", Form<std::optional<Duration>>::write(tick.p50)},
                     {"p99_ms", Form<std::optional<Duration>>::write(tick.p99)},
                     {"states", Form<std::vector<breaker::State>>::write(tick.breakers)}});
}

std::string end_line(const Summary& summary) {
  return render(Json{{"event", "end"},
                     {"t_ms", to_milliseconds(summary.facts.ended_at)},
                     {"result", name(summary.verdict.result)},
                     {"reasons", summary.verdict.reasons},
                     {"totals", Form<load::Counts>::write(summary.totals.counts)}});
}

}  // namespace tripcurve::report
