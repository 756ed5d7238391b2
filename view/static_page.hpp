// A page of text, tables and pictures without a script: what curve, replay and sweep report. One
// style for all of them, light and dark as the reader's browser is set. It is one file and asks the
// network for nothing; its policy forbids scripts, whatever a name in it holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripcurve::view {

// Text as it stands between tags and in attributes.
[[nodiscard]] std::string escaped(std::string_view text);

// `title` is text, `style` is CSS of the page's own, and `body` is HTML.
[[nodiscard]] std::string static_page(std::string_view title, std::string_view style,
                                      std::string_view body);

// A row of a table, of texts. `tag`: "td" or "th".
[[nodiscard]] std::string table_row(const std::vector<std::string>& cells,
                                    std::string_view tag = "td");

}  // namespace tripcurve::view
