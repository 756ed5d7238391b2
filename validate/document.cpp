#include "validate/document.hpp"

#include <fmt/format.h>

namespace tripcurve::validate {

std::string document_of(const std::vector<Section>& sections) {
  std::string text =
      "# Validation\n\n"
      "What tripcurve comes to, beside what theory, publications and measurements say. "
      "`scripts/validate` writes this page; `tests/validate` holds each table to it in a shorter "
      "form. A number holds if it is within the tolerance that its section names (1 % if it names "
      "none), or within four standard errors (±).\n";
  for (const auto& section : sections) {
    text += fmt::format("\n## {}\n\n{}\n\n| case | expected | tripcurve | |\n|---|---|---|---|\n",
                        section.title, section.about);
    for (const auto& row : section.rows) {
      text += fmt::format("| {} | {} | {} | {} |\n", row.what, row.expected, row.found,
                          row.holds ? "holds" : "**does not hold**");
    }
  }
  return text;
}

std::vector<std::string> mistakes_of(const std::vector<Section>& sections) {
  std::vector<std::string> mistakes;
  for (const auto& section : sections) {
    for (const auto& row : section.rows) {
      if (!row.holds) {
        mistakes.push_back(fmt::format("{}: {}: expected {}, found {}", section.title, row.what,
                                       row.expected, row.found));
      }
    }
  }
  return mistakes;
}

}  // namespace tripcurve::validate
