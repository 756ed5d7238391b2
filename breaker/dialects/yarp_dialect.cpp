// The keys of the dialect `yarp`, what they come down to, and its portrait.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include "breaker/dialects/yarp.hpp"
#include "breaker/parts/cause.hpp"
#include "core/plural.hpp"

namespace tripcurve::breaker {
namespace {

constexpr double longest_timer_ms = 4294967294;  // of .NET: YARP throws for a longer one
constexpr std::string_view cluster_limit = "TransportFailureRateHealthPolicy.RateLimit";
constexpr std::string_view default_limit = "DefaultFailureRateLimit";

// In the order of the enumerators.
constexpr std::array<std::string_view, 2> availabilities{"HealthyOrPanic", "HealthyAndUnknown"};
constexpr std::array<std::string_view, 5> load_balancings{
    "PowerOfTwoChoices", "RoundRobin", "LeastRequests", "Random", "FirstAlphabetical"};

constexpr std::array yarp_keys{
    Key{"destinations", "", "1",
        "the number of destinations in the cluster; each has its own health", whole(1, 100'000)},
    Key{"LoadBalancingPolicy", "", "PowerOfTwoChoices", "which available destination gets a call",
        one_of(load_balancings)},
    Key{"AvailableDestinationsPolicy", "", "HealthyOrPanic",
        "HealthyOrPanic: if no destination is healthy, calls go to all of them; otherwise they "
        "fail",
        one_of(availabilities)},
    Key{"ReactivationPeriod", "", "60s", "an unhealthy destination is let in again after this time",
        duration(1, longest_timer_ms)},
    Key{cluster_limit, "", "",
        "the share of failures that makes a destination unhealthy; set in the cluster's metadata",
        number()},
    Key{"DetectionWindowSize", "", "60s", "results count for this long; can be set only in code",
        duration(0, longest_timer_ms)},
    Key{"MinimalTotalCountThreshold", "", "10",
        "with fewer calls than this there is no judgement; can be set only in code", whole(0)},
    Key{default_limit, "", "0.3",
        "the share for clusters without metadata; can be set only in code", number()},
};

Result<YarpConfig> read_yarp(const Settings& settings) {
  SettingsReader read(yarp_keys, settings);
  const auto limit_of_all = read.number(default_limit);
  return read.result(
      YarpConfig{.destinations = read.whole("destinations"),
                 .load_balancing = read.word<YarpLoadBalancing>("LoadBalancingPolicy"),
                 .availability = read.word<YarpAvailability>("AvailableDestinationsPolicy"),
                 .reactivation_period = read.duration("ReactivationPeriod"),
                 .rate_limit = read.has(cluster_limit) ? read.number(cluster_limit) : limit_of_all,
                 .window = read.duration("DetectionWindowSize"),
                 .minimum_calls = read.whole("MinimalTotalCountThreshold")});
}

Result<std::unique_ptr<Breaker>> make_yarp(const Settings& settings, Random random) {
  return make_breaker<Yarp>(read_yarp(settings), random);
}

bool never_trips(const YarpConfig& config) { return config.rate_limit > 1; }
bool always_trips(const YarpConfig& config) { return config.rate_limit <= 0; }

Facts yarp_facts(const Settings& settings) {
  const auto config = *read_yarp(settings);
  Facts facts{.trips = {},
              .open_for = config.shut_off_for(),
              .trials_needed = 0,
              .minimum_calls_key = "MinimalTotalCountThreshold"};
  if (!never_trips(config) && !always_trips(config)) {
    facts.trips.push_back({.kind = TripRule::Kind::share,
                           .share = config.rate_limit,
                           .minimum_calls = std::max<std::uint64_t>(config.minimum_calls, 1),
                           .window = config.window});
  }
  return facts;
}

using Warnings = std::vector<Warning>;

void warn_of_panic(Warnings& found, const YarpConfig& config) {
  if (config.destinations == 1 && config.availability == YarpAvailability::healthy_or_panic) {
    found.push_back({"AvailableDestinationsPolicy",
                     "the only destination is never shut off: with HealthyOrPanic, calls go to all "
                     "destinations if none is healthy",
                     "AvailableDestinationsPolicy=HealthyAndUnknown"});
  }
}

void warn_of_limit(Warnings& found, const YarpConfig& config, const Settings& settings) {
  const bool of_cluster = is_given(settings, cluster_limit);
  const auto key = std::string(of_cluster ? cluster_limit : default_limit);
  if (never_trips(config)) {
    found.push_back({key,
                     fmt::format("no destination ever becomes unhealthy, because a share of "
                                 "failures never reaches {:.3g}",
                                 config.rate_limit),
                     "use a share between 0 and 1, such as 0.3"});
  } else if (always_trips(config)) {
    found.push_back({key,
                     fmt::format("every result makes its destination unhealthy, even a success, "
                                 "because no share of failures is below {:.3g}",
                                 config.rate_limit),
                     "use a share between 0 and 1, such as 0.3"});
  }
  if (of_cluster && is_given(settings, default_limit)) {
    found.push_back({std::string(default_limit),
                     fmt::format("is not used, because {} is set for the cluster", cluster_limit),
                     "remove one of them"});
  }
}

void warn_of_period(Warnings& found, const YarpConfig& config, const Traffic& traffic) {
  if (config.reactivation_period < config.window) {
    found.push_back(
        {"ReactivationPeriod",
         fmt::format("{} is shorter than DetectionWindowSize and is lengthened to it, {}",
                     format_duration(config.reactivation_period), format_duration(config.window)),
         "shorten DetectionWindowSize, or write the longer time"});
  }
  constexpr Duration record = std::chrono::seconds(1);
  const auto calls_in_record =
      traffic.calls_per_second * to_seconds(record) / static_cast<double>(config.destinations);
  if (config.shut_off_for() <= config.window + record && !never_trips(config) &&
      calls_in_record >= static_cast<double>(std::max<std::uint64_t>(config.minimum_calls, 1)) &&
      traffic.outage_errors >= config.rate_limit) {
    found.push_back({"ReactivationPeriod",
                     fmt::format("a destination that is let in again after {} can be made "
                                 "unhealthy again by its first results, even by successes, because "
                                 "failures of the last second before it was shut off still count",
                                 format_duration(config.shut_off_for())),
                     "more than " + format_duration(config.window + record)});
  }
}

void warn_of_window(Warnings& found, const YarpConfig& config, const Traffic& traffic) {
  constexpr Duration shortest_exact = std::chrono::seconds(10);
  if (config.window < shortest_exact) {
    found.push_back({"DetectionWindowSize",
                     fmt::format("results count for up to {}, because they are kept in records of "
                                 "one second, which leave {} after the end of the record",
                                 format_duration(config.window + std::chrono::seconds(1)),
                                 format_duration(config.window)),
                     "expect the longer time"});
  }
  const auto minimum = static_cast<double>(config.minimum_calls);
  const double calls = traffic.calls_per_second * to_seconds(config.window);
  const double of_each = calls / static_cast<double>(config.destinations);
  if (config.destinations > 1 && calls >= minimum && of_each > 0 && of_each + 1 < minimum) {
    found.push_back(
        {"MinimalTotalCountThreshold",
         fmt::format("applies to each destination: {:.4g}/s bring each of {} only {:.4g} {} in {}",
                     traffic.calls_per_second, config.destinations, of_each,
                     plural(of_each, "call"), format_duration(config.window)),
         fmt::format("set it to at most {:.0f}, or use a longer window", std::max(1.0, of_each))});
  }
}

void warn_of_statuses(Warnings& found, const Traffic& traffic) {
  if (std::ranges::any_of(traffic.uncounted, [](const Uncounted& uncounted) {
        return uncounted.end.kind() == CallEnd::Kind::answer;
      })) {
    found.push_back(
        {"",
         "no status counts as a failure in YARP, not even a 503, and no setting changes that: only "
         "transport failures count",
         "in YARP, use an active health check or an IPassiveHealthCheckPolicy of your own"});
  }
}

Warnings yarp_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_yarp(settings);
  Warnings found;
  warn_of_panic(found, config);
  warn_of_limit(found, config, settings);
  warn_of_period(found, config, traffic);
  warn_of_window(found, config, traffic);
  warn_of_statuses(found, traffic);
  return found;
}

constexpr std::array<std::string_view, 10> yarp_surprises{
    "No status ever counts: a destination that answers every call with 503 stays healthy. Only "
    "transport failures count: connecting, sending, YARP's ActivityTimeout before the head of the "
    "answer, and an answer that breaks off.",
    "With HealthyOrPanic, the default AvailableDestinationsPolicy, a lone destination is never "
    "shut off, and neither are several if all of them are unhealthy: calls go to them as before. "
    "tripcurve shows such a cluster as open, and calls go out.",
    "There is no half-open state: after ReactivationPeriod all calls are let in at once.",
    "A ReactivationPeriod shorter than DetectionWindowSize is lengthened to it.",
    "A result counts for up to a second longer than DetectionWindowSize, because results are kept "
    "in records of one second that carry the time of their end.",
    "Health is judged only when a result arrives: after a pause, however long, a destination is as "
    "healthy as its last result left it, and old results leave the window only when the next one "
    "arrives.",
    "A destination that is let in again after just DetectionWindowSize, which is the default, can "
    "be made unhealthy again by its first results, even by successes, because failures of the last "
    "second before it was shut off still count.",
    "A destination that late successes make healthy, and that becomes unhealthy again before its "
    "timer has ended, is let in too early, by that first timer.",
    "Calls that the client cancels count as successes, and so does a body that takes longer than "
    "ActivityTimeout. They lower the share of failures.",
    "The window, the minimum number of calls and the default limit cannot be set in "
    "appsettings.json. They are TransportFailureRateHealthPolicyOptions, set in code for all "
    "clusters.",
};

constexpr Portrait yarp_portrait{
    .library = "Yarp.ReverseProxy 2.3.0, passive health check TransportFailureRate",
    .evidence = Evidence::executed,
    .answers =
        {"a timer ends it, ReactivationPeriod (but at least the window) after it was set",
         ">= : healthy while failures/calls < limit, in double; a record leaves when it is older "
         "(>) than the window",
         "on every result, including successes",
         "completed calls of each destination; a call that the client cancels counts as a success",
         "there is no half-open state: every call goes out",
         "it counts for its destination, and can make it healthy or unhealthy",
         "never: records leave the window"},
    .surprises = yarp_surprises,
    .counting =
        "YARP decides: a failed connect, a reset, a close before the end, a bad answer and "
        "ActivityTimeout (100 s) before the head of the answer are failures. Every answer, "
        "whatever its status, a call that the client cancels and a timeout after the head are "
        "successes (executed; src/ReverseProxy/Health/TransportFailureRateHealthPolicy.cs, "
        "src/ReverseProxy/Forwarder/HttpForwarder.cs).",
    .cancelling =
        "A call that the client cancels is a success, whatever its error: the policy looks at "
        "RequestAborted first (executed; "
        "src/ReverseProxy/Health/TransportFailureRateHealthPolicy.cs, 2.3.0).",
};

}  // namespace

const Dialect& yarp_dialect() {
  static constexpr Dialect dialect{
      .name = "yarp",
      .summary = "shuts off destinations after transport failures; open when none is healthy",
      .keys = yarp_keys,
      .portrait = &yarp_portrait,
      .make = make_yarp,
      .facts = yarp_facts,
      .warnings = yarp_warnings,
      .counts = "5xx=success",
      .on_cancel = OnCancel::success,
      .ignored_fills_window = true};
  return dialect;
}

}  // namespace tripcurve::breaker
