// One line of the terminal while it is being put together: it knows its width, prints nothing that
// is not printable, and uses colour only when it may.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "breaker/breaker.hpp"
#include "live/display.hpp"
#include "report/marked_text.hpp"

namespace tripcurve::live {

using report::Ink;

class Line {
 public:
  // Never wider than `width` columns: what would not fit is cut, and an ellipsis says so.
  Line(int width, Style style) : width_(width), style_(style) {}

  // Text at the present column.
  Line& put(std::string_view text, Ink ink = Ink::plain);
  // Text that ends before column `end`; at the present column when there is no more room.
  Line& put_right(std::string_view text, int end, Ink ink = Ink::plain);
  // Spaces up to `column`; nothing when it is passed already.
  Line& move_to(int column);

  [[nodiscard]] int column() const { return column_; }
  [[nodiscard]] int room() const { return width_ - column_; }
  [[nodiscard]] std::string text() const;

 private:
  int width_;
  Style style_;
  int column_ = 0;
  int gap_ = 0;  // spaces that are owed, so that none trail
  Ink ink_ = Ink::plain;
  std::string text_;
};

// How a breaker's state looks: a shape and a word that tell it without the ink.
struct Look {
  std::string_view shape;  // one column
  std::string_view word;
  Ink ink;
};

[[nodiscard]] Look look(breaker::State state, const Style& style);

// A report for a terminal: its marks as colours, if it may have any, and nothing else that would
// steer the terminal.
[[nodiscard]] std::string painted(const report::MarkedText& text, const Style& style);

}  // namespace tripcurve::live
