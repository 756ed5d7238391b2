// ${NAME} and ${NAME:-default} in the values of a file; $${ is a plain ${.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "document/node.hpp"
#include "experiment/read_block.hpp"

namespace tripcurve::experiment {

using Variable = std::function<std::optional<std::string>(const std::string& name)>;

// Replaces them in all values below `node`; keys are left alone, and places stay. As in a shell, an
// empty variable has its default. What it becomes is text: it adds no keys and no items.
void substitute(Node& node, const Variable& variable, Mistakes& mistakes);

// The text that substitute() makes `text` of, whatever looks like a variable in it.
[[nodiscard]] std::string without_variables(std::string_view text);

}  // namespace tripcurve::experiment
