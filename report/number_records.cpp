#include "report/number_records.hpp"

namespace tripcurve::report {
namespace {

using IntervalField = Field<Interval>;

bool has_column(const Series& series, const IntervalField& field) {
  return field.required ||
         (!series.points.empty() && !field.write(series.points.front()).is_discarded());
}

void read_column(const JsonReader& json, const IntervalField& field, Series& series) {
  const auto column = json.items();
  if (column.size() != series.points.size()) {
    json.complain("it is not as long as t_ms");
    return;
  }
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (field.required || !column[i].is_null()) {
      field.read(column[i], series.points[i]);
    }
  }
}

}  // namespace

Json Form<Series>::write(const Series& series) {
  Json value{{"interval_ms", Form<Duration>::write(series.interval)}};
  for (const auto& field : Record<Interval>::fields) {
    if (!has_column(series, field)) {
      continue;
    }
    auto& column = value[field.name] = Json::array();
    for (const auto& point : series.points) {
      auto number = field.write(point);
      column.push_back(number.is_discarded() ? Json() : std::move(number));
    }
  }
  return value;
}

Series Form<Series>::read(const JsonReader& json) {
  Series series{.interval = Form<Duration>::read(json["interval_ms"])};
  series.points.resize(json["t_ms"].items().size());
  for (const auto& field : Record<Interval>::fields) {
    if (!field.derived && (field.required || json.has(field.name))) {
      read_column(json[field.name], field, series);
    }
  }
  return series;
}

Json Form<Series>::columns_schema() {
  auto schema = schema_of<Record<Interval>>([](const IntervalField& field) {
    return Json{{"type", "array"}, {"items", field.schema()}};
  });
  schema["properties"]["interval_ms"] = Form<Duration>::schema();
  schema["required"].push_back("interval_ms");
  return schema;
}

}  // namespace tripcurve::report
