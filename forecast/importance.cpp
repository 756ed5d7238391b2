#include "forecast/importance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "forecast/everyday.hpp"
#include "forecast/stream.hpp"
#include "theory/windows.hpp"

namespace tripcurve::forecast {
namespace {

using breaker::TripRule;

// Where to look for trips of a rule: so many calls in a row under such odds.
struct Tilt {
  std::size_t calls = 0;
  Odds odds{};
};

// Of the draws so many are as on any day, so that no weight can be large.
constexpr double untilted = 0.1;

// The calls that a rule looks at.
double calls_of(const TripRule& rule, double calls_per_second) {
  if (rule.kind == TripRule::Kind::consecutive) {
    return static_cast<double>(rule.failures);
  }
  return rule.window_calls > 0      ? static_cast<double>(rule.window_calls)
         : rule.window > Duration{} ? to_seconds(rule.window) * calls_per_second
                                    : 0;
}

std::optional<Tilt> tilt_for(const TripRule& rule, const Everyday& everyday,
                             double calls_per_second) {
  const double calls =
      std::max(calls_of(rule, calls_per_second), static_cast<double>(rule.minimum_calls));
  const double normally = rule.of_slow_calls ? everyday.odds().slow : everyday.odds().after_success;
  if (calls < 1 || normally <= 0) {
    return std::nullopt;
  }
  const double needed = rule.kind == TripRule::Kind::consecutive
                            ? calls
                            : theory::failures_needed(rule, std::ceil(calls));
  const double share = std::min(needed / calls, 1 - 1 / (2 * calls + 2));
  return Tilt{static_cast<std::size_t>(std::ceil(calls)),
              rule.of_slow_calls ? everyday.with_slow(share) : everyday.with_failures(share)};
}

struct Setting {
  const breaker::Choice& choice;
  Everyday everyday;
  std::vector<Tilt> tilts;
  std::size_t warm_up = 0;  // calls until windows are full
  std::size_t calls = 0;    // and then those among which trips are counted
};

// One breaker through its calls, a stretch of which is tilted.
class Draw {
 public:
  Draw(const Setting& setting, Random random) : setting_(setting), random_(random) {}

  // The weight of a trip within the calls that count; 0 if it did not trip there.
  double weight() {
    const auto all = setting_.warm_up + setting_.calls;
    const bool tilted = random_.unit() >= untilted;
    const auto which =
        static_cast<std::size_t>(random_.unit() * static_cast<double>(setting_.tilts.size()));
    const auto& tilt = setting_.tilts[which];
    const auto first = first_of(tilt);
    const auto begin =
        first + static_cast<std::size_t>(random_.unit() * static_cast<double>(all - first));
    Stream stream(setting_.choice, random_.fork("breaker"));
    const auto& normal = setting_.everyday.odds();
    bool after_failure =
        random_.unit() < normal.after_success / (normal.after_success + 1 - normal.after_failure);
    std::vector<EverydayCall> calls;
    std::vector<bool> after;
    bool trips = false;
    for (std::size_t i = 0; i < all && !trips; ++i) {
      const bool in_stretch = tilted && i >= begin && i < begin + tilt.calls;
      after.push_back(after_failure);
      calls.push_back(
          setting_.everyday.draw(random_, in_stretch ? tilt.odds : normal, after_failure));
      after_failure = calls.back().fails;
      trips = stream.call(calls.back());
    }
    return trips && calls.size() > setting_.warm_up ? 1 / likelihood(calls, after) : 0;
  }

 private:
  // The first call of the earliest stretch that can bring a trip among the calls that count.
  [[nodiscard]] std::size_t first_of(const Tilt& tilt) const {
    return setting_.warm_up - std::min(tilt.calls, setting_.warm_up);
  }

  // How much likelier these calls are under the mixture of all stretches. What would have come
  // after the trip is as likely under both, in the mean.
  [[nodiscard]] double likelihood(const std::vector<EverydayCall>& calls,
                                  const std::vector<bool>& after) const {
    const auto all = setting_.warm_up + setting_.calls;
    double mixture = untilted;
    for (const auto& tilt : setting_.tilts) {
      std::vector<double> log_ratios{0};  // of the first so many calls
      for (std::size_t i = 0; i < calls.size(); ++i) {
        log_ratios.push_back(log_ratios.back() +
                             setting_.everyday.log_ratio(calls[i], tilt.odds, after[i]));
      }
      const auto up_to = [&](std::size_t i) { return log_ratios[std::min(i, calls.size())]; };
      const auto first = first_of(tilt);
      double sum = 0;
      for (auto begin = first; begin < all; ++begin) {
        sum += std::exp(up_to(begin + tilt.calls) - up_to(begin));
      }
      mixture += (1 - untilted) * sum / static_cast<double>(all - first) /
                 static_cast<double>(setting_.tilts.size());
    }
    return mixture;
  }

  const Setting& setting_;
  Random random_;
};

Duration slow_from(const std::vector<TripRule>& rules) {
  const auto rule = std::ranges::find_if(rules, &TripRule::of_slow_calls);
  return rule == rules.end() ? Duration{} : rule->slow_from;
}

}  // namespace

std::optional<RarePerCall> rare_trips(const breaker::Choice& choice, const Baseline& baseline,
                                      const Effort& effort) {
  const auto rules = choice.facts().trips;
  Setting setting{.choice = choice, .everyday = Everyday(baseline, slow_from(rules)), .tilts = {}};
  for (const auto& rule : rules) {
    if (auto tilt = tilt_for(rule, setting.everyday, baseline.calls_per_second)) {
      setting.warm_up = std::max(setting.warm_up, tilt->calls + tilt->calls / 2 + 10);
      setting.tilts.push_back(*std::move(tilt));
    }
  }
  if (setting.tilts.empty()) {
    return std::nullopt;
  }
  // Calls that are under way when the stretch ends may end among those that count, and the other
  // way round.
  setting.calls = setting.warm_up + static_cast<std::size_t>(to_seconds(baseline.latency.mean()) *
                                                             baseline.calls_per_second * 2);
  const auto draws = std::max<std::uint64_t>(effort.calls / (setting.warm_up + setting.calls), 100);
  const Random root = Random(effort.seed).fork("importance");
  double sum = 0;
  double squares = 0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const double weight = Draw(setting, root.fork(i)).weight();
    sum += weight;
    squares += weight * weight;
  }
  const auto n = static_cast<double>(draws);
  const auto calls = static_cast<double>(setting.calls);
  const double mean = sum / n;
  return RarePerCall{mean / calls,
                     std::sqrt(std::max(0.0, squares / n - mean * mean) / (n - 1)) / calls};
}

}  // namespace tripcurve::forecast
