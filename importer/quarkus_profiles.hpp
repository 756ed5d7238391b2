// The lines of a Quarkus file that hold in a profile: "%prod.CircuitBreaker/delay=500" in
// properties, a block "%prod" in YAML.
#pragma once

#include <string>
#include <vector>

#include "document/node.hpp"
#include "importer/import.hpp"

namespace tripcurve::importer {

struct QuarkusProfiles {
  std::vector<std::string> names{};  // that the document speaks of
  std::vector<Note> taken{};         // of lines for a profile that is active
};

// Puts the lines for active profiles behind all others, without their %, so that they are the last
// of their names; those of later profiles are stronger.
[[nodiscard]] QuarkusProfiles take_quarkus_profiles(document::Node& document,
                                                    const std::vector<std::string>& active);

}  // namespace tripcurve::importer
