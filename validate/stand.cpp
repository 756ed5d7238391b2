#include "validate/stand.hpp"

#include <cmath>
#include <limits>

#include "core/ensure.hpp"
#include "expect/metrics.hpp"
#include "experiment/read.hpp"
#include "trial/trial.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::validate {

Estimate estimate_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const auto value : values) {
    sum += value;
  }
  double squares = 0;
  for (const auto value : values) {
    squares += (value - sum / n) * (value - sum / n);
  }
  return {sum / n, values.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0};
}

double metric_of(const report::Summary& summary, std::string_view name,
                 const report::Scope& scope) {
  const auto metric = expect::find_metric(name);
  ENSURE(metric.ok());
  double sum = 0;
  double found = 0;
  for (const auto& observation : expect::observations_of(**metric, summary, scope, std::nullopt)) {
    if (observation.value) {
      sum += *observation.value;
      ++found;
    }
  }
  if (found == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  constexpr double milliseconds_a_second = 1000;
  return sum / found / ((*metric)->unit == expect::Unit::duration ? milliseconds_a_second : 1);
}

report::Summary played(const std::string& yaml, std::uint64_t seed) {
  auto reading = experiment::read_experiment("validate.yaml", yaml, {});
  if (!reading.errors.empty()) {
    throw Bug(reading.errors.front().message + "\n" + yaml);
  }
  reading.experiment.seed = seed;
  trial::VirtualTime world;
  return trial::run(reading.experiment, world, {}, {}, {});
}

namespace {

// What each number comes to in each run.
std::vector<std::vector<double>> values_of_runs(const Text& text, std::uint32_t runs,
                                                const std::vector<Number>& numbers) {
  std::vector<std::vector<double>> values(numbers.size());
  for (std::uint32_t run = 0; run < runs; ++run) {
    const auto summary = played(text(run), run + 1);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      values[i].push_back(numbers[i](summary));
    }
  }
  return values;
}

}  // namespace

std::vector<Estimate> mean_of_runs(const Text& text, std::uint32_t runs,
                                   const std::vector<Number>& numbers) {
  std::vector<Estimate> means;
  for (const auto& values : values_of_runs(text, runs, numbers)) {
    means.push_back(estimate_of(values));
  }
  return means;
}

// Its error is that of the mean of part - ratio * whole, in wholes (Cochran, Sampling Techniques,
// 1977, chapter 6).
Estimate ratio_of(const std::vector<double>& parts, const std::vector<double>& wholes) {
  const double whole = estimate_of(wholes).mean;
  const double ratio = estimate_of(parts).mean / whole;
  std::vector<double> rests;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    rests.push_back((parts[i] - ratio * wholes[i]) / whole);
  }
  return {ratio, estimate_of(rests).error};
}

std::vector<Estimate> ratios_of_runs(const Text& text, std::uint32_t runs,
                                     const std::vector<Ratio>& ratios) {
  std::vector<Number> numbers;
  for (const auto& [part, whole] : ratios) {
    numbers.push_back(part);
    numbers.push_back(whole);
  }
  const auto values = values_of_runs(text, runs, numbers);
  std::vector<Estimate> estimates;
  for (std::size_t i = 0; i < values.size(); i += 2) {
    estimates.push_back(ratio_of(values[i], values[i + 1]));
  }
  return estimates;
}

}  // namespace tripcurve::validate
