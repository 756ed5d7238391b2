#include "report/results_schema.hpp"

#include "report/result_record.hpp"

namespace tripcurve::report {
namespace {

// The definitions that are no records.
Json values() {
  return {{"count", {{"type", "integer"}, {"minimum", 0}}},
          {"time", {{"type", "number"}, {"minimum", 0}}},
          {"time_or_null", {{"type", {"number", "null"}}, {"minimum", 0}}},
          {"share_or_null", {{"type", {"number", "null"}}, {"minimum", 0}, {"maximum", 1}}},
          {"name_or_null", {{"type", {"string", "null"}}}}};
}

template <typename... Tables>
void define(Json& definitions) {
  ((definitions[Tables::name] = schema_of<Tables>()), ...);
}

}  // namespace

std::string results_schema() {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "A result of tripcurve"},
              {"description",
               "What tripcurve run --json and simulate --json write. docs/json.md says what each "
               "field means."}};
  schema.update(schema_of<Record<Summary>>());
  auto& definitions = schema["definitions"] = values();
  define<Record<load::Counts>, StatsTable<std::milli>, Record<InjectedShare>,
         Record<UpstreamCounts>, Record<EndpointSummary>, Record<load::LimitRange>,
         Record<PhaseSummary>, Record<BreakerSummary>, Record<Reaction>, Record<ServiceSummary>,
         Record<ServiceNumbers>, Record<LinkSummary>, Record<topology::LinkCounts>,
         Record<TransitionRow>, Record<Intervention>, Record<forecast::FalseTrips>, Record<Scope>,
         Record<Judged>, Record<Verdict>, Record<Versus>, Record<Repeats::One>,
         Record<Repeats::Spread>, Record<Repeats>, Record<through::PhaseCounts>,
         Record<through::Calibration>, Record<through::Spell>, Record<through::Observed>,
         Record<through::Claimed>, Record<through::Instance>, Record<through::Silence>,
         Record<DependencySummary>, Record<DependencyPhase>, Record<through::ClaimSpell>,
         Record<through::Lag>, Record<through::Contradiction>, Record<through::WrongTime>>(
      definitions);
  definitions["series"] = Form<Series>::columns_schema();
  return render(schema, 2);
}

}  // namespace tripcurve::report
