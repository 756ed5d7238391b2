// Runs experiments in virtual time, as `tripcurve simulate` does, and reads metrics off them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/judged.hpp"
#include "report/summary.hpp"

namespace tripcurve::validate {

// A mean of independent runs, and its standard error.
struct Estimate {
  double mean = 0;
  double error = 0;
};
[[nodiscard]] Estimate estimate_of(const std::vector<double>& values);

// What a metric says of a run, in its unit (a duration in seconds). Several of them, such as those
// of several breakers, are put together by their mean. Not a number if there is none.
[[nodiscard]] double metric_of(const report::Summary& summary, std::string_view metric,
                               const report::Scope& scope = {});

// An experiment file, by the number of the run; its seed is that of the run.
using Text = std::function<std::string(std::uint32_t run)>;
// A number that a run comes to.
using Number = std::function<double(const report::Summary& summary)>;

[[nodiscard]] report::Summary played(const std::string& yaml, std::uint64_t seed);

// The means of these numbers over so many runs.
[[nodiscard]] std::vector<Estimate> mean_of_runs(const Text& text, std::uint32_t runs,
                                                 const std::vector<Number>& numbers);

// A part of a whole, such as the calls that failed of all calls.
struct Ratio {
  Number part;
  Number whole;
};
// The part in all these runs together, of the whole in all of them. This is not the mean of the
// runs' ratios where runs with a small whole have others: users who wait make few calls.
[[nodiscard]] std::vector<Estimate> ratios_of_runs(const Text& text, std::uint32_t runs,
                                                   const std::vector<Ratio>& ratios);

// Of the parts and wholes of independent runs.
[[nodiscard]] Estimate ratio_of(const std::vector<double>& parts,
                                const std::vector<double>& wholes);

}  // namespace tripcurve::validate
