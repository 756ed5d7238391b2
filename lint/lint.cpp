#include "lint/lint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "theory/trips.hpp"

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

// "a 404", "a 404 and a timeout"; `between` is the word before the last.
std::string listed(const std::vector<std::string>& items, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += i == 0 ? "" : i + 1 < items.size() ? ", " : fmt::format(" {} ", between);
    text += items[i];
  }
  return text;
}

class Linter {
 public:
  Linter(const breaker::Dialect& dialect, const Facts& facts, const Traffic& traffic)
      : dialect_(dialect), facts_(facts), traffic_(traffic) {}

  std::vector<Warning> run() {
    // What is judged after it is told that some ends do not count is judged as if they did.
    const double errors = traffic_.outage_errors + (ends_uncounted() ? uncounted() : 0);
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
        outage_too_mild(rule, errors);
      }
    }
    if (facts_.trials_admitted > 0 && facts_.trials_needed > facts_.trials_admitted) {
      warn("",
           fmt::format(
               "it lets out {} while half-open but needs {} to decide, so it stays half-open",
               count_of(facts_.trials_admitted, "call"), facts_.trials_needed),
           fmt::format("let out at least {}", facts_.trials_needed));
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
         fmt::format("cannot be expected to open: it needs {} in {}, but {:.4g}/s brings only "
                     "{:.4g} {}",
                     count_of(needed, by_count ? "failure" : "call"), format_duration(rule.window),
                     traffic_.calls_per_second, come, plural(come, "call")),
         fmt::format("set it to at most {:.0f}, or use a longer window",
                     std::max(1.0, std::floor(come))));
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
           fmt::format("decides nothing before {}, which {} {} at {:.4g}/s, but the outage "
                       "lasts only {}",
                       count_of(rule.minimum_calls, "call"),
                       rule.minimum_calls == 1 ? "takes" : "take", rounded(wait),
                       traffic_.calls_per_second, format_duration(traffic_.outage_length)),
           "set it to at most " + count_of(static_cast<std::uint64_t>(std::max(
                                               1.0, traffic_.calls_per_second *
                                                        to_seconds(traffic_.outage_length) / 2)),
                                           "call"));
    }
  }

  [[nodiscard]] double uncounted() const {
    double share = 0;
    for (const auto& end : traffic_.uncounted) {
      share += end.share;
    }
    return share;
  }

  [[nodiscard]] static bool share_is_reached(const TripRule& rule, double errors) {
    return rule.only_above ? errors > rule.share : errors >= rule.share;
  }

  // Mean time until a row of failures comes; nothing when it is not known.
  [[nodiscard]] std::optional<double> wait_for_row(const TripRule& rule, double errors) const {
    if (traffic_.calls_per_second <= 0 || traffic_.outage_length == Duration{}) {
      return std::nullopt;
    }
    const auto calls = theory::calls_until_trip(rule, traffic_.calls_per_second, errors, errors);
    return calls ? std::optional(calls->mean / traffic_.calls_per_second) : std::nullopt;
  }

  // The outage's failures, of that share, would do for the rule.
  [[nodiscard]] bool reaches(const TripRule& rule, double errors) const {
    switch (rule.kind) {
      case TripRule::Kind::share:
        return errors > 0 && share_is_reached(rule, errors);
      case TripRule::Kind::count:
        return errors > 0;
      case TripRule::Kind::consecutive:
        return errors >= 1 || (errors > 0 && wait_for_row(rule, errors).value_or(0) <=
                                                 to_seconds(traffic_.outage_length));
    }
    return false;
  }

  // What goes wrong in the outage does not count, and what does count is not enough.
  bool ends_uncounted() {
    const auto opens = [&](const TripRule& rule) {
      return !rule.of_slow_calls && reaches(rule, traffic_.outage_errors);
    };
    if (traffic_.uncounted.empty() || facts_.trips.empty() || counts_slow_calls(facts_, traffic_) ||
        std::ranges::any_of(facts_.trips, opens)) {
      return false;
    }
    std::vector<std::string> ends;
    std::vector<std::string> counted;
    for (const auto& [end, outcome, share] : traffic_.uncounted) {
      ends.push_back(words(end));
      counted.push_back(format_ends({end.kind(), end.status(), end.status()}) + "=failure");
    }
    warn("",
         fmt::format("{} {} not count as {}, and {} of the outage's calls end this way",
                     listed(ends, "and"), ends.size() == 1 ? "does" : "do",
                     ends.size() == 1 ? "a failure" : "failures", percent(uncounted())),
         fmt::format("to count {}: --counts {}{}", ends.size() == 1 ? "it" : "them",
                     fmt::join(counted, ","), dialects_that_count()));
    return true;
  }

  // ", or a dialect that counts it: resilience4j"; "" when there is none, and when what most of
  // them count was taken away from this one.
  [[nodiscard]] std::string dialects_that_count() const {
    std::vector<std::string> names;
    if (std::ranges::any_of(traffic_.uncounted, [](const breaker::Uncounted& end) {
          return OutcomeRules().of(end.end) == Outcome::failure;
        })) {
      return {};
    }
    for (const auto& other : breaker::dialects()) {
      const auto counts = [rules = breaker::usual_rules(other)](const breaker::Uncounted& end) {
        return rules.of(end.end) == Outcome::failure;
      };
      if (&other != &dialect_ && std::ranges::all_of(traffic_.uncounted, counts)) {
        names.emplace_back(other.name);
      }
    }
    return names.empty() ? ""
                         : fmt::format(", or a dialect that counts {}: {}",
                                       traffic_.uncounted.size() == 1 ? "it" : "them",
                                       fmt::join(names, ", "));
  }

  void outage_too_mild(const TripRule& rule, double errors) {
    if (rule.kind == TripRule::Kind::share) {
      if (!share_is_reached(rule, errors)) {
        warn("",
             fmt::format("opens {} {} failures, but the outage has only {}",
                         rule.only_above ? "above" : "at", percent(rule.share), percent(errors)),
             errors > 0 ? fmt::format("use a threshold below {}", percent(errors)) : slow_remedy());
      }
      return;
    }
    const double wait = rule.kind == TripRule::Kind::consecutive && errors < 1
                            ? wait_for_row(rule, errors).value_or(0)
                            : 0;
    if (wait > to_seconds(traffic_.outage_length)) {
      warn("",
           std::isinf(wait)
               ? "never opens: the outage has no failures"
               : fmt::format("{} in a row {} once in {:.3g} calls if {} fail, which "
                             "takes {} at {:.4g}/s, but the outage lasts only {}",
                             count_of(rule.failures, "failure"),
                             rule.failures == 1 ? "comes" : "come",
                             wait * traffic_.calls_per_second, percent(errors), rounded(wait),
                             traffic_.calls_per_second, format_duration(traffic_.outage_length)),
           errors == 0 ? slow_remedy()
                       : "require fewer in a row, or use a rule based on the share of failures");
    }
  }

  void slow_threshold(const TripRule& rule) {
    if (!rule.by_default && traffic_.timeout > Duration{} && rule.slow_from >= traffic_.timeout) {
      warn("",
           fmt::format("no call is ever slower than {}, because the timeout of {} ends it first",
                       format_duration(rule.slow_from), format_duration(traffic_.timeout)),
           fmt::format("use a slow-call threshold below {}", format_duration(traffic_.timeout)));
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
             "answers that take {} count as successes{}, so slow answers alone never open it",
             format_duration(traffic_.outage_latency),
             traffic_.timeout == Duration{}
                 ? ""
                 : fmt::format(", because they are within the timeout of {}",
                               format_duration(traffic_.timeout))),
         slow_remedy());
    return true;
  }

  [[nodiscard]] std::string slow_remedy() const {
    return traffic_.outage_latency > Duration{}
               ? fmt::format(
                     "use a timeout below {}, or a dialect that counts slow calls: resilience4j, "
                     "sentinel",
                     format_duration(traffic_.outage_latency))
               : "use a dialect that counts slow calls: resilience4j, sentinel";
  }

  const breaker::Dialect& dialect_;
  const Facts& facts_;
  const Traffic& traffic_;
  std::vector<Warning> found_;
};

}  // namespace

std::vector<Warning> lint(const breaker::Choice& choice, const Traffic& traffic) {
  const auto facts = choice.facts();
  auto found = Linter(choice.dialect(), facts, traffic).run();
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
      const auto calls = theory::calls_until_trip(rule, traffic.calls_per_second, share, sticks);
      if (calls) {
        known = true;
        // Each opening begins with the calls until it, and then has its time.
        trips += month / (calls->mean / traffic.calls_per_second + to_seconds(facts.open_for));
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
