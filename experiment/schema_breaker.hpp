// The breaker in the schema of experiment files.
#pragma once

#include "experiment/schema_words.hpp"

namespace tripcurve::experiment {

// A block of one dialect and its settings.
[[nodiscard]] schema_words::Json dialect_block();

// A breaker in any of its forms; a dialect's block is the definition "dialect".
[[nodiscard]] schema_words::Json breaker_value();

}  // namespace tripcurve::experiment
