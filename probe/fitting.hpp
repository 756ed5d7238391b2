// An experiment that was made, what a breaker would have shown in it, and how well the two fit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "breaker/registry.hpp"
#include "probe/script.hpp"
#include "probe/simulated.hpp"

namespace tripcurve::probe {

// How many calls that fail are made at most, to see whether they open it.
inline constexpr std::uint32_t most_failures = 250;

// An experiment and what was seen.
struct Entry {
  Script script;
  Failure failure{CallEnd::Kind::answer, 503};
  bool fresh = false;                  // the service was new
  std::optional<Recovery> recovery{};  // else it had been opened by calls that fail, and recovered
  bool counts = true;                  // false: only what came before another entry
  Seeing seen{};
  Course course{};        // when its calls were made; without it, when they were due
  TimePoint at{};         // when the recovery began
  TimePoint script_at{};  // and when that was done
  Duration took{};        // both
  std::uint64_t calls = 0;
};

// What a breaker would show in that experiment if it came next, and how long it would take.
struct Prediction {
  Seeing seen{};
  Duration took{};
  std::uint64_t calls = 0;
};
// `start` is when the experiment begins, and `phase` as for Simulated.
[[nodiscard]] Prediction predict(const breaker::Choice& choice, const OutcomeRules& rules,
                                 const Surroundings& around, const Entry& entry,
                                 Random random = Random(1), TimePoint start = {},
                                 std::optional<Duration> phase = {});

// Log-likelihood of what was seen where that was predicted: 0 if they are equal.
[[nodiscard]] double fit_of(const Script& script, const Seeing& predicted, const Seeing& seen);
// The same where several that had other luck predicted it: how far off their mean it is, in their
// standard deviations, to which something is added that even equal predictions leave open.
struct Spread {
  double penalty = 0;  // in any case
  double least = 0;
  double relative = 0;  // of the mean
};
[[nodiscard]] double fit_of_spread(const Script& script, const std::vector<Seeing>& predicted,
                                   const Seeing& seen, const Spread& spread);

// Less than this, and it contradicts.
inline constexpr double contradiction = -3;

}  // namespace tripcurve::probe
