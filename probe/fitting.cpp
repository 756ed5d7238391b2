#include "probe/fitting.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tripcurve::probe {
namespace {

// What a contradiction costs, from one that is nearly none to one in everything: e^-5 is a packet
// in 150.
constexpr double least_penalty = 4;
constexpr double more_penalty = 4;
// A poll one too early or too late is a matter of timing.
constexpr double penalty_of_next_poll = 1.5;

constexpr double most_of_step = 4;

double penalty(const Step& step, std::int64_t predicted, std::int64_t seen) {
  const bool is_poll = step.kind == Step::Kind::poll;
  if (is_poll && predicted >= 0 && seen >= 0) {
    return std::min(penalty_of_next_poll * static_cast<double>(std::abs(predicted - seen)),
                    least_penalty + more_penalty);
  }
  const auto a = static_cast<double>(predicted);
  const auto b = static_cast<double>(seen);
  if (a < 0 || b < 0) {
    return least_penalty + more_penalty;
  }
  return least_penalty + more_penalty * std::min(1.0, std::abs(a - b) / (std::max(a, b) + 1));
}

}  // namespace

double fit_of(const Script& script, const Seeing& predicted, const Seeing& seen) {
  std::size_t i = 0;
  double fit = 0;
  for (const auto& step : script.steps) {
    if (!step.makes_calls()) {
      continue;
    }
    if (i >= predicted.size() || i >= seen.size()) {
      break;
    }
    if (predicted[i] != seen[i]) {
      fit -= penalty(step, predicted[i], seen[i]);
      if (fit < -penalty_of_next_poll) {
        break;  // the rest follows from it
      }
    }
    ++i;
  }
  return fit;
}

double fit_of_spread(const Script& script, const std::vector<Seeing>& predicted, const Seeing& seen,
                     const Spread& spread) {
  double fit = -spread.penalty;
  std::size_t i = 0;
  for (const auto& step : script.steps) {
    if (!step.makes_calls()) {
      continue;
    }
    double mean = 0;
    double square = 0;
    for (const auto& one : predicted) {
      const auto value = static_cast<double>(one[i] < 0 ? step.count : one[i]);
      mean += value / static_cast<double>(predicted.size());
      square += value * value / static_cast<double>(predicted.size());
    }
    const double deviation =
        std::sqrt(std::max(0.0, square - mean * mean)) + spread.least + spread.relative * mean;
    const double off = (static_cast<double>(seen[i] < 0 ? step.count : seen[i]) - mean) / deviation;
    fit -= std::min(off * off / 2, most_of_step);
    ++i;
  }
  return fit;
}

Prediction predict(const breaker::Choice& choice, const OutcomeRules& rules,
                   const Surroundings& around, const Entry& entry, Random random, TimePoint start,
                   std::optional<Duration> phase) {
  Simulated subject(choice, rules, around, start, random, 0, phase);
  if (!entry.fresh) {
    (void)run({.steps = {{.kind = Step::Kind::until, .count = most_failures}}}, entry.failure,
              subject);
  }
  const auto began = subject.now();
  const auto before = subject.calls();
  subject.follow(entry.course, began);
  if (entry.recovery) {
    (void)recover(*entry.recovery, subject);
  }
  Prediction prediction{.seen = run(entry.script, entry.failure, subject)};
  prediction.took = subject.now() - began;
  prediction.calls = subject.calls() - before;
  return prediction;
}

}  // namespace tripcurve::probe
