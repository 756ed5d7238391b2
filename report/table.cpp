#include "report/table.hpp"

#include <algorithm>

#include "core/ensure.hpp"
#include "report/layout.hpp"

namespace tripcurve::report {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t longest_label = 24;
constexpr std::size_t usual_columns = 5;  // so many should fit side by side

// A line without the spaces at its end.
std::string line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

}  // namespace

std::string render_table(const std::vector<Column>& header, const std::vector<Row>& rows) {
  ENSURE(!header.empty());
  std::size_t label_width = 0;
  std::size_t cell_width = 0;
  for (const auto& column : header) {
    cell_width = std::max(cell_width, gap + columns(column.note));
  }
  for (const auto& row : rows) {
    ENSURE(row.cells.empty() || row.cells.size() == header.size());
    label_width = std::max(label_width, std::min(columns(row.label), longest_label));
    for (const auto& cell : row.cells) {
      cell_width = std::max(cell_width, gap + columns(cell));
    }
  }
  const auto room = line_width - label_width;
  // Names get what the numbers leave, as far as that does not cost a column.
  std::size_t name_width = 0;
  for (const auto& column : header) {
    name_width = std::max(name_width, gap + columns(column.name));
  }
  const auto fair = room / std::min(header.size(), usual_columns);
  cell_width = std::min(room, std::max(cell_width, std::min(name_width, fair)));
  const auto side_by_side = room / cell_width;

  std::string text;
  for (std::size_t first = 0; first < header.size(); first += side_by_side) {
    const auto last = std::min(header.size(), first + side_by_side);
    const auto add_line = [&](std::string_view label, const auto& cell) {
      auto built = left(label, label_width);
      for (auto i = first; i < last; ++i) {
        built += std::string(gap, ' ') + right(cell(i), cell_width - gap);
      }
      text += line(std::move(built));
    };
    if (first > 0) {
      text += '\n';
    }
    add_line("", [&](std::size_t i) { return header[i].name; });
    add_line("", [&](std::size_t i) { return header[i].note; });
    for (const auto& row : rows) {
      add_line(row.label, [&](std::size_t i) { return row.cells.empty() ? "" : row.cells[i]; });
    }
  }
  return text;
}

std::string render_columns(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], columns(cells[i]));
    }
  }
  std::string text;
  for (const auto& cells : lines) {
    auto row = "  " + left(cells[0], widths[0]);
    for (std::size_t i = 1; i < cells.size(); ++i) {
      row += "  " + right(cells[i], widths[i]);
    }
    text += line(std::move(row));
  }
  return text;
}

}  // namespace tripcurve::report
