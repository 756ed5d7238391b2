// docs/validation.md.
#pragma once

#include <string>
#include <vector>

#include "validate/cases.hpp"

namespace tripcurve::validate {

[[nodiscard]] std::string document_of(const std::vector<Section>& sections);

// A line for each row that does not hold.
[[nodiscard]] std::vector<std::string> mistakes_of(const std::vector<Section>& sections);

}  // namespace tripcurve::validate
