#include "lint/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/units.hpp"
#include "lint/forecast.hpp"

namespace tripcurve::lint {
namespace {

using breaker::Facts;
using breaker::Traffic;
using breaker::TripRule;
using breaker::Warning;

constexpr double month = 30.0 * 24 * 3600;

std::string percent(double share) { return fmt::format("{:.3g}%", share * 100); }

std::string rounded(double seconds) {
  constexpr double most = 10'000.0 * 3600;
  if (!(seconds <= most)) {
    return "more than 10000h";
  }
  return show_duration(Duration(static_cast<Duration::rep>(seconds * 1e9)));
}

// Some rule counts the outage's answers as slow calls.
bool counts_slow_calls(const Facts& facts, const Traffic& traffic) {
  return std::ranges::any_of(facts.trips, [&](const TripRule& rule) {
    return rule.of_slow_calls && rule.slow_from < traffic.outage_latency;
  });
}

class Linter {
 public:
  Linter(const Facts& facts, const Traffic& traffic) : facts_(facts), traffic_(traffic) {}

  std::vector<Warning> run() {
    // Either is reason enough not to ask whether its failures would open it.
    const bool slow_decides = slow_answers_uncounted() || counts_slow_calls(facts_, traffic_);
    for (const auto& rule : facts_.trips) {
      if (rule.of_slow_calls) {
        slow_threshold(rule);
        continue;
      }
      if (!minimum_never_comes(rule)) {
        first_verdict_too_late(rule);
      }
      if (!slow_decides) {
        outage_too_mild(rule);
      }
    }
    if (facts_.trials_admitted > 0 && facts_.trials_needed > facts_.trials_admitted) {
      warn("",
           fmt::format("half-open lets {} out and needs {} for a verdict: it stays half-open",
                       facts_.trials_admitted, facts_.trials_needed),
           fmt::format("let at least {} out", facts_.trials_needed));
    }
    return found_;
  }

 private:
  void warn(std::string_view key, std::string reason, std::string remedy) {
    found_.push_back({std::string(key), std::move(reason), std::move(remedy)});
  }

  bool minimum_never_comes(const TripRule& rule) {
    if (rule.window == Duration{} || traffic_.calls_per_second <= 0) {
      return false;
    }
    const bool by_count = rule.kind == TripRule::Kind::count && rule.failures > rule.minimum_calls;
    const auto needed = by_count ? rule.failures : rule.minimum_calls;
    const double come = traffic_.calls_per_second * to_seconds(rule.window);
    if (std::floor(come) + 1 >= static_cast<double>(needed)) {  // one more may just fit in
      return false;
    }
    warn(facts_.minimum_calls_key,
         fmt::format("cannot be expected to open: it needs {} {} in {}, and {:.4g}/s bring {:.4g} "
                     "calls",
                     needed, by_count ? "failures" : "calls", format_duration(rule.window),
                     traffic_.calls_per_second, come),
         fmt::format("at most {:.0f}, or a longer window", std::max(1.0, std::floor(come))));
    return true;
  }

  void first_verdict_too_late(const TripRule& rule) {
    if (traffic_.calls_per_second <= 0 || traffic_.outage_length == Duration{} ||
        rule.kind == TripRule::Kind::consecutive) {
      return;
    }
    const double wait = static_cast<double>(rule.minimum_calls) / traffic_.calls_per_second;
    if (wait > to_seconds(traffic_.outage_length)) {
      warn(facts_.minimum_calls_key,
           fmt::format("judges nothing before {} calls, which take {} at {:.4g}/s; the outage "
                       "lasts {}",
                       rule.minimum_calls, rounded(wait), traffic_.calls_per_second,
                       format_duration(traffic_.outage_length)),
           fmt::format("at most {:.0f} calls",
                       std::max(1.0, std::floor(traffic_.calls_per_second *
                                                to_seconds(traffic_.outage_length) / 2))));
    }
  }

  void outage_too_mild(const TripRule& rule) {
    const double errors = traffic_.outage_errors;
    if (rule.kind == TripRule::Kind::share) {
      if (rule.share > errors || (rule.only_above && rule.share == errors)) {
        warn("",
             fmt::format("opens {} {} failures, and the outage has {}",
                         rule.only_above ? "above" : "at", percent(rule.share), percent(errors)),
             errors > 0 ? fmt::format("a threshold below {}", percent(errors)) : slow_remedy());
      }
      return;
    }
    if (rule.kind != TripRule::Kind::consecutive || errors >= 1 || traffic_.calls_per_second <= 0 ||
        traffic_.outage_length == Duration{}) {
      return;
    }
    const auto calls = calls_until_trip(rule, traffic_.calls_per_second, errors, errors);
    const double wait = calls.value_or(0) / traffic_.calls_per_second;
    if (wait > to_seconds(traffic_.outage_length)) {
      warn("",
           std::isinf(wait)
               ? "never opens: the outage has no failures"
               : fmt::format("{} failures in a row come once in {:.3g} calls when {} fail, {} "
                             "at {:.4g}/s; the outage lasts {}",
                             rule.failures, *calls, percent(errors), rounded(wait),
                             traffic_.calls_per_second, format_duration(traffic_.outage_length)),
           errors == 0 ? slow_remedy() : "fewer in a row, or a rule by share of failures");
    }
  }

  void slow_threshold(const TripRule& rule) {
    if (!rule.by_default && traffic_.timeout > Duration{} && rule.slow_from >= traffic_.timeout) {
      warn("",
           fmt::format("no call is ever slower than {}: the timeout of {} ends it first",
                       format_duration(rule.slow_from), format_duration(traffic_.timeout)),
           fmt::format("a slow-call threshold below {}", format_duration(traffic_.timeout)));
    }
  }

  // The founding story's own case: answers of 2 to 3 s, a timeout of 5 s, a breaker of errors only.
  bool slow_answers_uncounted() {
    const bool slower = traffic_.outage_latency > 2 * traffic_.normal_latency;
    const bool in_time =
        traffic_.timeout == Duration{} || traffic_.outage_latency < traffic_.timeout;
    const bool fails_anyway = traffic_.outage_errors > 2 * traffic_.normal_errors + 0.01;
    if (facts_.trips.empty() || !slower || !in_time || fails_anyway ||
        counts_slow_calls(facts_, traffic_)) {
      return false;
    }
    warn("",
         fmt::format(
             "answers that take {} are successes{}: being slow does not open it",
             format_duration(traffic_.outage_latency),
             traffic_.timeout == Duration{}
                 ? ""
                 : fmt::format(", under the timeout of {}", format_duration(traffic_.timeout))),
         slow_remedy());
    return true;
  }

  [[nodiscard]] std::string slow_remedy() const {
    return traffic_.outage_latency > Duration{}
               ? fmt::format(
                     "a timeout below {}, or a dialect that counts slow calls: "
                     "resilience4j, sentinel",
                     format_duration(traffic_.outage_latency))
               : "a dialect that counts slow calls: resilience4j, sentinel";
  }

  const Facts& facts_;
  const Traffic& traffic_;
  std::vector<Warning> found_;
};

}  // namespace

std::vector<Warning> lint(const breaker::Choice& choice, const Traffic& traffic) {
  const auto facts = choice.facts();
  auto found = Linter(facts, traffic).run();
  for (auto& warning : choice.warnings(traffic)) {
    found.push_back(std::move(warning));
  }
  return found;
}

std::optional<FalseTrips> false_trips(const breaker::Choice& choice, const Traffic& traffic) {
  if (traffic.calls_per_second <= 0) {
    return std::nullopt;
  }
  constexpr double stickiness = 0.5;
  const auto facts = choice.facts();
  const double share = traffic.normal_errors;
  const auto per_month = [&](double sticks) -> std::optional<double> {
    double trips = 0;
    bool known = false;
    for (const auto& rule : facts.trips) {
      const auto calls = calls_until_trip(rule, traffic.calls_per_second, share, sticks);
      if (calls) {
        known = true;
        // Each opening begins with the calls until it, and then has its time.
        trips += month / (*calls / traffic.calls_per_second + to_seconds(facts.open_for));
      }
    }
    return known ? std::optional(trips) : std::nullopt;
  };
  const auto independent = per_month(share);
  if (!independent) {
    return std::nullopt;
  }
  return FalseTrips{*independent, share < stickiness ? per_month(stickiness) : std::nullopt};
}

}  // namespace tripcurve::lint
