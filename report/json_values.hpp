// Pieces that everything writes alike that writes JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tripcurve::report {

// The experiment as it was resolved, as an object.
[[nodiscard]] nlohmann::ordered_json experiment_value(const std::string& experiment_json);

// The text of `value`, ending in a newline: on one line when `indent` is negative. A name that is
// not UTF-8 gets replacement characters, because what was measured must still come out.
[[nodiscard]] std::string render(const nlohmann::ordered_json& value, int indent = -1);

}  // namespace tripcurve::report
