// Latencies as they were measured somewhere, in the files that load generators write: percentiles
// of HdrHistogram (.hgrm), the results of fortio (JSON), the summary of k6 (JSON), or single
// durations, one a line (CSV).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/durations/words.hpp"
#include "core/result.hpp"

namespace tripcurve::experiment {

// The percentiles in the text of a file, rising; the format shows by itself. `unit` (ns, us, ms, s)
// is that of the numbers in it. fortio and k6 say theirs, and so does a CSV whose header ends with
// it, such as latency_ms. A mistake has its file:line:column in front.
[[nodiscard]] Result<std::vector<durations::Point>> read_recorded(const std::string& file,
                                                                  std::string_view text,
                                                                  std::string_view unit);

// Reads such files by their paths. `text_of` gives the text of one, and `named` what messages call
// it.
[[nodiscard]] durations::ReadRecorded reader_of_recorded(
    std::function<Result<std::string>(const std::string& path)> text_of,
    std::function<std::string(const std::string& path)> named);

}  // namespace tripcurve::experiment
