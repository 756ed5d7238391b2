#include "view/static_page.hpp"

#include <fmt/format.h>

#include "core/text.hpp"

namespace tripcurve::view {
namespace {

constexpr std::string_view document_head = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
)";

constexpr std::string_view common_style = R"(
:root { --page: #f4f5f7; --surface: #fff; --line: #d9dde3; --ink: #171c24; --dim: #566070; --bad: #b3261e;
  --good: #1b7f4b; }
@media (prefers-color-scheme: dark) {
  :root { --page: #10141a; --surface: #181d25; --line: #323a46; --ink: #e7ebf1; --dim: #a2adbc; --bad: #ff7d70;
    --good: #63d197; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 1rem 0;
  overflow-x: auto; }
h1 { font-size: 1.4rem; margin: 0.5rem 0; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0.3rem; font-family: ui-monospace, monospace; }
p, ul { margin: 0.3rem 0; }
.dim { color: var(--dim); }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
table { border-collapse: collapse; }
th, td { text-align: right; padding: 0.25rem 0.8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
svg { max-width: 100%; height: auto; }
pre { margin: 0; overflow-x: auto; }
)";

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : harmless(text)) {
    safe += c == '<'    ? "&lt;"
            : c == '>'  ? "&gt;"
            : c == '&'  ? "&amp;"
            : c == '"'  ? "&quot;"
            : c == '\'' ? "&#39;"
                        : std::string(1, c);
  }
  return safe;
}

std::string static_page(std::string_view title, std::string_view style, std::string_view body) {
  return fmt::format(
      "{}<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      document_head, escaped(title), common_style, style, body);
}

std::string table_row(const std::vector<std::string>& cells, std::string_view tag) {
  std::string text = "<tr>";
  for (const auto& cell : cells) {
    text += fmt::format("<{0}>{1}</{0}>", tag, escaped(cell));
  }
  return text + "</tr>\n";
}

}  // namespace tripcurve::view
