#include "report/registry.hpp"

#include <array>

#include "report/formats.hpp"

namespace tripcurve::report {

std::span<const Format> formats() {
  static constexpr std::array all{
      Format{"text", "--text", "the report as on the terminal", ".txt", to_text},
      Format{"html", "--html", "a page with charts, in one file", ".html", to_html},
      Format{"json", "--json", "all numbers, for programs, report and compare", ".json", to_json},
      Format{"junit", "--junit", "JUnit XML with a test case per expectation", ".xml", to_junit},
      Format{"markdown", "--markdown", "tables for summaries and comments", ".md", to_markdown},
      Format{"csv", "--csv", "the run over time, with a row per interval", ".csv", to_csv},
  };
  return all;
}

}  // namespace tripcurve::report
