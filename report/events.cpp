#include <algorithm>

#include "report/formats.hpp"
#include "report/json_values.hpp"
#include "report/result_record.hpp"

namespace tripcurve::report {
namespace {

std::string without_line_end(std::string line) {
  line.pop_back();
  return line;
}

Json value_of(const topology::Service& service, const topology::ServiceNow& now,
              const topology::Topology& topology) {
  Json value{{"name", service.name},
             {"workers", Form<std::optional<std::uint32_t>>::write(service.workers)},
             {"busy", now.busy},
             {"waiting", now.waiting},
             {"links", Json::array()}};
  for (std::size_t i = 0; i < std::min(service.links.size(), now.links.size()); ++i) {
    const auto& link = service.links[i];
    value["links"].push_back(
        {{"to", topology.name(link.to)},
         {"state",
          link.breaker.text() == "none" ? Json() : Form<breaker::State>::write(now.links[i])}});
  }
  return value;
}

Json value_of(const std::vector<topology::ServiceNow>& now, const topology::Topology& topology) {
  auto all = Json::array();
  for (std::size_t i = 0; i < std::min(topology.services.size(), now.size()); ++i) {
    all.push_back(value_of(topology.services[i], now[i], topology));
  }
  return all;
}

}  // namespace

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

std::string second_line(const Tick& tick, const topology::Topology& topology) {
  Json line{{"event", "second"}};
  line.update(Form<Interval>::write(tick));
  line["states"] = Form<std::vector<breaker::State>>::write(tick.breakers);
  if (!tick.services.empty()) {
    line["services"] = value_of(tick.services, topology);
  }
  return render(line);
}

std::string end_line(const Summary& summary) {
  return render(Json{{"event", "end"},
                     {"t_ms", to_milliseconds(summary.facts.ended_at)},
                     {"result", name(summary.verdict.result)},
                     {"reasons", summary.verdict.reasons},
                     {"totals", Form<load::Counts>::write(summary.totals.counts)}});
}

std::string interval_json(const Interval& interval) {
  return without_line_end(render(Form<Interval>::write(interval)));
}

std::string series_json(const Series& series) {
  return without_line_end(render(Form<Series>::write(series)));
}

std::string phases_json(const Timetable& timetable) {
  return without_line_end(render(Form<std::vector<Phase>>::write(timetable.phases())));
}

std::string services_json(const std::vector<topology::ServiceNow>& now,
                          const topology::Topology& topology) {
  return without_line_end(render(value_of(now, topology)));
}

}  // namespace tripcurve::report
