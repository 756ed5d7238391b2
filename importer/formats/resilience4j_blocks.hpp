// How the modules of resilience4j inherit, and those that stand beside a circuit breaker.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// The child of a map by its name as Spring binds it, or null.
[[nodiscard]] const Node* child_of_any_spelling(const Node& map, std::string_view name);

// The blocks that make up an instance, strongest first: itself, then its baseConfig and on; without
// a baseConfig a config of its own name (`own_config`: circuit breakers only), or configs.default.
[[nodiscard]] Result<std::vector<const Node*>> blocks_of(const Node& instance, const Node* configs,
                                                         bool own_config);

[[nodiscard]] bool has_time_limiter(const Node& root, std::string_view instance);

// Retry, timelimiter and bulkhead of an instance, if they have one of that name, and the client
// that Spring's aspects make of them and the breaker, which `breaker` are the blocks of.
[[nodiscard]] std::optional<Error> take_modules_beside(Draft& draft, const Node& root,
                                                       std::string_view instance,
                                                       const std::vector<const Node*>& breaker);

}  // namespace tripcurve::importer
