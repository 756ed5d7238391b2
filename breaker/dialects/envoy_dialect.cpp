// The keys of the dialect `envoy`, what they come down to, and its portrait.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "breaker/dialects/envoy.hpp"
#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

constexpr std::array envoy_keys{
    Key{"hosts", "", "1", "the number of hosts in the cluster; each has its own counters",
        whole(1, 100'000)},
    Key{"consecutive_5xx", "", "5", "this many errors in a row eject a host; 0 turns this off",
        whole(0, max_uint32)},
    Key{"consecutive_gateway_failure", "", "5",
        "this many 502, 503 and 504 in a row eject a host; 0 turns this off", whole(0, max_uint32)},
    Key{"interval", "", "10s", "the time between sweeps; hosts return only at a sweep",
        duration(1)},
    Key{"base_ejection_time", "", "30s",
        "a host is out for this long, multiplied by its number of ejections so far", duration(1)},
    Key{"max_ejection_time", "", "",
        "a host is never out for longer than this; if absent, 300s or base_ejection_time",
        duration(1)},
    Key{"max_ejection_time_jitter", "", "0s", "a random extra time of up to this much is added",
        duration()},
    Key{"max_ejection_percent", "", "10", "at most this percentage of the hosts may be out",
        whole_percent()},
    Key{"always_eject_one_host", "", "false",
        "one host may be out whatever max_ejection_percent says", flag()},
    Key{"enforcing_consecutive_5xx", "", "100", "the chance that this signal ejects a host",
        whole_percent()},
    Key{"enforcing_consecutive_gateway_failure", "", "0",
        "the chance that this signal ejects a host", whole_percent()},
    Key{"enforcing_success_rate", "", "100", "the chance that this signal ejects a host",
        whole_percent()},
    Key{"success_rate_minimum_hosts", "", "5",
        "the number of hosts with enough calls that is needed for a judgement",
        whole(0, max_uint32)},
    Key{"success_rate_request_volume", "", "100",
        "the number of calls that a host needs in an interval for a judgement",
        whole(0, max_uint32)},
    Key{"success_rate_stdev_factor", "", "1900",
        "ejects a host below mean - factor/1000 * standard deviation", whole(0, max_uint32)},
    Key{"enforcing_failure_percentage", "", "0", "the chance that this signal ejects a host",
        whole_percent()},
    Key{"failure_percentage_threshold", "", "85",
        "the percentage of failures in an interval that ejects a host", whole_percent()},
    Key{"failure_percentage_minimum_hosts", "", "5",
        "the number of hosts with enough calls that is needed for a judgement",
        whole(0, max_uint32)},
    Key{"failure_percentage_request_volume", "", "50",
        "the number of calls that a host needs in an interval for a judgement",
        whole(0, max_uint32)},
    Key{"split_external_local_origin_errors", "", "false",
        "counts failed connects, resets and timeouts separately from error answers", flag()},
    Key{"consecutive_local_origin_failure", "", "5",
        "when split: this many local failures in a row eject a host; 0 turns this off",
        whole(0, max_uint32)},
    Key{"enforcing_consecutive_local_origin_failure", "", "100",
        "the chance that this signal ejects a host", whole_percent()},
    Key{"enforcing_local_origin_success_rate", "", "100",
        "the chance that this signal ejects a host", whole_percent()},
    Key{"enforcing_failure_percentage_local_origin", "", "0",
        "the chance that this signal ejects a host", whole_percent()},
    Key{"successful_active_health_check_uneject_host", "", "true",
        "has no effect: tripcurve runs no active health checks", flag()},
    Key{"healthy_panic_threshold", "", "50",
        "if a smaller percentage of the hosts is left, calls go to all hosts; 0 turns this off "
        "(Istio)",
        percent(0, 100)},
    Key{"overprovisioning_factor", "", "140",
        "no panic while this percentage of the share of hosts left is 100 or more",
        whole(1, max_uint32)},
    Key{"update_merge_window", "", "1s",
        "after one change the balancer learns of further ones only at the end of this time; 0 "
        "means at once",
        duration()},
};

}  // namespace

Result<EnvoyConfig> read_envoy_config(const Settings& settings) {
  SettingsReader read(envoy_keys, settings);
  const auto base = read.duration("base_ejection_time");
  const auto longest = read.has("max_ejection_time")
                           ? read.duration("max_ejection_time")
                           : std::max<Duration>(base, std::chrono::seconds(300));
  if (!read.error() && longest < base) {
    read.refuse("max_ejection_time",
                fmt::format("{} is shorter than base_ejection_time, {}", format_duration(longest),
                            format_duration(base)),
                "make it at least as long");
  }
  const EnvoyConfig config{
      .hosts = read.whole("hosts"),
      .consecutive_5xx = read.whole("consecutive_5xx"),
      .consecutive_gateway_failure = read.whole("consecutive_gateway_failure"),
      .consecutive_local_origin_failure = read.whole("consecutive_local_origin_failure"),
      .interval = read.duration("interval"),
      .base_ejection_time = base,
      .max_ejection_time = longest,
      .max_ejection_time_jitter = read.duration("max_ejection_time_jitter"),
      .max_ejection_percent = read.whole("max_ejection_percent"),
      .always_eject_one_host = read.flag("always_eject_one_host"),
      .enforcing_consecutive_5xx = read.whole("enforcing_consecutive_5xx"),
      .enforcing_consecutive_gateway_failure = read.whole("enforcing_consecutive_gateway_failure"),
      .enforcing_consecutive_local_origin_failure =
          read.whole("enforcing_consecutive_local_origin_failure"),
      .enforcing_success_rate = read.whole("enforcing_success_rate"),
      .enforcing_local_origin_success_rate = read.whole("enforcing_local_origin_success_rate"),
      .enforcing_failure_percentage = read.whole("enforcing_failure_percentage"),
      .enforcing_failure_percentage_local_origin =
          read.whole("enforcing_failure_percentage_local_origin"),
      .success_rate_minimum_hosts = read.whole("success_rate_minimum_hosts"),
      .success_rate_request_volume = read.whole("success_rate_request_volume"),
      .success_rate_stdev_factor = static_cast<double>(read.whole("success_rate_stdev_factor")),
      .failure_percentage_threshold = read.whole("failure_percentage_threshold"),
      .failure_percentage_minimum_hosts = read.whole("failure_percentage_minimum_hosts"),
      .failure_percentage_request_volume = read.whole("failure_percentage_request_volume"),
      .split_external_local_origin_errors = read.flag("split_external_local_origin_errors"),
      .panic = {.healthy_panic_threshold = read.number("healthy_panic_threshold"),
                .overprovisioning_factor = read.whole("overprovisioning_factor")},
      .update_merge_window = read.duration("update_merge_window")};
  (void)read.flag("successful_active_health_check_uneject_host");
  return read.result(config);
}

namespace {

Result<std::unique_ptr<Breaker>> make_envoy(const Settings& settings, Random random) {
  return make_breaker<Envoy>(read_envoy_config(settings), random);
}

// So many hosts may be out at once.
std::uint64_t most_out(const EnvoyConfig& config) {
  return std::max<std::uint64_t>(config.hosts * config.max_ejection_percent / 100,
                                 config.always_eject_one_host ? 1 : 0);
}

Facts envoy_facts(const Settings& settings) {
  const auto config = *read_envoy_config(settings);
  Facts facts{.trips = {}, .open_for = config.base_ejection_time, .trials_needed = 0};
  if (most_out(config) == 0) {
    return facts;
  }
  const auto add = [&](std::uint64_t failures, std::uint64_t enforcing) {
    if (failures > 0 && enforcing > 0) {
      facts.trips.push_back({.kind = TripRule::Kind::consecutive, .failures = failures});
    }
  };
  add(config.consecutive_5xx, config.enforcing_consecutive_5xx);
  add(config.consecutive_gateway_failure, config.enforcing_consecutive_gateway_failure);
  return facts;
}

// Hosts out that put the cluster in panic, as few as do and are allowed; 0: it never comes to that.
std::uint64_t least_out_for_panic(const EnvoyConfig& config) {
  for (std::uint64_t out = 1; out <= most_out(config); ++out) {
    if (config.panic.panics(config.hosts - out, config.hosts)) {
      return out;
    }
  }
  return 0;
}

std::vector<Warning> envoy_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_envoy_config(settings);
  std::vector<Warning> found;
  const auto hosts = static_cast<double>(config.hosts);
  if (most_out(config) == 0) {
    found.push_back(
        {"max_ejection_percent",
         fmt::format("never ejects anything: one of {} is {:.3g}%, more than {}%",
                     count_of(config.hosts, "host"), 100 / hosts, config.max_ejection_percent),
         fmt::format("set it to at least {:.0f}, or set always_eject_one_host=true",
                     std::ceil(100 / hosts))});
  } else if (const auto out = least_out_for_panic(config); out > 0) {
    found.push_back(
        {"healthy_panic_threshold",
         fmt::format("with {} of {} out, fewer than {:.3g}% are left, so calls go to all of them, "
                     "including the ejected ones",
                     out, count_of(config.hosts, "host"), config.panic.healthy_panic_threshold),
         "lower it, or lower max_ejection_percent; 0 turns panic off"});
  }
  if (is_given(settings, "consecutive_gateway_failure") && config.consecutive_gateway_failure > 0 &&
      config.enforcing_consecutive_gateway_failure == 0) {
    found.push_back({"consecutive_gateway_failure",
                     "is detected but never acted on: enforcing_consecutive_gateway_failure is 0%",
                     "enforcing_consecutive_gateway_failure=100"});
  }
  return found;
}

constexpr std::array<std::string_view, 10> envoy_surprises{
    "With fewer than 10 hosts, the default max_ejection_percent of 10 never ejects any host.",
    "Ejecting the only host changes nothing, because panic mode still sends calls to it. Istio "
    "turns panic off; there the calls fail with 503 UH.",
    "By default, gateway failures are detected but do not eject a host.",
    "A host that returns gets its full share of the calls at once; there is no half-open state.",
    "Hosts return only at sweeps, so they can be out for up to one interval longer.",
    "After one ejection or return, the balancer learns of the next ones up to update_merge_window "
    "later (1s by default). Until then, calls go to a host that is out, and none go to one that is "
    "back.",
    "With split_external_local_origin_errors, every call that gets a connection ends a row of "
    "local failures. Resets and timeouts, even one after the other, therefore never make two in a "
    "row; only failed connects do.",
    "A host that both the success rate and the failure percentage eject at the same sweep is "
    "ejected twice but returns once. From then on max_ejection_percent has room for one host less.",
    "A route timeout before the connection is made is not counted, so an upstream that lets "
    "connects hang is never ejected because of it.",
    "In Envoy itself microseconds decide where two things are due at one sweep: an ejection time "
    "or a merge window that ends there, the multiplier of a host that returned one sweep before, "
    "and which of several hosts comes first. Here times are exact: a timer that is due at a sweep "
    "runs before it, and hosts are taken in their order. The round robin starts at the first host; "
    "in Envoy it starts anywhere.",
};

constexpr Portrait envoy_portrait{
    .library = "Envoy 1.40.0, outlier detection",
    .evidence = Evidence::executed,
    .answers = {">= at a sweep: a host returns at the first sweep at or after its time",
                "== N in a row; failure percentage >=, success rate < mean - factor * stdev, in "
                "double",
                "on each result (errors in a row), and at every interval (rates)",
                "heads of answers and broken calls, for each host; cancelled calls are not counted",
                "there is no half-open state: the host is back with its full share",
                "it changes its host's counters; a host that is out is not ejected again",
                "the count of a row when the host returns; rates at every interval"},
    .surprises = envoy_surprises,
    .counting =
        "Envoy decides: consecutive_5xx counts 5xx, and consecutive_gateway_failure counts 502, "
        "503 and 504. A failed connect, a reset, a close before the end and a bad answer count as "
        "a 503, and a timeout as a 504, unless split_external_local_origin_errors is set "
        "(executed; source/common/upstream/outlier_detection_impl.cc, "
        "source/common/router/router.cc). No 4xx counts.",
    .cancelling =
        "Envoy does not count a call that its client gives up: the router resets it and tells "
        "outlier detection nothing (Filter::onDestroy and resetAll in "
        "source/common/router/router.cc, 001b1c0; not run). What was counted before still counts: "
        "the head of the answer, and with split_external_local_origin_errors the connection.",
};

}  // namespace

const Dialect& envoy_dialect() {
  static constexpr Dialect dialect{
      .name = "envoy",
      .summary = "outlier detection: ejects hosts of a cluster; open when no host is left",
      .keys = envoy_keys,
      .portrait = &envoy_portrait,
      .make = make_envoy,
      .facts = envoy_facts,
      .warnings = envoy_warnings,
      .heeds_progress = true};
  return dialect;
}

}  // namespace tripcurve::breaker
