// One recommendation by constraint, and what it hangs on.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sweep/findings.hpp"

namespace tripcurve::sweep {

// The one that satisfies everything and has the best goal; of equals, the one that rejects fewer
// good calls, then the one that closes sooner, then the first.
[[nodiscard]] std::optional<std::size_t> best_of(const std::vector<Row>& rows, const Aims& aims);

// The one that misses its worst constraint by least.
[[nodiscard]] std::optional<std::size_t> nearest_of(const std::vector<Row>& rows);

// The constraints without which a row with a better goal would be picked. Without a pick: the
// constraints without which there would be one.
[[nodiscard]] std::vector<Binding> binding_of(const std::vector<Row>& rows, const Aims& aims,
                                              std::optional<std::size_t> pick);

// Of the front: the knee, and who is best on each side.
[[nodiscard]] std::vector<Alternative> alternatives_of(const std::vector<Row>& rows,
                                                       std::optional<std::size_t> pick);

// The rows of a table: all, or of too many those of the front and the pick, as many of the best as
// fit. In order.
[[nodiscard]] std::vector<std::size_t> rows_to_show(const std::vector<Row>& rows, const Aims& aims,
                                                    std::optional<std::size_t> pick);

// What the constraints ask of these numbers, by constraint; what it misses most.
[[nodiscard]] double worst_violation(const std::vector<Constraint>& constraints,
                                     const std::vector<Estimate>& values);
// As far as the intervals tell, it may satisfy all.
[[nodiscard]] bool may_satisfy(const std::vector<Constraint>& constraints,
                               const std::vector<Estimate>& values);

// As texts.
[[nodiscard]] std::vector<std::string> misses_of(const Row& row, const Aims& aims);

// Marks the front of rows by their sides.
void mark_front(std::vector<Row>& rows);

}  // namespace tripcurve::sweep
