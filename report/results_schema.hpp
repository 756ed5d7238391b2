// The JSON Schema of the file that to_json() writes, made of the tables of its records.
#pragma once

#include <string>

namespace tripcurve::report {

// Draft 7, in lines, ending in a newline. It is docs/results.schema.json.
[[nodiscard]] std::string results_schema();

}  // namespace tripcurve::report
