// A result that was read is written the same again, in every format, and compares with itself.
#include "report/compare.hpp"
#include "report/formats.hpp"
#include "report/registry.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {

void try_input(std::string_view input) {
  const auto summary = report::read_json("input.json", input);
  if (!summary) {
    require(summary.error().message.starts_with("'input.json'"), "a message begins with the file",
            summary.error().message);
    return;
  }
  const auto written = report::to_json(*summary);
  const auto again = report::read_json("again.json", written);
  require(again.ok(), "what was written can be read", again.ok() ? written : again.error().message);
  require_same("it is written the same again", written, report::to_json(*again));

  for (const auto& format : report::formats()) {
    (void)format.write(*summary);
  }
  require_harmless(report::to_text(*summary));
  const auto comparison = report::compare(*summary, *summary, Share{0.05});
  if (comparison) {
    (void)report::to_text(*comparison);
    (void)report::to_json(*comparison);
  }
}

}  // namespace tripcurve::fuzz
