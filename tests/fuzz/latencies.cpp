// Files of recorded latencies: the input's first line is the unit of their numbers, and the rest
// the file. What is taken rises.
#include "core/durations/words.hpp"
#include "core/text.hpp"
#include "experiment/recorded_latency.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {

void try_input(std::string_view input) {
  const auto unit = take_until(input, "\n");
  const auto points = experiment::read_recorded("recorded", input, unit);
  if (!points) {
    require(!points.error().message.empty(), "an error says something", input);
    return;
  }
  require(!points->empty(), "a file without latencies is refused", input);
  for (std::size_t i = 0; i + 1 < points->size(); ++i) {
    require((*points)[i].q < (*points)[i + 1].q, "percentiles rise", input);
    require((*points)[i].value <= (*points)[i + 1].value, "latencies rise", input);
  }
}

}  // namespace tripcurve::fuzz
