// The numbers of a run by phase, as the cells of a table: a column per phase and one for the total.
// Indented labels are parts of what stands above them; a row without cells separates.
#pragma once

#include <vector>

#include "report/summary.hpp"
#include "report/table.hpp"

namespace tripcurve::report {

struct PhaseRows {
  std::vector<Column> header;
  std::vector<Row> rows;
};

[[nodiscard]] PhaseRows phase_rows(const Summary& summary);

}  // namespace tripcurve::report
