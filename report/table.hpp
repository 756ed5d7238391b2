// Numbers by phase: one column per phase, as many side by side as a line holds, the rest below.
#pragma once

#include <string>
#include <vector>

namespace tripcurve::report {

struct Column {
  std::string name;  // cut when it is longer than there is room
  std::string note;  // below the name
};

struct Row {
  std::string label;
  std::vector<std::string> cells;  // one per column; none for a blank line
};

[[nodiscard]] std::string render_table(const std::vector<Column>& header,
                                       const std::vector<Row>& rows);

// Lines of cells below each other, the first of a line on the left and the others on the right. At
// least one line, and all of as many cells.
[[nodiscard]] std::string render_columns(const std::vector<std::vector<std::string>>& lines);

}  // namespace tripcurve::report
