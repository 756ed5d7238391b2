// The Pareto front: the settings for which no other is better in something without being worse in
// something else.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace tripcurve::sweep {

// By setting: whether it is on the front. `values` are by setting and by side, less is better; of
// equal settings all are on it.
[[nodiscard]] std::vector<bool> front_of(const std::vector<std::vector<double>>& values);

// The knee: the setting of the front that is nearest to what is best on each side, where each side
// counts from the best to the worst of the front as one. None without settings.
[[nodiscard]] std::optional<std::size_t> knee_of(const std::vector<std::vector<double>>& values,
                                                 const std::vector<bool>& front);

}  // namespace tripcurve::sweep
